"""GET /_decaf/events and /mark: what happened, filtered, from a mark on."""

from __future__ import annotations

import pytest

from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT, START

OTHER = "222222222222"


def test_an_event_has_only_the_fields_that_apply(bench: Bench) -> None:
    queue = bench.queue()
    message_id = bench.send(queue, "one decaf", MessageGroupId="g")
    bench.receive(queue, VisibilityTimeout=30)
    created, sent, received = bench.found_events()
    assert created == {"mark": 1, "at": START, "kind": "QueueCreated", "arn": queue}
    common = {"arn": queue, "message_id": message_id, "body": "one decaf", "group": "g", "at": START}
    assert sent == common | {"mark": 2, "kind": "MessageSent", "receive_count": 0}
    assert received == common | {"mark": 3, "kind": "MessageReceived", "receive_count": 1, "until": START + 30}


def test_since_a_mark_only_later_events_are_returned(bench: Bench) -> None:
    queue = bench.queue()
    bench.send(queue, "before")
    mark = bench.mark()
    bench.send(queue, "after")
    answer = bench.get("/events", since=mark)
    assert [event["body"] for event in answer["events"]] == ["after"]
    assert answer["mark"] == bench.mark() == mark + 1


def test_events_are_read_a_part_at_a_time(bench: Bench) -> None:
    queue = bench.queue()
    for body in "abcde":
        bench.send(queue, body)
    bodies, mark = [], 1
    for _ in range(3):
        answer = bench.get("/events", since=mark, limit=2)
        bodies.append([event["body"] for event in answer["events"]])
        mark = answer["mark"]
    assert bodies == [["a", "b"], ["c", "d"], ["e"]]


def test_without_a_mark_the_latest_events_are_returned(bench: Bench) -> None:
    queue = bench.queue()
    for body in "abc":
        bench.send(queue, body)
    assert [event["body"] for event in bench.found_events(limit=2)] == ["b", "c"]


@pytest.mark.parametrize("named", ["kitchen", f"arn:aws:sqs:us-east-1:{ACCOUNT}:kitchen", f"/{ACCOUNT}/kitchen"])
def test_a_queue_is_named_by_name_arn_or_url(bench: Bench, named: str) -> None:
    bench.queue("bar")
    bench.queue("kitchen")
    bench.queue("kitchen", account=OTHER)
    accounts = (ACCOUNT, OTHER) if named == "kitchen" else (ACCOUNT,)
    arns = {event["arn"] for event in bench.found_events(queue=named)}
    assert arns == {f"arn:aws:sqs:us-east-1:{account}:kitchen" for account in accounts}


def test_all_conditions_must_match(bench: Bench) -> None:
    topic, queue = bench.topic(), bench.queue()
    subscription = bench.subscribe(topic, "sqs", queue)
    notification = bench.sns("Publish", TopicArn=topic, Message="ready")["MessageId"]
    bench.queue("elsewhere", account=OTHER)
    assert bench.kinds(topic="orders") == [
        "TopicCreated",
        "SubscriptionCreated",
        "NotificationPublished",
        "NotificationDelivered",
    ]
    assert bench.kinds(topic=topic, kind="TopicCreated") == ["TopicCreated"]
    assert bench.kinds(subscription=subscription) == ["SubscriptionCreated", "NotificationDelivered"]
    # the queue has no policy for the topic
    denied = ["AccessWouldBeDenied"]
    assert bench.kinds(message_id=notification) == ["NotificationPublished", *denied, "NotificationDelivered"]
    assert bench.kinds(body_contains="ready") == ["NotificationPublished", "MessageSent"]
    assert bench.kinds(account=OTHER) == ["QueueCreated"]
    assert bench.kinds(account=OTHER, topic="orders") == []


def test_work_that_is_due_is_done_before_anybody_looks(bench: Bench) -> None:
    bench.send(bench.queue())
    bench.receive("kitchen", VisibilityTimeout=5)
    bench.world.clock.advance(10)
    assert bench.kinds()[-1] == "MessageReturned"
    assert bench.found_events()[-1]["at"] == START + 5


def test_a_bad_filter_is_refused(bench: Bench) -> None:
    status, text = bench.get("/events", kind="Sent")
    assert status == 400
    assert "there is no kind of event 'Sent'" in text
    assert bench.get("/events", limit=0)[0] == 400
    assert bench.get("/events", since=7) == (
        400,
        "there is no mark 7 yet; it may be from a server that ran before this one",
    )


def test_a_mark_that_the_history_has_forgotten_is_refused() -> None:
    bench = Bench(max_history=2)
    for name in "abcd":
        bench.queue(name)
    assert bench.get("/events", since=1) == (409, "the history does not go back to mark 1: it keeps 2 events")
    assert len(bench.get("/events", since=2)["events"]) == 2
