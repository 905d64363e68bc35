"""A queue's numbers go on after a restart: none is given twice, though what had it is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.durable.calls import Calls
from tests.durable.process import Process

SENT = 3
REDRIVE = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead.fifo", "maxReceiveCount": 1}


def _receive(calls: Calls, name: str, visibility: int = 60) -> list[dict[str, Any]]:
    got = calls.sqs("ReceiveMessage", QueueUrl=name, MaxNumberOfMessages=10, VisibilityTimeout=visibility)
    return list(got.get("Messages", ()))


def _stay(calls: Calls, name: str) -> None:
    """Nothing goes."""


def _delete_last(calls: Calls, name: str) -> None:
    calls.sqs("DeleteMessage", QueueUrl=name, ReceiptHandle=_receive(calls, name)[-1]["ReceiptHandle"])


def _delete_first(calls: Calls, name: str) -> None:
    calls.sqs("DeleteMessage", QueueUrl=name, ReceiptHandle=_receive(calls, name)[0]["ReceiptHandle"])


def _delete_all(calls: Calls, name: str) -> None:
    handles = [message["ReceiptHandle"] for message in _receive(calls, name)]
    entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
    calls.sqs("DeleteMessageBatch", QueueUrl=name, Entries=entries)


def _purge(calls: Calls, name: str) -> None:
    calls.sqs("PurgeQueue", QueueUrl=name)


def _die(calls: Calls, name: str) -> None:
    """What was received once already goes to the dead-letter queue."""
    assert len(_receive(calls, name, 0)) == SENT
    assert _receive(calls, name) == []


WAYS: dict[str, Callable[[Calls, str], None]] = {
    "stayed.fifo": _stay,
    "last.fifo": _delete_last,
    "first.fifo": _delete_first,
    "all.fifo": _delete_all,
    "purged.fifo": _purge,
    "died.fifo": _die,
}


def _send(calls: Calls, name: str, body: str) -> int:
    sent = calls.sqs(
        "SendMessage", QueueUrl=name, MessageBody=body, MessageGroupId="bar", MessageDeduplicationId=f"{name}{body}"
    )
    return int(sent["SequenceNumber"])


def test_sequence_numbers_go_on_after_a_kill_however_the_messages_went(tmp_path: Path) -> None:
    with Process(tmp_path) as server:
        last: dict[str, int] = {}
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="dead.fifo", Attributes={"FifoQueue": "true"})
            for name, go in WAYS.items():
                attributes = {"FifoQueue": "true", "RedrivePolicy": json.dumps(REDRIVE)}
                calls.sqs("CreateQueue", QueueName=name, Attributes=attributes)
                last[name] = [_send(calls, name, str(number)) for number in range(SENT)][-1]
                go(calls, name)
        server.kill()
        server.start()
        with Calls(server.port) as calls:
            assert [name for name in WAYS if _send(calls, name, "after") <= last[name]] == []


def test_the_handle_of_a_message_that_is_gone_has_no_power_over_those_sent_after_a_restart(tmp_path: Path) -> None:
    with Process(tmp_path) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            calls.sqs("SendMessage", QueueUrl="orders", MessageBody="gone")
            (gone,) = _receive(calls, "orders")
            calls.sqs("DeleteMessage", QueueUrl="orders", ReceiptHandle=gone["ReceiptHandle"])
        server.kill()
        server.start()
        with Calls(server.port) as calls:
            calls.sqs("SendMessage", QueueUrl="orders", MessageBody="there")
            assert len(_receive(calls, "orders")) == 1
            calls.sqs("DeleteMessage", QueueUrl="orders", ReceiptHandle=gone["ReceiptHandle"])
            assert [message.body for message in server.control.messages("orders")] == ["there"]
