"""The history keeps the latest events, each as it was then, and calls its watchers."""

from __future__ import annotations

from decaf.base.events import (
    MessageDeadLettered,
    MessageReceived,
    MessageSent,
    NotificationDelivered,
    NotificationFailed,
    NotificationPublished,
    SubscriptionCreated,
)
from decaf.observe.history import KEPT_OF_BODIES, HistoryEvent
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import START
from tests.decaf.sns.test_archive import replay_policy

OTHER = "222222222222"
NUMBERS = ("+15555550141", "+15555550142", "+15555550143")


def of(bench: Bench, kind: type) -> list[HistoryEvent]:
    return [record for record in bench.world.history.since(0) if record.kind == kind.__name__]


def test_a_record_stays_as_it_was_while_its_message_goes_on() -> None:
    bench = Bench()
    queue = bench.queue()
    message_id = bench.send(queue, "first")
    bench.receive(queue, VisibilityTimeout=10)
    bench.move_clock(10)
    bench.receive(queue, VisibilityTimeout=20)
    (sent,) = of(bench, MessageSent)
    assert (sent.message_id, sent.body, sent.until, sent.receive_count) == (message_id, "first", None, 0)
    received = of(bench, MessageReceived)
    assert [(r.at, r.receive_count, r.until) for r in received] == [
        (START, 1, START + 10),
        (START + 10, 2, START + 30),
    ]


def test_a_delayed_message_is_sent_until_its_delay_ends() -> None:
    bench = Bench()
    bench.send(bench.queue(), DelaySeconds=7)
    (sent,) = of(bench, MessageSent)
    assert sent.until == START + 7


def test_a_dead_letter_names_the_queue_that_it_went_to() -> None:
    bench = Bench()
    dead = bench.queue("dead")
    queue = bench.queue(RedrivePolicy=f'{{"maxReceiveCount": 1, "deadLetterTargetArn": "{dead}"}}')
    bench.send(queue)
    bench.receive(queue, VisibilityTimeout=0)
    assert bench.received(queue) == []
    (record,) = of(bench, MessageDeadLettered)
    assert (record.arn, record.dead_letter_queue) == (queue, dead)


def test_attempts_name_protocol_recipient_and_reason() -> None:
    bench = Bench()
    topic, queue = bench.topic(), bench.queue()
    bench.subscribe(topic, "sqs", queue)
    bench.subscribe(topic, "sms", "+15555550142")
    bench.sqs("DeleteQueue", QueueUrl="kitchen")
    bench.sns("Publish", TopicArn=topic, Message="hi")
    (published,) = of(bench, NotificationPublished)
    assert (published.body, str(published.arn)) == ("hi", topic)
    (failed,) = of(bench, NotificationFailed)
    assert (failed.protocol, failed.recipient, failed.reason) == ("sqs", queue, "the queue does not exist")
    (delivered,) = of(bench, NotificationDelivered)
    assert (delivered.protocol, delivered.recipient, delivered.reason) == ("sms", "+15555550142", None)
    assert {record.recipient for record in of(bench, SubscriptionCreated)} == {queue, "+15555550142"}


def test_an_attempt_at_once_has_its_number_alone() -> None:
    bench = Bench()
    topic, queue = bench.topic(), bench.queue()
    bench.subscribe(topic, "sqs", queue)
    bench.sns("Publish", TopicArn=topic, Message="hi")
    (delivered,) = of(bench, NotificationDelivered)
    assert (delivered.attempt, delivered.status, delivered.latency, delivered.retry_at) == (1, None, None, None)


def test_each_delivery_within_publish_is_an_event_with_a_mark_of_its_own() -> None:
    bench = Bench()
    topic = bench.topic()
    phones = [f"+1555555014{digit}" for digit in range(3)]
    arns = [bench.subscribe(topic, "sms", phone) for phone in phones]
    before = bench.world.history.mark
    bench.sns("Publish", TopicArn=topic, Message="hi")
    delivered = of(bench, NotificationDelivered)
    assert [event.recipient for event in delivered] == phones
    assert [event.arn for event in delivered] == arns
    assert [event.mark for event in delivered] == [before + 2, before + 3, before + 4]
    assert [event.mark for event in bench.world.history.since(before + 3)] == [before + 4]


def test_only_the_latest_are_kept_and_marks_go_on() -> None:
    bench = Bench(max_history=3)
    history = bench.world.history
    queue = bench.queue()
    for body in "abcd":
        bench.send(queue, body)
    assert [(r.mark, r.body) for r in history.since(0)] == [(3, "b"), (4, "c"), (5, "d")]
    assert [r.body for r in history.since(4)] == ["d"]
    assert (history.remembers(2), history.remembers(1)) == (True, False)
    assert history.mark == 5


def test_of_long_bodies_the_start_is_kept() -> None:
    bench = Bench()
    bench.send(bench.queue(), "x" * KEPT_OF_BODIES + "y")
    (sent,) = of(bench, MessageSent)
    assert sent.body == "x" * KEPT_OF_BODIES


def test_one_account_can_be_forgotten() -> None:
    bench = Bench()
    bench.queue("mine")
    bench.queue("theirs", account=OTHER)
    mark = bench.world.history.mark
    bench.world.history.clear(OTHER)
    assert [record.arn.rpartition(":")[2] for record in bench.world.history.since(0)] == ["mine"]
    assert bench.world.history.remembers(0)
    bench.world.history.clear()
    assert bench.world.history.since(0) == []
    assert bench.world.history.mark == mark


