"""Queues, their messages, move tasks and FIFO memory, as records and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from decaf.api.sqs.queues import make_queue
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn, read_arn
from decaf.base.deduplication import DeduplicationKey, Original
from decaf.base.ids import read_uuid
from decaf.persistence.records import (
    AttemptRecord,
    MessageRecord,
    MoveTaskRecord,
    OptionalFields,
    OrderRecord,
    QueueRecord,
    SentRecord,
)
from decaf.sqs.fifo import FifoQueue, ReceiveAttempt
from decaf.sqs.message import FifoIds, Message, Metadata, Receives, State, by_sender
from decaf.sqs.move_task import MoveTask, Status
from decaf.sqs.ordering import SavedOrder
from decaf.sqs.queue import Queue
from decaf.sqs.receipt import Receipt

_NO_OPTIONAL_FIELDS = OptionalFields()

NotedSends = Iterable[Original]  # of a FIFO queue or topic


def arn_of(text: str) -> Arn:
    """Returns the ARN in a record. Raises ValueError."""
    arn = read_arn(text)
    if arn is None:
        raise ValueError(f"{text} is no ARN")
    return arn


def write_queue(queue: Queue, move_tasks: Iterable[MoveTask]) -> QueueRecord:
    return QueueRecord(
        arn=str(queue.arn),
        tag=queue.tag,
        attributes=queue.latest_attributes(),
        created_at=queue.created_at,
        modified_at=queue.modified_at,
        tags=dict(queue.tags),
        purged_at=queue.purged_at,
        sent_count=queue.sent_count,
        receives=queue.receives,
        dedups_by_group=queue.dedups_by_group if isinstance(queue, FifoQueue) else None,
        latest_moment=queue.latest_moment if isinstance(queue, FifoQueue) else 0,
        move_tasks=tuple(map(_write_task, move_tasks)),
    )


def read_queue(sqs: Sqs, record: QueueRecord, shift: float) -> Queue:
    """Returns the queue, empty. `shift` (seconds) is added to all times, here and in the other functions."""
    queue = make_queue(sqs, arn_of(record.arn), record.tag, dict(record.attributes), record.created_at + shift)
    queue.modified_at = record.modified_at + shift
    queue.tags.update(record.tags)
    queue.purged_at = None if record.purged_at is None else record.purged_at + shift
    if isinstance(queue, FifoQueue) and record.dedups_by_group is not None:
        queue.dedups_by_group = record.dedups_by_group
        queue.latest_moment = record.latest_moment
    return queue


def read_task(sqs: Sqs, source: Queue, record: MoveTaskRecord, shift: float) -> MoveTask:
    """Returns the task, which goes on if it was active."""
    task = MoveTask(
        id=record.id,
        source=source,
        destination=None if record.destination is None else arn_of(record.destination),
        rate=record.rate,
        limited=record.limited,
        started_at=record.started_at + shift,
        longest=record.longest,
        ids=sqs.ids,
        find_queue=sqs.queue_at,
        clock=sqs.clock,
        to_move=record.to_move,
        moved=record.moved,
        status=Status(record.status),
        failure=record.failure,
        beat=record.beat,
    )
    if task.active:
        task.wait()
    return task


def _write_task(task: MoveTask) -> MoveTaskRecord:
    return MoveTaskRecord(
        id=task.id,
        destination=None if task.destination is None else str(task.destination),
        rate=task.rate,
        limited=task.limited,
        started_at=task.started_at,
        longest=task.longest,
        to_move=task.to_move,
        moved=task.moved,
        status=task.status.value,
        failure=task.failure,
        beat=task.beat,
    )


def write_message(message: Message) -> MessageRecord:
    return MessageRecord(
        number=message.number,
        id=message.id,
        body=message.body,
        sender_id=message.metadata.sender_id,
        sent_at=message.sent_at,
        state=message.state.name,  # type: ignore[arg-type]
        due=message.due,
        receive_count=message.receives.count,
        received_before=message.receives.before,
        first_received_at=message.receives.first_at,
        received_at=message.receives.last_at,
        optional_fields=optional_fields_of(message),
    )


def read_message(record: MessageRecord, shift: float) -> Message:
    optional_fields = record.optional_fields
    message = Message(
        identity=read_uuid(record.id),
        content=record.body,
        metadata=by_sender(record.sender_id),
        sent_at=record.sent_at + shift,
        number=record.number,
        state=State[record.state],
        due=record.due + shift if record.due else 0.0,
    )
    if record.receive_count:
        message.receives = Receives(
            count=record.receive_count,
            before=record.received_before,
            first_at=None if record.first_received_at is None else record.first_received_at + shift,
            last_at=record.received_at + shift if record.received_at else 0.0,
        )
    if optional_fields is not None:
        set_optional_fields(message, optional_fields)
    return message


def write_order(queue: Queue) -> Callable[[], OrderRecord]:
    """Returns a function that makes the record of the order as it is now."""
    saved = queue.visible.save()

    def write() -> OrderRecord:
        order = saved()
        return OrderRecord(arrived=tuple(order.arrived), returned=tuple(order.returned), groups=dict(order.groups))

    return write


def read_order(record: OrderRecord, shift: float) -> SavedOrder:
    groups = {group: (idle_since + shift, noisy) for group, (idle_since, noisy) in record.groups.items()}
    return SavedOrder(record.arrived, record.returned, groups)


def optional_fields_of(message: Message) -> OptionalFields | None:
    """Returns the fields that few messages have, None if this message has none of them."""
    metadata = message.metadata
    attributes: Any = metadata.attributes
    found = OptionalFields(
        attributes=attributes,
        attributes_md5=metadata.attributes_md5,
        trace_header=metadata.trace_header,
        group_id=message.group_id,
        deduplication_id=message.deduplication_id,
        sequence_number=message.sequence_number,
        source_arn=metadata.source_arn,
    )
    return None if found == _NO_OPTIONAL_FIELDS else found


def set_optional_fields(message: Message, found: OptionalFields) -> None:
    """Set the fields of a message that `optional_fields_of` returned."""
    attributes: Any = found.attributes
    if attributes or found.trace_header or found.source_arn:
        sender_id = message.metadata.sender_id
        message.metadata = Metadata(sender_id, attributes, found.attributes_md5, found.trace_header, found.source_arn)
    message.group_id = found.group_id
    if found.deduplication_id or found.sequence_number:
        number = int(found.sequence_number) if found.sequence_number else None
        message.fifo = FifoIds(found.deduplication_id, number)


def write_sent(queue: FifoQueue) -> Iterator[SentRecord]:
    """Returns the sends that the queue now remembers to find duplicates."""
    return write_noted(queue.arn, queue.sent.noted())


def write_noted(owner: Arn, noted: NotedSends) -> Iterator[SentRecord]:
    """Returns the records of sends that `owner` remembered; they are made as they are read."""
    return (write_original(owner, original) for original in noted)


def write_original(owner: Arn, original: Original) -> SentRecord:
    """Returns the record of the first message of a deduplication key of `owner`."""
    return SentRecord(
        owner=str(owner),
        group=original.key.group_id,
        deduplication_id=original.key.deduplication_id or "",
        at=original.at,
        message_id=original.message_id,
        sequence_number=original.sequence_number,
    )


def read_sent(queue: FifoQueue, record: SentRecord, shift: float) -> None:
    queue.sent.note(read_original(record, shift))


def read_original(record: SentRecord, shift: float) -> Original:
    key = DeduplicationKey(record.group, record.deduplication_id)
    return Original(record.at + shift, key, read_uuid(record.message_id), int(record.sequence_number))


def write_attempts(queue: FifoQueue) -> Iterator[AttemptRecord]:
    """Returns the receives that can now be repeated with their attempt id; records are made as they are read."""
    return (write_attempt(queue, attempt) for attempt in queue.attempts.noted())


def write_attempt(queue: FifoQueue, attempt: ReceiveAttempt) -> AttemptRecord:
    return AttemptRecord(
        owner=str(queue.arn),
        attempt_id=attempt.key,
        at=attempt.at,
        until=attempt.until,
        receipts=tuple((receipt.number, receipt.receive_count) for receipt in attempt.receipts),
    )


def read_attempt(queue: FifoQueue, record: AttemptRecord, shift: float) -> None:
    receipts = [Receipt(number, receive_count) for number, receive_count in record.receipts]
    queue.attempts.note(ReceiveAttempt(record.at + shift, record.attempt_id, receipts, record.until + shift))
