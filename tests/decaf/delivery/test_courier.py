"""Failed deliveries: the retries, whose policy counts, and the dead-letter queue."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from decaf.base.clock import Clock
from decaf.base.events import (
    Event,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationFailed,
    NotificationPostponed,
    NotificationPublished,
)
from decaf.base.settings import Settings
from decaf.delivery.courier import SLICE
from decaf.delivery.delivery import SubscriptionDelivery
from decaf.sns.outcome import Deliveries, DeliveryAttempt
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud
from tests.endpoint import HANG, Endpoint
from tests.live import Live
from tests.subscribing import confirmed


class Shop:
    """A topic with an HTTP subscriber, on a server whose clock stands still."""

    def __init__(self, **settings: Any) -> None:
        options = {"port": 0, "retry_jitter": 0.0, **settings}
        self.live = Live(Settings(**options), Clock(lambda: START))
        self.live.run(self.live.world.signer.ready())
        self.sns, self.sqs = self.live.client("sns"), self.live.client("sqs")
        self.topic: str = self.sns.create_topic(Name="orders")["TopicArn"]
        self.endpoint = Endpoint()
        self.events: list[Event] = []
        self.live.world.events.listeners.append(self.events.append)

    def subscribe(self, **attributes: str) -> str:
        return confirmed(self.live, self.sns, self.topic, self.endpoint, **attributes)

    def set_policy(self, policy: Any) -> None:
        self.sns.set_topic_attributes(
            TopicArn=self.topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps({"http": policy})
        )

    def publish(self, text: str = "latte") -> None:
        self.sns.publish(TopicArn=self.topic, Message=text)
        self.live.advance(0)

    def dead_letter_queue(self) -> str:
        self.sqs.create_queue(QueueName="dead")
        return json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"})

    def dead_letters(self) -> list[Any]:
        found: list[Any] = self.sqs.receive_message(
            QueueUrl="dead", MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        return found

    def events_of(self, *kinds: type[Event]) -> list[tuple[type[Event], float]]:
        """Returns the events of some kinds, each with the seconds until it."""
        return [(type(event), event.at - START) for event in self.events if type(event) in kinds]

    def attempted_at(self) -> list[float]:
        """After how many seconds each failed attempt ended."""
        return [at for _, at in self.events_of(NotificationPostponed, NotificationFailed)]

    def close(self) -> None:
        self.endpoint.close()
        self.sns.close()
        self.sqs.close()
        self.live.stop()


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = Shop()
    yield opened
    opened.close()


def test_attempts_follow_the_topics_policy_through_all_its_phases(shop: Shop) -> None:
    retries = {
        "numNoDelayRetries": 1,
        "numMinDelayRetries": 1,
        "numMaxDelayRetries": 1,
        "numRetries": 6,
        "minDelayTarget": 10,
        "maxDelayTarget": 40,
        "backoffFunction": "geometric",
    }
    shop.set_policy({"defaultHealthyRetryPolicy": retries})
    shop.subscribe()
    shop.endpoint.answers.extend([500] * 9)
    shop.publish()
    shop.live.advance(3_600)
    assert shop.attempted_at() == pytest.approx([0, 0, 10, 20, 40, 80, 120])


def test_the_history_has_each_attempts_status_and_the_time_of_the_next(shop: Shop) -> None:
    shop.subscribe()
    shop.endpoint.answers.extend([503, 429])
    shop.publish()
    shop.live.advance(3_600)
    told = [event for event in shop.live.control.events() if event.kind.startswith("Notification")][-3:]
    assert [(event.kind, event.attempt, event.status) for event in told] == [
        ("NotificationPostponed", 1, 503),
        ("NotificationPostponed", 2, 429),
        ("NotificationDelivered", 3, 200),
    ]
    assert [event.retry_at for event in told] == [START + 20, START + 40, None]
    assert [event.at for event in told] == [START, START + 20, START + 40]
    assert {event.response for event in told} == {"ok"}
    assert {event.latency for event in told} == {0.0}


def test_a_delivery_is_explained_attempt_by_attempt(shop: Shop) -> None:
    shop.subscribe()
    shop.endpoint.answers.extend([503])
    published = shop.sns.publish(TopicArn=shop.topic, Message="latte")["MessageId"]
    shop.live.advance(3_600)
    to, at = f"http {shop.endpoint.url}", "2023-11-14T22:13:40.000Z"
    assert [step.text for step in shop.live.control.explain(published).timeline][1:] == [
        f"not delivered to {to} (attempt 1, HTTP status 503), to be tried again at {at}: "
        "the endpoint responded with HTTP status 503",
        f"delivered to {to} (attempt 2, HTTP status 200)",
    ]
    (delivery,) = shop.live.control.explain(published).deliveries
    assert delivery.answer == f"Delivered to {to} (attempt 2, HTTP status 200), at {at}."
    assert [(each.number, each.at, each.status, each.reason) for each in delivery.attempts] == [
        (1, START, 503, "the endpoint responded with HTTP status 503"),
        (2, START + 20, 200, None),
    ]


def test_what_was_filtered_out_is_explained_by_the_value_and_what_it_must_be(shop: Shop) -> None:
    shop.subscribe(FilterPolicy='{"kind": ["hot"]}')
    kind = {"kind": {"DataType": "String", "StringValue": "cold"}}
    published = shop.sns.publish(TopicArn=shop.topic, Message="latte", MessageAttributes=kind)["MessageId"]
    (delivery,) = shop.live.control.explain(published).deliveries
    assert 'the filter policy does not match: kind=cold is not in ["hot"], at' in delivery.answer
    assert (delivery.outcome, delivery.attempts) == ("filtered", [])


def test_a_subscriptions_policy_wins_over_its_topics(shop: Shop) -> None:
    shop.set_policy({"defaultHealthyRetryPolicy": {"numRetries": 5}})
    shop.subscribe(DeliveryPolicy='{"healthyRetryPolicy":{"numRetries":1,"minDelayTarget":5,"maxDelayTarget":5}}')
    shop.endpoint.answers.extend([500] * 9)
    shop.publish()
    shop.live.advance(3_600)
    assert shop.attempted_at() == pytest.approx([0, 5])


def test_unless_the_topic_disables_overrides(shop: Shop) -> None:
    shop.set_policy({"defaultHealthyRetryPolicy": {"numRetries": 2}, "disableSubscriptionOverrides": True})
    shop.subscribe(DeliveryPolicy='{"healthyRetryPolicy":{"numRetries":1,"minDelayTarget":5,"maxDelayTarget":5}}')
    shop.endpoint.answers.extend([500] * 9)
    shop.publish()
    shop.live.advance(3_600)
    assert shop.attempted_at() == pytest.approx([0, 20, 40])


def test_a_throttle_policy_limits_the_notifications_per_second(shop: Shop) -> None:
    shop.subscribe(DeliveryPolicy='{"throttlePolicy":{"maxReceivesPerSecond":2}}')
    shop.live.advance(10)
    for text in "abcd":
        shop.publish(text)
    assert len(shop.endpoint.of()) == 1
    shop.live.advance(3_600)
    assert [received.envelope["Message"] for received in shop.endpoint.of()] == list("abcd")
    delivered = [at for kind, at in shop.events_of(NotificationDelivered)]
    assert delivered[1:] == pytest.approx([10, 10.5, 11, 11.5])


def test_jitter_shortens_delays_the_same_way_in_every_run_of_a_seed() -> None:
    runs = []
    for _ in range(2):
        shop = Shop(seed=3, retry_jitter=0.5)
        shop.subscribe()
        shop.endpoint.answers.extend([500] * 9)
        shop.publish()
        shop.live.advance(3_600)
        runs.append(shop.attempted_at())
        shop.close()
    assert runs[0] == runs[1]
    delays = [later - earlier for earlier, later in zip(runs[0], runs[0][1:], strict=False)]
    assert all(10 <= delay <= 20 for delay in delays)
    assert len(set(delays)) == 3


def test_timers_and_retries_fall_due_in_the_order_of_their_times(shop: Shop) -> None:
    order: list[str] = []
    shop.subscribe()
    shop.endpoint.answers.append(500)
    shop.publish()
    shop.live.world.events.listeners.append(lambda event: order.append(type(event).__name__))
    for at in (19, 21):
        shop.live.call(shop.live.world.clock.call_at, START + at, lambda now: order.append(f"{now - START:g}"))
    shop.live.advance(3_600)
    assert order == ["19", "NotificationDelivered", "21"]


@pytest.mark.parametrize(("status", "attempts"), [(404, 1), (503, 4)])
def test_after_the_last_attempt_it_is_dead_lettered_in_the_format_of_the_subscription(
    shop: Shop, status: int, attempts: int
) -> None:
    shop.subscribe(RedrivePolicy=shop.dead_letter_queue())
    shop.endpoint.answers.extend([status] * 4)
    shop.publish("a latte")
    shop.live.advance(3_600)
    assert len(shop.endpoint.of()) == attempts
    (dead_letter,) = shop.dead_letters()
    assert dead_letter["Body"] == shop.endpoint.of()[0].body
    assert "MessageAttributes" not in dead_letter
    assert [kind for kind, _ in shop.events_of(NotificationFailed, NotificationDeadLettered)] == [
        NotificationFailed,
        NotificationDeadLettered,
    ]


def test_a_deleted_subscription_gets_no_retries(shop: Shop) -> None:
    subscription = shop.subscribe(RedrivePolicy=shop.dead_letter_queue())
    shop.endpoint.answers.append(500)
    shop.publish()
    shop.sns.unsubscribe(SubscriptionArn=subscription)
    shop.live.advance(3_600)
    assert len(shop.endpoint.of()) == 1
    (failed,) = [event for event in shop.events if type(event) is NotificationFailed]
    assert failed.subject.outcome.reason == "the subscription was deleted"
    assert shop.dead_letters() == []


def test_a_request_to_confirm_is_retried_too(shop: Shop) -> None:
    shop.endpoint.answers.append(500)
    shop.sns.subscribe(TopicArn=shop.topic, Protocol="http", Endpoint=shop.endpoint.url)
    shop.live.advance(20)
    one, other = shop.endpoint.of("SubscriptionConfirmation")
    assert one.body == other.body


def test_reset_drops_deliveries_under_way_and_those_that_wait(shop: Shop) -> None:
    shop.subscribe()
    shop.endpoint.answers.extend([500, HANG])
    shop.publish("waits")
    shop.sns.publish(TopicArn=shop.topic, Message="hangs")
    shop.endpoint.wait_for(3)
    shop.events.clear()
    shop.live.call(shop.live.world.reset)
    shop.live.advance(3_600)
    assert shop.events_of(NotificationPostponed, NotificationFailed, NotificationDelivered) == []
    assert len(shop.endpoint.of()) == 2


def test_publish_does_not_wait_for_an_endpoint_that_hangs(shop: Shop) -> None:
    shop.subscribe()
    shop.endpoint.answers.append(HANG)
    assert shop.sns.publish(TopicArn=shop.topic, Message="latte")["MessageId"]


def test_a_server_stops_while_deliveries_are_under_way() -> None:
    shop = Shop()
    shop.subscribe()
    shop.endpoint.answers.append(HANG)
    shop.sns.publish(TopicArn=shop.topic, Message="latte")
    shop.endpoint.wait_for(2)
    shop.live.stop()
    shop.endpoint.close()
    shop.sns.close()
    shop.sqs.close()
    assert shop.events_of(NotificationPostponed, NotificationFailed) == []


# --- without a server --------------------------------------------------------------------------------------

PHONE, MAIL = "+15555550142", "customer@example.com"


Told = tuple[str, str, str | None, str, str | None]


def told(events: list[Event]) -> list[Told]:
    """What the events of deliveries tell: their kind, what they happened to, protocol, recipient and reason."""
    return [each for event in events for each in _told(event)]


def _told(event: Event) -> list[Told]:
    kind, subject = type(event).__name__, event.subject
    if isinstance(subject, DeliveryAttempt):
        return [(kind, event.arn.resource, subject.protocol, subject.recipient, subject.outcome.reason)]
    reached = subject.subscriptions if isinstance(subject, Deliveries) else []
    return [(kind, each.arn.resource, each.protocol, each.shown_endpoint, None) for each in reached]


def test_a_delivery_within_publish_is_told_once() -> None:
    cloud = Cloud()
    topic, events = cloud.topic(), cloud.listen()
    subscription = cloud.subscribe(topic, "sms", PHONE)
    cloud.sns("Publish", TopicArn=topic, Message="latte")
    assert [type(event) for event in events][-2:] == [NotificationPublished, NotificationDelivered]
    assert told(events) == [("NotificationDelivered", subscription.split(":", 5)[5], "sms", PHONE, None)]
    assert {event.at for event in events} == {START}


def test_a_message_published_to_a_number_is_told_by_the_number() -> None:
    cloud = Cloud()
    events = cloud.listen()
    cloud.opt_out("+15555550199")
    for number in (PHONE, "+15555550199"):
        cloud.sns("Publish", PhoneNumber=number, Message="latte")
    assert [type(event) for event in events] == [
        NotificationPublished,
        NotificationDelivered,
        NotificationPublished,
        NotificationFailed,
    ]
    assert [each[2:] for each in told(events)] == [
        (None, PHONE, None),
        (None, "+15555550199", "Phone number is opted out"),
    ]


def test_a_request_to_confirm_is_told_as_a_delivery() -> None:
    cloud = Cloud()
    events = cloud.listen()
    subscription = cloud.subscribe(cloud.topic(), "email", MAIL)
    assert told(events) == [("NotificationDelivered", subscription.split(":", 5)[5], "email", MAIL, None)]
    (delivered,) = [event.subject for event in events if isinstance(event, NotificationDelivered)]
    assert delivered.sent.kind == "SubscriptionConfirmation"


def test_a_dead_letter_is_told_by_the_queue_it_went_to() -> None:
    cloud = Cloud()
    topic, dead = cloud.topic(), cloud.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead})
    subscription = cloud.subscribe(topic, "sqs", dead.replace("dead", "gone"), RedrivePolicy=policy)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="latte")
    name = subscription.split(":", 5)[5]
    assert told(events) == [
        ("NotificationFailed", name, "sqs", dead.replace("dead", "gone"), "the queue does not exist"),
        ("NotificationDeadLettered", name, "sqs", dead, None),
    ]


def test_deliveries_are_told_together_up_to_one_that_fails() -> None:
    cloud = Cloud()
    topic, (first, gone, last) = cloud.topic(), (cloud.queue(name) for name in ("first", "gone", "last"))
    for queue in (first, gone, last):
        cloud.subscribe(topic, "sqs", queue)
    cloud.sqs("DeleteQueue", QueueUrl="gone")
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="latte")
    assert [each[0] for each in told(events)] == [
        "NotificationDelivered",
        "NotificationFailed",
        "NotificationDelivered",
    ]
    assert [each[3] for each in told(events)] == [first, gone, last]


def many(cloud: Cloud, count: int, topic: str) -> list[str]:
    queues = [cloud.queue(f"queue-{number}") for number in range(count)]
    for queue in queues:
        cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    return queues


def sizes(cloud: Cloud) -> list[int]:
    return [len(queue.messages) for queue in cloud.world.queues()]


@pytest.mark.parametrize("more", [0, 1])
def test_more_subscriptions_than_one_slice_has_are_delivered_to_in_several(more: int) -> None:
    cloud = Cloud()
    topic = cloud.topic()
    many(cloud, SLICE + more, topic)
    cloud.subscribe(topic, "email", MAIL, FilterPolicy='{"kind": ["cold"]}')
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=cloud.inbox()[0].token)
    events = cloud.listen()

    async def play() -> None:
        cloud.world.open("decaf.test")
        result = cloud.sns("Publish", TopicArn=topic, Message="latte")
        courier = cloud.world.courier
        assert (courier.unfinished() is not None, courier.is_busy, inspect.isawaitable(result)) == (bool(more),) * 3
        assert sizes(cloud) == [0 if more else 1] * (SLICE + more)
        if more:
            await asyncio.sleep(0)
            assert sizes(cloud) == [1] * SLICE + [0]
            await result
        assert sizes(cloud) == [1] * (SLICE + more)
        await cloud.world.close()

    asyncio.run(play())
    delivered = [len(event.subject.subscriptions) for event in events if isinstance(event, NotificationDelivered)]
    assert delivered == [SLICE, 1][: 1 + more]
    (published,) = [event for event in events if isinstance(event, NotificationPublished)]
    assert published.subject.filtered_out_count == 1


def test_a_fifo_topic_delivers_to_many_at_once() -> None:
    cloud = Cloud(max_fifo_subscriptions=SLICE + 1)
    topic = cloud.topic("news.fifo", FifoTopic="true")
    many(cloud, SLICE + 1, topic)

    async def play() -> None:
        cloud.world.open("decaf.test")
        cloud.sns("Publish", TopicArn=topic, Message="latte", MessageGroupId="a", MessageDeduplicationId="1")
        assert sizes(cloud) == [1] * (SLICE + 1)
        await cloud.world.close()

    asyncio.run(play())


@pytest.mark.parametrize("account", [None, ACCOUNT, "222222222222"])
def test_what_is_not_delivered_yet_can_be_dropped_by_account(account: str | None) -> None:
    cloud = Cloud()
    topic = cloud.topic()
    many(cloud, SLICE + 1, topic)

    async def play() -> None:
        cloud.world.open("decaf.test")
        publishing = asyncio.ensure_future(cloud.sns("Publish", TopicArn=topic, Message="latte"))
        cloud.world.courier.drop(account)
        await publishing
        await cloud.world.close()

    asyncio.run(play())
    assert set(sizes(cloud)) == ({1} if account == "222222222222" else {0})


@pytest.mark.parametrize("how", ["settle", "close", "snapshot"])
def test_what_is_not_delivered_yet_is_delivered_before_the_end_and_before_a_snapshot(how: str) -> None:
    cloud = Cloud()
    topic = cloud.topic()
    many(cloud, SLICE + 1, topic)

    async def play() -> None:
        cloud.world.open("decaf.test")
        publishing = asyncio.ensure_future(cloud.sns("Publish", TopicArn=topic, Message="latte"))
        if how == "settle":
            await cloud.world.courier.settle()
        elif how == "close":
            await cloud.world.courier.close()
        else:
            cloud.world.snapshot()
        assert set(sizes(cloud)) == {1}
        await publishing
        await cloud.world.close()

    asyncio.run(play())


def test_after_the_end_nothing_is_put_off() -> None:
    cloud = Cloud()
    topic = cloud.topic()
    many(cloud, SLICE + 1, topic)

    async def play() -> None:
        cloud.world.open("decaf.test")
        await cloud.world.courier.close()
        cloud.sns("Publish", TopicArn=topic, Message="latte")
        assert set(sizes(cloud)) == {1}
        await cloud.world.close()

    asyncio.run(play())


def test_a_mail_that_was_to_go_to_a_server_is_dropped_where_there_is_none_any_more() -> None:
    cloud = Cloud(smtp_url="smtp://127.0.0.1:9")
    cloud.subscribe(cloud.topic(), "email", MAIL)
    (delivery,) = cloud.world.courier.deliveries()
    assert isinstance(delivery, SubscriptionDelivery)
    taken, other = cloud.world.snapshot(), Cloud()
    other.world.restore(taken)
    assert other.world.courier.deliveries() == []
    same = Cloud(smtp_url="smtp://127.0.0.1:9")
    same.world.restore(taken)
    (resumed,) = same.world.courier.deliveries()
    assert isinstance(resumed, SubscriptionDelivery)
    assert (resumed.sent.message_id, resumed.attempts) == (delivery.sent.message_id, 0)


def test_only_a_failed_notification_goes_to_the_dead_letter_queue() -> None:
    cloud = Cloud(retry_jitter=0)
    topic, dead = cloud.topic(), cloud.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead})
    cloud.subscribe(topic, "http", "http://127.0.0.1:9/hook", RedrivePolicy=policy)
    events = cloud.listen()

    async def play() -> None:
        cloud.world.open("decaf.test")
        await cloud.world.advance(7_200)
        await cloud.world.close()

    asyncio.run(play())
    assert [type(event) for event in events][-1] is NotificationFailed
    assert cloud.received(dead) == []
