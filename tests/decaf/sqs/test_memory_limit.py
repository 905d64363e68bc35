"""The bytes of all messages are bounded where a setting says so: what is over it is refused, and nothing breaks."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from tests.live import Live
from tests.refusals import refusal

BOUND = 10_000
KIB = "x" * 1_000


@pytest.fixture
def live() -> Iterator[Live]:
    with Live(Settings(port=0, memory_limit=BOUND, purge_cooldown=0), Clock(lambda: 1_700_000_000.0)) as server:
        yield server


@pytest.fixture
def sqs(live: Live) -> Iterator[Any]:
    with closing(live.client("sqs")) as client:
        yield client


@pytest.fixture
def sns(live: Live) -> Iterator[Any]:
    with closing(live.client("sns")) as client:
        yield client


def held(live: Live) -> int:
    assert live.world.memory_limit is not None
    return live.world.memory_limit.bytes


def create(sqs: Any, name: str, **attributes: str) -> str:
    return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


def fill(sqs: Any, url: str) -> None:
    for _ in range(BOUND // len(KIB)):
        sqs.send_message(QueueUrl=url, MessageBody=KIB)


def receive(sqs: Any, url: str, **more: Any) -> list[dict[str, Any]]:
    return list(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more).get("Messages", []))


def test_a_message_over_the_bound_is_refused_until_one_is_deleted(sqs: Any) -> None:
    url, other = create(sqs, "orders"), create(sqs, "receipts")
    fill(sqs, url)
    code, text = refusal(sqs.send_message, QueueUrl=other, MessageBody="x")
    assert code == "OverLimit"
    assert "10000 bytes" in text
    sqs.delete_message(QueueUrl=url, ReceiptHandle=receive(sqs, url)[0]["ReceiptHandle"])
    sqs.send_message(QueueUrl=other, MessageBody=KIB)


def test_entries_of_a_batch_are_refused_one_by_one(sqs: Any) -> None:
    url = create(sqs, "orders")
    fill(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=receive(sqs, url)[0]["ReceiptHandle"])
    entries = [{"Id": str(number), "MessageBody": KIB} for number in range(3)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["0"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
        ("1", "OverLimit", True),
        ("2", "OverLimit", True),
    ]


def test_bytes_count_and_attributes_do(sqs: Any, live: Live) -> None:
    url = create(sqs, "orders")
    attribute = {"DataType": "Binary", "BinaryValue": b"\0" * 50}
    sqs.send_message(QueueUrl=url, MessageBody="é" * 10, MessageAttributes={"logo": attribute})
    assert held(live) == 20 + len("logo") + len("Binary") + 50


@pytest.mark.parametrize("kind", ["standard", "fifo"])
def test_messages_that_leave_free_their_bytes(sqs: Any, live: Live, kind: str) -> None:
    fifo = {"FifoQueue": "true"} if kind == "fifo" else {}
    dead = create(sqs, "dead" + ".fifo" * bool(fifo), **fifo)
    redrive = {"deadLetterTargetArn": arn(dead.rpartition("/")[2]), "maxReceiveCount": 1}
    url = create(sqs, "orders" + ".fifo" * bool(fifo), RedrivePolicy=json.dumps(redrive), **fifo)

    def send(number: int) -> None:
        ids = {"MessageGroupId": str(number), "MessageDeduplicationId": str(number)} if fifo else {}
        sqs.send_message(QueueUrl=url, MessageBody=KIB, **ids)

    for number in range(4):
        send(number)
    assert held(live) == 4_000
    if fifo:
        send(0)
    assert held(live) == 4_000, "a duplicate holds nothing"
    first, *_ = receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert held(live) == 3_000, "deleted"
    live.advance(30)
    assert receive(sqs, url) == []
    assert (held(live), len(receive(sqs, dead, VisibilityTimeout=0))) == (3_000, 3), "dead letters"
    sqs.start_message_move_task(SourceArn=redrive["deadLetterTargetArn"])
    live.advance(10)
    assert held(live) == 3_000, "moved back"
    sqs.purge_queue(QueueUrl=url)
    assert held(live) == 0, "purged"
    send(10)
    live.advance(345_600)
    assert receive(sqs, url) == []
    assert held(live) == 0, "expired"
    send(11)
    sqs.delete_queue(QueueUrl=url)
    assert held(live) == 0, "deleted with its queue"


def test_a_reset_frees_all_bytes(sqs: Any, live: Live) -> None:
    fill(sqs, create(sqs, "orders"))
    live.control.reset()
    assert held(live) == 0
    fill(sqs, create(sqs, "orders"))


@pytest.mark.parametrize("raw", ["true", "false"])
def test_what_sns_delivers_counts_in_each_queue_and_leaves_as_it_came(sqs: Any, sns: Any, live: Live, raw: str) -> None:
    topic = sns.create_topic(Name="menu")["TopicArn"]
    urls = [create(sqs, name) for name in ("one", "two")]
    for name in ("one", "two"):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(name), Attributes={"RawMessageDelivery": raw})
    sns.publish(TopicArn=topic, Message=KIB)
    counted = held(live)
    messages = [receive(sqs, url)[0] for url in urls]
    written = sum(len(message["Body"]) for message in messages)
    assert counted == written if raw == "true" else abs(counted - written) < written / 10
    for url, message in zip(urls, messages, strict=True):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert held(live) == 0


def test_a_delivery_over_the_bound_fails_and_the_publisher_does_not(sqs: Any, sns: Any, live: Live) -> None:
    topic = sns.create_topic(Name="menu")["TopicArn"]
    url = create(sqs, "orders")
    redrive = json.dumps({"deadLetterTargetArn": arn("dead")})
    create(sqs, "dead")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn("orders"), Attributes={"RedrivePolicy": redrive})
    fill(sqs, url)
    sns.publish(TopicArn=topic, Message="espresso")
    failed = [happened for happened in live.control.events() if happened.kind == "NotificationFailed"]
    assert len(failed) == 2, "neither the queue has room, nor the dead-letter queue"
    sqs.purge_queue(QueueUrl=url)
    sns.publish(TopicArn=topic, Message="espresso")
    assert len(receive(sqs, url)) == 1


def test_it_is_said_once_and_again_after_there_was_room(sqs: Any, caplog: pytest.LogCaptureFixture) -> None:
    url = create(sqs, "orders")
    with caplog.at_level(logging.WARNING, "decaf"):
        fill(sqs, url)
        for _ in range(3):
            refusal(sqs.send_message, QueueUrl=url, MessageBody=KIB)
        first, *_ = receive(sqs, url)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        sqs.send_message(QueueUrl=url, MessageBody=KIB)
        refusal(sqs.send_message, QueueUrl=url, MessageBody=KIB)
        assert len(caplog.records) == 1, "one message less is not room to speak of"
        sqs.purge_queue(QueueUrl=url)
        fill(sqs, url)
        refusal(sqs.send_message, QueueUrl=url, MessageBody=KIB)
    assert len(caplog.records) == 2


def test_without_a_bound_nothing_is_counted(account: str) -> None:
    with Live(Settings(port=0)) as server:
        assert server.world.memory_limit is None
