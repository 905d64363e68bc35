"""Deliveries to what another world has; here the other world is in the same process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.events import NotificationDeadLettered, NotificationDelivered, NotificationFailed, NotificationPostponed
from decaf.base.settings import Settings
from decaf.base.shard import Place
from decaf.delivery.transports.destinations import ServiceMessage
from decaf.faults.effects import Duplicate, Fail
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.functions.function import Function
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.topic import Subscription
from decaf.sqs.queue import Queue
from decaf.triggers.asynchronous import MOST_IN_A_ROW
from decaf.world import World
from decaf_protocol import Call, Codec, Dialect

START = 1_700_000_000.0
HERE, THERE = "111111111111", "222222222222"
ABROAD = "eu-west-1"


def _served(event: Any, _: Any) -> str:
    if event is None:
        raise ValueError("out of milk")
    return "served"


class Other:
    """The way to the world that has the account THERE, and ABROAD all accounts. While it is `down`, nobody knows what
    comes of a delivery."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.down = False
        self.asked: list[float] = []

    async def place(self, places: Collection[Place]) -> None:
        """It is settled which world has which account."""

    def have(self, account: str, region: str) -> bool:
        return account == THERE or region == ABROAD

    async def deliver(
        self, sent: Notification | Confirmation, subscription: Subscription, dead_letter_queue: Arn | None
    ) -> Outcome:
        self.asked.append(round(self._world.clock.now() - START, 2))
        if self.down:
            return Outcome("the other node does not answer", retryable=True)
        return await self._world.courier.arrivals.deliver(sent, subscription, dead_letter_queue)

    async def send(self, message: ServiceMessage) -> Outcome:
        self.asked.append(round(self._world.clock.now() - START, 2))
        if self.down:
            return Outcome("the other node does not answer", retryable=True)
        return await self._world.courier.arrivals.send(message)

    def room(self, target: Arn) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    async def subscriptions(self, account: str, region: str, start: str | None) -> dict[str, dict[str, str]]:
        return {}


class Two:
    """Two worlds on one clock, which stands still until it is moved: `here` publishes to queues of `there`."""

    def __init__(self) -> None:
        clock = Clock(lambda: START)
        self.there = World(Settings(), clock)
        self.other = Other(self.there)
        self.here = World(Settings(retry_jitter=0), clock, others=self.other)
        self.events: list[str] = []

    def call(self, world: World, service: str, operation: str, account: str, **params: Any) -> Any:
        call = Call(Dialect(service, Codec.JSON), operation, params, account, "us-east-1", "localhost", None)
        return world.run(call, world.clock.now())

    def topic(self, **subscription: str) -> str:
        """Returns a topic with a subscription of the queue `orders`, in the account THERE."""
        topic: str = self.call(self.here, "sns", "CreateTopic", HERE, Name="orders")["TopicArn"]
        endpoint = f"arn:aws:sqs:us-east-1:{THERE}:orders"
        attributes = {"RawMessageDelivery": "true", **subscription}
        params = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint, "Attributes": attributes}
        self.call(self.here, "sns", "Subscribe", THERE, **params)
        return topic

    def publish(self, topic: str, text: str) -> None:
        self.call(self.here, "sns", "Publish", HERE, TopicArn=topic, Message=text)

    def queue(self, name: str = "orders") -> Queue:
        self.call(self.there, "sqs", "CreateQueue", THERE, QueueName=name)
        queue = self.there.store.find_queue(THERE, "us-east-1", name)
        assert queue is not None
        return queue

    def brew(self, order: str | None, **destinations: Any) -> str:
        """Invoke a function of the account HERE, which fails without an order. Returns its ARN."""
        arn = f"arn:aws:lambda:us-east-1:{HERE}:function:brew"
        self.here.functions.register(Function(arn, in_process=_served, maximum_retry_attempts=0, **destinations))
        self.here.asynchronous.accept(arn, json.dumps(order).encode(), self.here.clock.now())
        return arn

    def note(self, *kinds: type[Any]) -> None:
        self.here.events.listeners.append(
            lambda event: self.events.append(type(event).__name__) if isinstance(event, kinds) else None
        )


def bodies(queue: Queue) -> list[str]:
    return [message.body for message in queue.messages.values()]