def test_what_was_forgotten_stays_forgotten_after_a_clearing() -> None:
    bench = Bench(max_history=2)
    for name in "abc":
        bench.queue(name)
    bench.world.history.clear()
    assert (bench.world.history.remembers(0), bench.world.history.remembers(1)) == (False, True)


def test_a_notification_filtered_out_of_many_is_an_event_of_each() -> None:
    bench = Bench()
    topic = bench.topic()
    arns = [bench.subscribe(topic, "sms", number, FilterPolicy='{"city":["Paris"]}') for number in NUMBERS]
    mark = bench.world.history.mark
    seen: list[HistoryEvent | None] = []
    with bench.world.history.watched(seen.append):
        bench.sns("Publish", TopicArn=topic, Message="m")
    published, *filtered = bench.world.history.since(mark)
    assert published.kind == "NotificationPublished"
    assert [(r.mark, r.kind, r.arn, r.recipient) for r in filtered] == [
        (mark + 2 + place, "NotificationFiltered", arn, number)
        for place, (arn, number) in enumerate(zip(arns, NUMBERS, strict=True))
    ]
    assert {(r.message_id, r.protocol, r.reason) for r in filtered} == {
        (published.message_id, "sms", "the filter policy does not match: the message has no attributes")
    }
    assert seen == [published, *filtered]
    assert bench.world.history.since(mark + 3) == filtered[2:]


def test_each_of_many_filtered_events_counts() -> None:
    bench = Bench(max_history=2)
    topic = bench.topic()
    for number in NUMBERS:
        bench.subscribe(topic, "sms", number, FilterPolicy='{"city":["Paris"]}')
    bench.sns("Publish", TopicArn=topic, Message="m")
    history = bench.world.history
    assert [record.recipient for record in history.since(0)] == list(NUMBERS[1:])
    assert (history.remembers(history.mark - 2), history.remembers(history.mark - 3)) == (True, False)


def test_what_was_published_is_an_event_before_those_it_was_filtered_out_for() -> None:
    bench = Bench(max_history=4)
    topic = bench.topic()
    for number in NUMBERS:
        bench.subscribe(topic, "sms", number, FilterPolicy='{"city":["Paris"]}')
    bench.world.history.clear()
    mark = bench.world.history.mark
    bench.sns("Publish", TopicArn=topic, Message="m")
    events = bench.world.history.since(mark)
    assert [event.mark for event in events] == [mark + 1, mark + 2, mark + 3, mark + 4]
    assert [event.kind for event in events] == ["NotificationPublished", *["NotificationFiltered"] * 3]
    assert (events[0].body, events[0].arn, events[0].recipient) == ("m", topic, None)
    assert bench.world.history.latest(4) == events
    bench.sns("Publish", TopicArn=topic, Message="n")
    assert [event.body for event in bench.world.history.latest(9)] == ["n", None, None, None]


def test_what_a_replay_filters_out_is_an_event_alone() -> None:
    bench = Bench()
    archive = '{"MessageRetentionPeriod":"30"}'
    topic = bench.topic("news.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy=archive)
    bench.sns("Publish", TopicArn=topic, Message="m", MessageGroupId="a")
    (published,) = of(bench, NotificationPublished)
    policies = {"FilterPolicy": '{"city":["Paris"]}', "ReplayPolicy": replay_policy()}
    subscription = bench.subscribe(topic, "sqs", bench.queue(), **policies)
    mark = bench.world.history.mark
    bench.move_clock(1)
    (filtered,) = bench.world.history.since(mark)
    assert (filtered.mark, filtered.kind, filtered.arn) == (mark + 1, "NotificationFiltered", subscription)
    assert (filtered.message_id, filtered.body) == (published.message_id, None)


def test_watchers_are_called_within_the_call() -> None:
    bench = Bench()
    seen: list[str] = []

    def note(record: HistoryEvent | None) -> None:
        if record is not None:
            seen.append(record.kind)

    with bench.world.history.watched(note):
        bench.queue()
        assert seen == ["QueueCreated"]
        bench.sqs("DeleteQueue", QueueUrl="kitchen")
    bench.queue("other")
    assert seen == ["QueueCreated", "QueueDeleted"]


def test_a_history_of_size_0_listens_only_while_somebody_watches() -> None:
    bench = Bench(max_history=0)
    assert bench.world.events.listeners == []
    seen: list[HistoryEvent | None] = []
    with bench.world.history.watched(seen.append):
        bench.queue()
    assert [record.kind for record in seen if record] == ["QueueCreated"]
    assert bench.world.events.listeners == []
    assert bench.world.history.since(0) == []
    assert not bench.world.history.remembers(bench.world.history.mark)


def test_it_counts_what_came_of_deliveries() -> None:
    bench = Bench()
    topic = bench.topic()
    for number in ("+15555550142", "+15555550143"):
        bench.subscribe(topic, "sms", number)
    for _ in range(2):
        bench.sns("Publish", TopicArn=topic, Message="hi")
    bench.sns("Publish", PhoneNumber="+15555550142", Message="hi")
    assert bench.world.history.attempts == {
        ("sms", "NotificationDelivered"): 4,
        ("direct", "NotificationDelivered"): 1,
    }
