"""The trace of an account: what happened and the present state, in one response."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from decaf.control.route import Refused
from decaf.testing import Decaf

ACCOUNT, OTHER = "111122223333", "444455556666"


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf() as started:
        yield started


def test_a_trace_has_what_happened_and_the_state_of_its_account_alone(decaf: Decaf) -> None:
    for account in (ACCOUNT, OTHER):
        sqs = decaf.client("sqs", account)
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=f"latte of {account}")
        sqs.close()
    trace = decaf.control.of(ACCOUNT).trace()
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    assert [each.arn for each in trace.queues] == [arn]
    assert [each.body for each in trace.messages[arn]] == [f"latte of {ACCOUNT}"]
    assert [(each.kind, each.text) for each in trace.events][-1] == ("MessageSent", "sent to orders")
    assert {each.arn for each in trace.events} == {arn}
    assert [*trace.explained.values()] == ["It is in orders and can be received."]
    assert not trace.lost


def test_a_message_that_was_delivered_names_the_delivery_as_its_cause(decaf: Decaf) -> None:
    sqs, sns = decaf.client("sqs", ACCOUNT), decaf.client("sns", ACCOUNT)
    sqs.create_queue(QueueName="orders")
    topic = sns.create_topic(Name="placed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders")
    sns.publish(TopicArn=topic, Message="latte")
    sqs.close()
    sns.close()
    events = decaf.control.of(ACCOUNT).trace().events
    (sent,) = [each for each in events if each.kind == "MessageSent"]
    (delivered,) = [each for each in events if each.kind == "NotificationDelivered"]
    assert sent.cause == delivered.mark


def test_a_trace_explains_what_was_held_back_and_what_expired(decaf: Decaf) -> None:
    control = decaf.control.of(ACCOUNT)
    sqs, sns = decaf.client("sqs", ACCOUNT), decaf.client("sns", ACCOUNT)
    url = sqs.create_queue(QueueName="orders", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
    topic = sns.create_topic(Name="placed")["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"kind": ["order"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", Attributes=policy)
    held_back = sns.publish(TopicArn=topic, Message="advert")["MessageId"]
    expired = sqs.send_message(QueueUrl=url, MessageBody="latte")["MessageId"]
    control.advance(61)
    sqs.close()
    sns.close()
    explained = control.trace().explained
    assert explained[expired].startswith("It is gone: expired in orders")
    assert "the filter policy does not match" in explained[held_back]
    assert control.trace(explained=False).explained == {}


def test_a_trace_has_what_was_done_to_the_clock(decaf: Decaf) -> None:
    decaf.control.freeze()
    decaf.control.advance(30)
    decaf.control.thaw()
    frozen, moved, thawed = decaf.control.trace().clock
    assert [each.frozen for each in (frozen, moved, thawed)] == [True, True, False]
    assert moved.after - moved.before == pytest.approx(30)
    assert moved.before == frozen.after
    assert frozen.real <= moved.real <= thawed.real


def test_long_bodies_and_attributes_are_cut(decaf: Decaf) -> None:
    sqs = decaf.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    attribute = {"note": {"DataType": "String", "StringValue": "n" * 10_000}}
    sqs.send_message(QueueUrl=url, MessageBody="b" * 10_000, MessageAttributes=attribute)
    sqs.close()
    (messages,) = decaf.control.of(ACCOUNT).trace().messages.values()
    assert len(messages[0].body) == 4_096
    assert messages[0].attributes["note"] == {"DataType": "String", "StringValue": "n" * 4_096}


def test_a_trace_since_a_mark_has_what_came_after_it(decaf: Decaf) -> None:
    sqs = decaf.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    mark = decaf.control.mark()
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    sqs.close()
    assert [each.kind for each in decaf.control.of(ACCOUNT).trace(mark).events] == ["MessageSent"]


def test_an_account_is_twelve_digits(decaf: Decaf) -> None:
    with pytest.raises(Refused):
        decaf.control.of("1").trace()


def test_an_event_says_that_a_fifo_queue_s_new_delay_reached_a_message(decaf: Decaf) -> None:
    sqs = decaf.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="1", MessageDeduplicationId="1")
    decaf.control.freeze()
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "60"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    sqs.close()
    longer, shorter = [each for each in decaf.control.of(ACCOUNT).trace().events if each.kind == "DelayChanged"]
    assert longer.until is not None
    assert shorter.until is not None
    assert longer.until - shorter.until == pytest.approx(60)
    assert longer.text.startswith("the delay of orders.fifo was changed, now delayed until")
