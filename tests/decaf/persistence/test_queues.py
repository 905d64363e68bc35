"""Queues, messages, move tasks and FIFO memory have all their facts in their records."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from decaf.base.arn import Arn
from decaf.base.deduplication import DeduplicationKey, Original
from decaf.persistence import queues
from decaf.persistence.records import OrderRecord
from decaf.sqs.fifo import FifoQueue, ReceiveAttempt
from decaf.sqs.message import FifoIds, Message, Metadata, Receives, State
from decaf.sqs.move_task import MoveTask, Status
from decaf.sqs.queue import Queue
from decaf.sqs.receipt import Receipt
from tests.decaf.persistence.fields import defaults, fields, through_json
from tests.decaf.sns.cloud import START, Cloud
from tests.decaf.sqs.machine import a_message

MESSAGE: dict[str, Any] = {
    "identity": b"sixteen bytes of",
    "content": "latte",
    "metadata": Metadata(
        sender_id="AIDA",
        attributes={"cup": {"DataType": "String", "StringValue": "large"}},
        attributes_md5="0" * 32,
        trace_header="Root=1",
        source_arn="arn:aws:sqs:us-east-1:111111111111:orders",
    ),
    "sent_at": START,
    "group_id": "bar",
    "fifo": FifoIds("1", 2),
    "number": 7,
    "state": State.IN_FLIGHT,
    "due": START + 30,
    "receives": Receives(count=3, before=2, first_at=START + 1, last_at=START + 2),
}
LATER = {"sent_at": START + 5, "due": START + 35, "receives": Receives(3, 2, START + 6, START + 7)}


@pytest.mark.parametrize("state", [State.DELAYED, State.VISIBLE, State.IN_FLIGHT])
def test_a_message_is_read_as_it_was_written(state: State) -> None:
    message = Message(**(MESSAGE | {"state": state}))
    record = through_json(queues.write_message(message))
    assert fields(queues.read_message(record, 5)) == fields(message) | LATER
    assert defaults(record) == (["state"] if state is State.VISIBLE else [])
    assert record.optional_fields is not None
    assert defaults(record.optional_fields) == []


def test_a_message_that_was_never_received_or_delayed_is_not_from_then_on_either() -> None:
    message = a_message("latte", START)
    record = through_json(queues.write_message(message))
    assert record.optional_fields is None
    assert fields(queues.read_message(record, 5)) == fields(message) | {"sent_at": START + 5}


@pytest.mark.parametrize("change", [{name: MESSAGE[name]} for name in ("group_id", "fifo", "metadata")])
def test_one_optional_field_is_enough_to_be_written(change: dict[str, Any]) -> None:
    message = a_message("latte", START, **change)
    record = through_json(queues.write_message(message))
    assert fields(queues.read_message(record, 0)) == fields(message)


def test_an_id_that_is_none_is_damaged() -> None:
    record = msgspec.structs.replace(queues.write_message(a_message("latte", START)), id="latte")
    with pytest.raises(ValueError, match="latte is no UUID"):
        queues.read_message(record, 0)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def _queue(cloud: Cloud, name: str = "orders", **attributes: str) -> Queue:
    arn = cloud.queue(name, **attributes)
    return next(queue for queue in cloud.world.queues() if str(queue.arn) == arn)


def test_a_queue_is_read_as_it_was_written(cloud: Cloud) -> None:
    queue = _queue(cloud, VisibilityTimeout="7", DelaySeconds="3")
    cloud.sqs("TagQueue", QueueUrl="orders", Tags={"team": "bar"})
    cloud.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    cloud.sqs("PurgeQueue", QueueUrl="orders")
    queue.modified_at = START + 1
    task = _task(cloud, queue)
    record = through_json(queues.write_queue(queue, [task]))
    read = queues.read_queue(cloud.world.sqs, record, 5)
    names = ("arn", "tag", "attributes", "tags")
    assert [getattr(read, name) for name in names] == [getattr(queue, name) for name in names]
    assert (read.created_at, read.modified_at, read.purged_at) == (START + 5, START + 6, START + 5)
    assert (record.sent_count, len(record.move_tasks)) == (1, 1)
    assert defaults(record) == ["receives", "dedups_by_group", "latest_moment"]  # of realistic and of FIFO queues


def test_a_queue_that_was_never_purged_is_not_from_then_on_either(cloud: Cloud) -> None:
    record = queues.write_queue(_queue(cloud), ())
    assert queues.read_queue(cloud.world.sqs, record, 5).purged_at is None
    of_fifo = ["dedups_by_group", "latest_moment"]
    assert defaults(record) == ["tags", "purged_at", "sent_count", "receives", *of_fifo, "move_tasks"]


@pytest.mark.parametrize("by_group", [True, False])
def test_a_fifo_queue_goes_on_to_deduplicate_as_it_did(cloud: Cloud, by_group: bool) -> None:
    queue = _queue(cloud, "orders.fifo", FifoQueue="true")
    assert isinstance(queue, FifoQueue)
    queue.dedups_by_group = by_group
    read = queues.read_queue(cloud.world.sqs, through_json(queues.write_queue(queue, ())), 0)
    assert isinstance(read, FifoQueue)
    assert read.dedups_by_group is by_group


def _task(cloud: Cloud, source: Queue, **more: Any) -> MoveTask:
    given: dict[str, Any] = {
        "id": "task",
        "source": source,
        "destination": Arn("sqs", "us-east-1", "111111111111", "kitchen"),
        "rate": 2,
        "limited": True,
        "started_at": START,
        "longest": 60.0,
        "ids": cloud.world.sqs.ids,
        "find_queue": cloud.world.sqs.queue_at,
        "clock": cloud.world.clock,
        "to_move": 9,
        "moved": 3,
        "status": Status.FAILED,
        "failure": "MaximumTaskDurationExceeded",
        "beat": 4,
    }
    return MoveTask(**(given | more))


def _taken(cloud: Cloud, source: Queue, task: MoveTask) -> MoveTask:
    (record,) = through_json(queues.write_queue(source, [task])).move_tasks
    return queues.read_task(cloud.world.sqs, source, record, 5)


def test_a_move_task_is_read_as_it_was_written(cloud: Cloud) -> None:
    source = _queue(cloud)
    task = _task(cloud, source)
    assert fields(_taken(cloud, source, task), "_call_at") == fields(task, "_call_at") | {"started_at": START + 5}
    assert cloud.world.clock.next_due() is None
    back = _taken(cloud, source, _task(cloud, source, destination=None))
    assert back.destination is None


@pytest.mark.parametrize("status", [Status.RUNNING, Status.CANCELLING])
def test_a_move_task_that_was_active_goes_on_at_its_next_beat(cloud: Cloud, status: Status) -> None:
    source = _queue(cloud)
    task = _taken(cloud, source, _task(cloud, source, status=status, failure=None))
    assert cloud.world.clock.next_due() == START + 5 + 4 / 2
    task.stop()


def test_the_order_of_a_queue_is_read_as_it_was_written(cloud: Cloud) -> None:
    queue = _queue(cloud)
    for number in range(3):
        cloud.sqs("SendMessage", QueueUrl="orders", MessageBody=str(number), MessageGroupId="a")
    (first, *_) = cloud.received("orders")
    cloud.sqs("ChangeMessageVisibility", QueueUrl="orders", ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    record = through_json(queues.write_order(queue)())
    saved = queue.visible.save()()
    assert (record.arrived, record.returned) == (tuple(saved.arrived), tuple(saved.returned))
    order = queues.read_order(OrderRecord(arrived=(1,), returned=(2,), groups={"a": (START, True)}), 5)
    assert (order.arrived, order.returned, order.groups) == ((1,), (2,), {"a": (START + 5, True)})


def test_what_a_fifo_queue_remembers_is_read_as_it_was_written(cloud: Cloud) -> None:
    first, second = (_queue(cloud, f"{name}.fifo", FifoQueue="true") for name in ("orders", "kitchen"))
    assert isinstance(first, FifoQueue)
    assert isinstance(second, FifoQueue)
    first.sent.note(Original(START, DeduplicationKey("bar", "1"), b"sixteen bytes of", 2))
    first.sent.note(Original(START + 1, DeduplicationKey(None, "2"), b"and of the other", 3))
    receipts = [Receipt(7, 2), Receipt(8, 1)]
    first.attempts.note(ReceiveAttempt(START, "x", receipts, START + 30))
    for sent in queues.write_sent(first):
        assert sent.owner == str(first.arn)
        queues.read_sent(second, through_json(sent), 5)
    for attempt in queues.write_attempts(first):
        assert attempt.owner == str(first.arn)
        queues.read_attempt(second, through_json(attempt), 5)
    assert list(second.sent.noted()) == [
        Original(START + 5, DeduplicationKey("bar", "1"), b"sixteen bytes of", 2),
        Original(START + 6, DeduplicationKey(None, "2"), b"and of the other", 3),
    ]
    (read,) = second.attempts.noted()
    assert (read.key, read.at, read.until, list(read.receipts)) == ("x", START + 5, START + 35, receipts)


def test_a_record_that_names_no_arn_is_damaged() -> None:
    assert queues.arn_of("arn:aws:sqs:us-east-1:111111111111:orders").resource == "orders"
    with pytest.raises(ValueError, match="latte is no ARN"):
        queues.arn_of("latte")
