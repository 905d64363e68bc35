"""A world made of a snapshot has what the first one had, and whatever is done next, the same comes of it in both."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.decaf.persistence.twins import Shop, differences, twin, written
from tests.decaf.sns.cloud import ACCOUNT, START
from tests.decaf.sns.test_archive import replay_policy

ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:"
FIFO_TOPIC = TOPIC + "news.fifo"
QUEUES = ("dead", "orders", "dead.fifo", "orders.fifo", "copies.fifo")
DEVICE = f"arn:aws:sns:us-east-1:{ACCOUNT}:app/GCM/shop"

LIMITS = {"replay_rate": 2, "max_move_rate": 20}

Operation = Callable[[Shop], Any]


def shop() -> Shop:
    made = Shop(**LIMITS)
    for name in QUEUES:
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
        redrive = {"deadLetterTargetArn": ARN + name.replace("orders", "dead"), "maxReceiveCount": 2}
        dead_letters = {"RedrivePolicy": json.dumps(redrive)} if name.startswith("orders") else {}
        made.queue(name, **fifo, **dead_letters)
    made.topic("news")
    made.topic(
        "news.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}'
    )
    made.subscribe(TOPIC + "news", "sqs", ARN + "orders", RawMessageDelivery="true", FilterPolicy='{"city":["Rome"]}')
    made.subscribe(FIFO_TOPIC, "sqs", ARN + "orders.fifo", RawMessageDelivery="true")
    made.sns("CreatePlatformApplication", Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"})
    return made


def send(queue: str, body: str, group: str | None, delay: int, deduplication_id: str | None) -> Operation:
    given: dict[str, Any] = {"MessageGroupId": group} if group else {}
    if queue.endswith(".fifo"):
        given = {"MessageGroupId": group or "g"}
        if deduplication_id:
            given["MessageDeduplicationId"] = deduplication_id
    elif delay:
        given["DelaySeconds"] = delay
    return lambda shop: shop.try_to("sqs", "SendMessage", QueueUrl=queue, MessageBody=body, **given)


def with_handle(number: int, operation: str, **params: Any) -> Operation:
    def do(shop: Shop) -> Any:
        if not shop.handles:
            return None
        queue, handle = shop.handles[-1 - number % len(shop.handles)]
        return shop.try_to("sqs", operation, QueueUrl=queue, ReceiptHandle=handle, **params)

    return do


def give_back(queue: str, number: int) -> Operation:
    """Receive for somebody who has hung up when the messages come."""

    def do(shop: Shop) -> Any:
        found = shop.world.store.find_queue(ACCOUNT, "us-east-1", queue)
        if found is not None:
            now = shop.world.clock.now()
            found.undo_receive(found.receive(now, number, 30), now)

    return do


def move(source: str, rate: int | None) -> Operation:
    given = {"MaxNumberOfMessagesPerSecond": rate} if rate else {}
    return lambda shop: shop.try_to("sqs", "StartMessageMoveTask", SourceArn=ARN + source, **given)


def stop_moving(source: str) -> Operation:
    def do(shop: Shop) -> Any:
        tasks = shop.try_to("sqs", "ListMessageMoveTasks", SourceArn=ARN + source)
        handle = tasks["Results"][0].get("TaskHandle") if isinstance(tasks, dict) and tasks["Results"] else None
        return handle and shop.try_to("sqs", "CancelMessageMoveTask", TaskHandle=handle)

    return do


def set_queue(name: str, attribute: str, value: str) -> Operation:
    return lambda shop: shop.try_to("sqs", "SetQueueAttributes", QueueUrl=name, Attributes={attribute: value})


def on_queue(name: str, operation: str) -> Operation:
    return lambda shop: shop.try_to("sqs", operation, QueueUrl=name)


def create(name: str) -> Operation:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
    return lambda shop: shop.try_to("sqs", "CreateQueue", QueueName=name, Attributes=attributes)


def publish(topic: str, text: str, group: str, city: str) -> Operation:
    given: dict[str, Any] = {"MessageGroupId": group} if topic.endswith(".fifo") else {}
    attributes = {"city": {"DataType": "String", "StringValue": city}}
    arn = TOPIC + topic
    return lambda shop: shop.try_to("sns", "Publish", TopicArn=arn, Message=text, MessageAttributes=attributes, **given)


def subscribe(topic: str, protocol: str, endpoint: str, attributes: dict[str, str]) -> Operation:
    raw = {"RawMessageDelivery": "true"} if protocol == "sqs" else {}  # each world signs with a key of its own
    asked = {"TopicArn": TOPIC + topic, "Protocol": protocol, "Endpoint": endpoint, "Attributes": raw | attributes}
    return lambda shop: shop.try_to("sns", "Subscribe", ReturnSubscriptionArn=True, **asked)


def replay(since: float) -> Operation:
    """Subscribe a queue to what was published since."""
    return subscribe("news.fifo", "sqs", ARN + "copies.fifo", {"ReplayPolicy": replay_policy(START + since)})


def with_subscription(number: int, operation: str, **params: Any) -> Operation:
    def do(shop: Shop) -> Any:
        found = list(shop.world.store.region(ACCOUNT, "us-east-1").subscriptions.values())
        if not found:
            return None
        chosen = found[number % len(found)]
        if operation == "ConfirmSubscription":
            return shop.try_to("sns", operation, TopicArn=str(chosen.topic_arn), Token=chosen.token)
        if operation == "click":  # the link in a message, which nobody signs
            return None if chosen.pending else shop.click(str(chosen.arn))
        return shop.try_to("sns", operation, SubscriptionArn=str(chosen.arn), **params)

    return do


def opt_out(number: str) -> Operation:
    def do(shop: Shop) -> Any:
        shop.world.store.region(ACCOUNT, "us-east-1").sms.opt_out(number, shop.world.clock.now())

    return do


def on_sns(operation: str, **params: Any) -> Operation:
    return lambda shop: shop.try_to("sns", operation, **params)


def wait(seconds: float) -> Operation:
    return lambda shop: shop.advance(seconds)


def receive(queue: str, limit: int, timeout: int, attempt: str | None) -> Operation:
    return lambda shop: shop.receive(queue, limit, timeout, attempt if queue.endswith(".fifo") else None)


queues = st.sampled_from(QUEUES)
sources = st.sampled_from(("orders", "orders", "orders.fifo", "orders.fifo", "dead", "dead.fifo", "copies.fifo"))
groups = st.sampled_from((None, "a", "b", "c"))
bodies = st.sampled_from(("latte", "decaf", "mocha", "espresso"))
numbers = st.integers(0, 5)
phones = st.sampled_from(("+491511111111", "+491512222222"))

operations = st.one_of(
    st.builds(send, sources, bodies, groups, st.sampled_from((0, 0, 5, 60)), st.sampled_from((None, "x", "y"))),
    st.builds(send, sources, st.text("abcdef", min_size=4, max_size=6), groups, st.just(0), st.none()),
    st.builds(receive, queues, st.integers(1, 4), st.sampled_from((0, 5, 30)), st.sampled_from((None, "t1", "t2"))),
    st.builds(receive, sources, st.integers(1, 4), st.sampled_from((0, 5, 30)), st.none()),
    st.builds(give_back, queues, st.integers(1, 2)),
    st.builds(with_handle, numbers, st.just("DeleteMessage")),
    st.builds(with_handle, numbers, st.just("ChangeMessageVisibility"), VisibilityTimeout=st.sampled_from((0, 10))),
    st.builds(move, st.sampled_from(("dead", "dead.fifo")), st.sampled_from((None, 1, 3))),
    st.builds(stop_moving, st.sampled_from(("dead", "dead.fifo"))),
    st.builds(set_queue, queues, st.just("DelaySeconds"), st.sampled_from(("0", "7"))),
    st.builds(set_queue, queues, st.just("MessageRetentionPeriod"), st.sampled_from(("60", "3600"))),
    st.builds(set_queue, queues, st.just("RedrivePolicy"), st.just("")),
    st.builds(on_queue, queues, st.sampled_from(("PurgeQueue", "DeleteQueue"))),
    st.builds(create, queues),
    st.builds(publish, st.sampled_from(("news", "news.fifo")), bodies, st.sampled_from(("a", "b")), st.just("Rome")),
    st.builds(publish, st.just("news.fifo"), st.text("abcdef", min_size=4), st.sampled_from(("a", "b")), st.just("")),
    st.builds(
        subscribe,
        st.just("news"),
        st.sampled_from(("http", "email", "sms", "sqs")),
        st.sampled_from(("http://127.0.0.1:9/hook", "ada@example.com", "+491511111111", ARN + "dead")),
        st.just({}),
    ),
    st.builds(replay, st.sampled_from((0.0, 0.0, 3.0))),
    st.builds(
        with_subscription,
        numbers,
        st.sampled_from(("ConfirmSubscription", "Unsubscribe", "click", "GetSubscriptionAttributes")),
    ),
    st.builds(
        with_subscription,
        numbers,
        st.just("SetSubscriptionAttributes"),
        AttributeName=st.just("RedrivePolicy"),
        AttributeValue=st.just(json.dumps({"deadLetterTargetArn": ARN + "dead"})),
    ),
    st.builds(opt_out, phones),
    st.builds(on_sns, st.just("OptInPhoneNumber"), phoneNumber=phones),
    st.builds(on_sns, st.just("Publish"), PhoneNumber=phones, Message=bodies),
    st.builds(
        on_sns, st.just("CreatePlatformEndpoint"), PlatformApplicationArn=st.just(DEVICE), Token=st.sampled_from("tu")
    ),
    st.builds(on_sns, st.just("CreateSMSSandboxPhoneNumber"), PhoneNumber=phones),
    st.builds(wait, st.sampled_from((0.3, 1.0, 2.0, 5.0, 31.0, 70.0, 301.0))),
)


ENDING = [wait(31.0), *(receive(queue, 10, 5, None) for queue in QUEUES)]


def test_sequence_numbers_go_on_growing_after_a_purge() -> None:
    first = shop()
    for operation in (send("dead.fifo", "1", "g", 0, "1"), send("dead.fifo", "2", "g", 0, "2")):
        latest = int(operation(first)["SequenceNumber"])
    first.try_to("sqs", "PurgeQueue", QueueUrl="dead.fifo")
    second = twin(first, **LIMITS)
    later = [int(send("dead.fifo", "3", "g", 0, "3")(each)["SequenceNumber"]) for each in (first, second)]
    assert later[0] == later[1] > latest


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=st.lists(operations, max_size=60), after=st.lists(operations, max_size=40))
def test_both_worlds_do_the_same_from_there_on(before: list[Operation], after: list[Operation]) -> None:
    first = shop()
    for operation in before:
        operation(first)
    second = twin(first, **LIMITS)
    assert differences(written(first), written(second)) == []
    for operation in [*after, *ENDING]:
        assert operation(second) == operation(first)
    assert differences(written(first), written(second)) == []