def played(play: Callable[[Two], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        two = Two()
        two.there.open("localhost")
        two.here.open("localhost")
        try:
            await play(two)
        finally:
            await two.here.close()
            await two.there.close()

    asyncio.run(run())


def test_a_delivery_is_tried_again_as_aws_tries_queues_again() -> None:
    async def play(two: Two) -> None:
        queue, topic = two.queue(), two.topic()
        two.note(NotificationPostponed, NotificationDelivered, NotificationFailed)
        two.other.down = True
        two.publish(topic, "espresso")
        await two.here.advance(40)
        assert two.other.asked[:7] == [0, 0.25, 0.5, 0.75, 1.75, 2.75, 3.75]
        assert bodies(queue) == []
        two.other.down = False
        await two.here.advance(20)
        assert bodies(queue) == ["espresso"]
        assert two.here.courier.deliveries() == []
        assert two.events[-2:] == ["NotificationPostponed", "NotificationDelivered"]

    played(play)


def test_a_queue_that_is_not_there_is_no_reason_to_try_again_but_for_the_dead_letter_queue() -> None:
    async def play(two: Two) -> None:
        dead = two.queue("dead")
        topic = two.topic(RedrivePolicy=json.dumps({"deadLetterTargetArn": str(dead.arn)}))
        two.note(NotificationFailed, NotificationDeadLettered)
        two.publish(topic, "espresso")
        await two.here.advance(0)
        assert bodies(dead) == ["espresso"]
        assert two.events == ["NotificationFailed", "NotificationDeadLettered"]
        assert two.here.courier.deliveries() == []

    played(play)


def test_what_waits_for_its_dead_letter_queue_outlives_the_subscription() -> None:
    async def play(two: Two) -> None:
        dead = two.queue("dead")
        topic = two.topic(RedrivePolicy=json.dumps({"deadLetterTargetArn": str(dead.arn)}))
        two.publish(topic, "espresso")
        while len(two.other.asked) < 1:
            await asyncio.sleep(0)
        two.other.down = True
        await two.here.advance(0.1)
        (subscription,) = two.here.store.region(THERE, "us-east-1").subscriptions
        two.call(two.here, "sns", "Unsubscribe", THERE, SubscriptionArn=str(subscription))
        two.other.down = False
        await two.here.advance(1)
        assert bodies(dead) == ["espresso"]

    played(play)


def test_nothing_more_is_delivered_once_a_subscription_was_deleted() -> None:
    async def play(two: Two) -> None:
        queue, topic = two.queue(), two.topic()
        two.other.down = True
        two.publish(topic, "espresso")
        await two.here.advance(0.1)
        (subscription,) = two.here.store.region(THERE, "us-east-1").subscriptions
        two.call(two.here, "sns", "Unsubscribe", THERE, SubscriptionArn=str(subscription))
        two.other.down = False
        await two.here.advance(10)
        assert bodies(queue) == []

    played(play)


@pytest.mark.parametrize(("effect", "expected"), [(Fail(status=503), 1), (Duplicate(), 2)])
def test_injected_faults_hit_deliveries_to_another_world(effect: Any, expected: int) -> None:
    async def play(two: Two) -> None:
        queue, topic = two.queue(), two.topic()
        two.here.faults.add(Match(topic="orders"), effect, When(count=1), START)
        two.publish(topic, "espresso")
        await two.here.advance(2)
        assert bodies(queue) == ["espresso"] * expected

    played(play)


def test_a_delivery_that_was_on_its_way_to_another_world_is_made_here_where_there_is_no_other() -> None:
    async def play(two: Two) -> None:
        queue, topic = two.queue(), two.topic()
        two.other.down = True
        two.publish(topic, "espresso")
        await two.here.advance(0.1)
        snapshot = two.here.snapshot()
        assert len(snapshot.deliveries) == 1
        alone = World(Settings(), Clock(lambda: START))
        alone.open("localhost")
        alone.restore(snapshot)
        two.call(alone, "sqs", "CreateQueue", THERE, QueueName=queue.name)
        await alone.advance(10)
        (found,) = alone.queues()
        assert bodies(found) == ["espresso"]
        await alone.close()

    played(play)


def test_the_record_of_an_invocation_is_sent_to_another_world_until_that_has_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play(two: Two) -> None:
        queue = two.queue()
        two.other.down = True
        two.brew("latte", on_success=str(queue.arn))
        await two.here.advance(40)
        assert two.other.asked[:7] == [0, 0.25, 0.5, 0.75, 1.75, 2.75, 3.75]
        assert two.here.asynchronous.accepted() == []
        two.other.down = False
        await two.here.advance(20)
        (body,) = bodies(queue)
        assert json.loads(body)["responsePayload"] == "served"
        assert two.here.courier.deliveries() == []
        assert "is not delivered" not in caplog.text

    played(play)


def test_a_dead_letter_of_a_function_goes_to_another_world_with_its_attributes() -> None:
    async def play(two: Two) -> None:
        queue = two.queue()
        two.brew(None, dead_letter_queue=str(queue.arn))
        await two.here.advance(0)
        (message,) = queue.messages.values()
        assert message.body == "null"
        attributes = message.metadata.attributes
        assert attributes is not None
        assert attributes["ErrorMessage"]["StringValue"] == "out of milk"

    played(play)


def test_a_record_for_a_topic_of_another_world_is_published_there() -> None:
    async def play(two: Two) -> None:
        queue = two.queue()
        topic = two.call(two.there, "sns", "CreateTopic", THERE, Name="outcomes")["TopicArn"]
        raw = {"RawMessageDelivery": "true"}
        to_queue = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": str(queue.arn), "Attributes": raw}
        two.call(two.there, "sns", "Subscribe", THERE, **to_queue)
        two.brew(None, on_failure=topic)
        await two.here.advance(0)
        (body,) = bodies(queue)
        assert json.loads(body)["requestContext"]["condition"] == "RetriesExhausted"

    played(play)


def test_a_function_of_another_world_is_invoked_with_a_record_but_not_without_end() -> None:
    async def play(two: Two) -> None:
        chain = f"arn:aws:lambda:us-east-1:{THERE}:function:next"
        records: list[Any] = []
        follow = Function(chain, in_process=lambda event, _: records.append(event), on_success=chain)
        two.there.functions.register(follow)
        two.brew("latte", on_success=chain)
        await two.here.advance(0)
        await two.there.advance(0)
        assert len(records) == MOST_IN_A_ROW
        assert records[0]["responsePayload"] == "served"

    played(play)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (f"arn:aws:sqs:us-east-1:{THERE}:nothing", "it does not exist"),
        (f"arn:aws:sns:us-east-1:{THERE}:nothing", "it does not exist"),
        (f"arn:aws:sqs:us-east-1:{THERE}:small", "it takes no messages of that size"),
    ],
)
def test_a_record_that_another_world_does_not_take_is_dropped_with_the_reason(
    target: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def play(two: Two) -> None:
        two.call(two.there, "sqs", "CreateQueue", THERE, QueueName="small", Attributes={"MaximumMessageSize": "1024"})
        arn = two.brew("latte" * 300, on_success=target)
        await two.here.advance(60)
        assert len(two.other.asked) == 1
        assert f"what {arn} sent is not delivered to {target}: {reason}" in caplog.text
        assert two.here.courier.deliveries() == []

    played(play)


def test_events_of_a_mobile_app_are_published_to_topics_of_another_world() -> None:
    async def play(two: Two) -> None:
        queue = two.queue()
        topic = two.call(two.there, "sns", "CreateTopic", THERE, Name="app-events")["TopicArn"]
        two.call(two.there, "sns", "Subscribe", THERE, TopicArn=topic, Protocol="sqs", Endpoint=str(queue.arn))
        names = ("EventEndpointCreated", "EventEndpointUpdated", "EventEndpointDeleted", "EventDeliveryFailure")
        attributes = {"PlatformCredential": "key", **dict.fromkeys(names, topic)}

        def sns(operation: str, **params: Any) -> Any:
            return two.call(two.here, "sns", operation, HERE, **params)

        app = sns("CreatePlatformApplication", Name="shop", Platform="GCM", Attributes=attributes)
        device = sns("CreatePlatformEndpoint", PlatformApplicationArn=app["PlatformApplicationArn"], Token="token")[
            "EndpointArn"
        ]
        sns("SetEndpointAttributes", EndpointArn=device, Attributes={"CustomUserData": "x"})
        endpoint = two.here.store.find_endpoint(Arn("sns", "us-east-1", HERE, device.split(":", 5)[5]))
        assert endpoint is not None
        endpoint.expired = True
        sns("Publish", TargetArn=device, Message="x")
        sns("DeleteEndpoint", EndpointArn=device)
        await two.here.advance(0)
        envelopes = [json.loads(body) for body in bodies(queue)]
        reported = {json.loads(envelope["Message"])["EventType"]: envelope["Subject"] for envelope in envelopes}
        assert sorted(reported) == ["DeliveryFailure", "EndpointCreated", "EndpointDeleted", "EndpointUpdated"]
        assert reported["EndpointCreated"] == "EndpointCreated event for app shop (GCM)"
        assert [envelope["TopicArn"] for envelope in envelopes] == [topic] * 4

    played(play)


def test_a_record_on_its_way_to_another_world_is_delivered_here_where_there_is_no_other() -> None:
    async def play(two: Two) -> None:
        queue = two.queue()
        two.other.down = True
        two.brew("latte", on_success=str(queue.arn))
        await two.here.advance(0.1)
        snapshot = two.here.snapshot(HERE)
        assert len(snapshot.deliveries) == 1
        assert two.here.snapshot(THERE).deliveries == ()
        alone = World(Settings(), Clock(lambda: START))
        alone.open("localhost")
        alone.restore(snapshot)
        two.call(alone, "sqs", "CreateQueue", THERE, QueueName=queue.name)
        await alone.advance(10)
        (found,) = alone.queues()
        assert len(bodies(found)) == 1
        await alone.close()

    played(play)


def test_a_reset_of_the_functions_account_drops_the_record() -> None:
    async def play(two: Two) -> None:
        queue = two.queue()
        two.other.down = True
        two.brew("latte", on_success=str(queue.arn))
        await two.here.advance(0.1)
        two.here.reset(THERE)
        assert len(two.here.courier.deliveries()) == 1
        two.here.reset(HERE)
        two.other.down = False
        await two.here.advance(10)
        assert bodies(queue) == []

    played(play)
