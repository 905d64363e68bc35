"""The changes of queues: their messages, the sends and the receive attempts that FIFO queues remember, themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.base.events import (
    Event,
    MessageDeadLettered,
    MessageDeleted,
    MessageExpired,
    MessageMoved,
    MessageReceived,
    MessageReturned,
    MessageSent,
    MessageSurvived,
    QueueCreated,
    QueueDeleted,
    QueuePurged,
    VisibilityChanged,
    on,
)
from decaf.base.shard import WHOLE, Shard
from decaf.persistence import queues
from decaf.persistence.batch import Batch, Document, Inserted, Remembered, Restored, key_of, remembered_send
from decaf.persistence.changes import EventTable, KindTable
from decaf.sqs.fifo import RECEIVE_ATTEMPT, FifoQueue
from decaf.sqs.message import Message
from decaf.sqs.queue import MESSAGE_STATE, NEW_MESSAGE, QUEUE_STATE, Queue
from decaf.store import Region

ROWS = 1_000  # messages that are written in one transaction before their queue is there


class QueueChanges:
    """The queues, messages and receive attempts that changed. Messages are written by the number of their queue, which
    no queue of another shard has: divided by the count of shards it leaves the shard's number.
    """

    def __init__(self, sqs: Sqs, shard: Shard = WHOLE) -> None:
        self._sqs = sqs
        self._shard = shard
        self._numbers: dict[Arn, int] = {}  # of queues that have been written
        self._next_number = shard.number + shard.count
        self.staged: dict[Arn, int] = {}  # queues that are restored next: their messages are written
        self.start_anew()
        self.by_event: EventTable = {
            MessageSent: self._sent,
            MessageReceived: self._message_changed,
            MessageReturned: self._message_changed,
            MessageSurvived: self._message_changed,
            VisibilityChanged: self._message_changed,
            MessageDeleted: self._message_changed,
            MessageExpired: self._expired,
            MessageDeadLettered: self._message_changed,
            MessageMoved: self._moved,
            QueueCreated: self._queue_changed,
            QueuePurged: self._purged,
            QueueDeleted: self._deleted,
        }
        self.by_kind: KindTable = dict(
            (
                on(QUEUE_STATE, self._note_queue),
                on(MESSAGE_STATE, self._note_message),
                on(NEW_MESSAGE, self._note_new_message),
                on(RECEIVE_ATTEMPT, self._note_attempt),
            )
        )

    def start_anew(self) -> None:
        self._messages: dict[Message, Arn] = {}
        self._new: set[Message] = set()  # among them, those that have never been written
        self._queues: dict[Arn, None] = {}
        self._attempts: dict[tuple[Arn, str], None] = {}
        self._remembered: list[Remembered] = []
        self._restored: dict[Arn, Restored] = {}
        self._expired_keys: list[tuple[int]] = []
        self._abandoned: list[int] = []  # numbers of queues
        self._cleared_owners: list[str] = []  # ARNs of queues whose memory was dropped

    def written(self, numbers: dict[Arn, int], abandoned: Iterable[int]) -> None:
        """Take all queues and messages as written, under these numbers of their queues; others are not free yet."""
        latest = max((*numbers.values(), *abandoned), default=self._shard.number)
        self._numbers, self._next_number = numbers, latest + self._shard.count

    def reset(self, account: str | None) -> None:
        self._abandoned += [number for arn, number in self._numbers.items() if account in (None, arn.account)]
        self._numbers = {arn: number for arn, number in self._numbers.items() if account not in (None, arn.account)}
        self._messages = {message: arn for message, arn in self._messages.items() if account not in (None, arn.account)}
        self._new.intersection_update(self._messages)
        self._queues = {arn: None for arn in self._queues if account not in (None, arn.account)}
        self._attempts = {key: None for key in self._attempts if account not in (None, key[0].account)}
        self._remembered = [each for each in self._remembered if account not in (None, each.account)]
        self._restored = {arn: each for arn, each in self._restored.items() if account not in (None, arn.account)}

    def note_region(self, region: Region) -> None:
        for queue in region.queues.values():
            self._queues[queue.arn] = None
            staged = self.staged.pop(queue.arn, None)
            if staged is not None:
                self._numbers[queue.arn] = staged
            for message in queue.messages.values() if staged is None else ():
                self._messages[message] = queue.arn
                self._new.add(message)
            if isinstance(queue, FifoQueue):
                self._restored[queue.arn] = Restored(queue.arn, queue.sent.noted())
                for attempt in queue.attempts.noted():
                    self._attempts[queue.arn, attempt.key] = None

    def _sent(self, event: Event) -> None:
        self._messages[event.subject] = event.arn
        self._new.add(event.subject)

    def _message_changed(self, event: Event) -> None:
        self._messages[event.subject] = event.arn

    def _expired(self, event: Event) -> None:
        message, arn = event.subject, event.arn
        if message in self._new:
            self._messages[message] = arn
            return
        self._messages.pop(message, None)
        self._expired_keys.append((key_of(self._number(arn), message.number),))
        queue = self._sqs.queue_at(arn)
        if queue is not None and not _has_later(queue, message):
            self._queues[arn] = None

    def _moved(self, event: Event) -> None:
        """A move task counts the messages it has moved."""
        self._messages[event.subject] = event.arn
        self._queues[event.arn] = None

    def _queue_changed(self, event: Event) -> None:
        self._queues[event.arn] = None

    def _purged(self, event: Event) -> None:
        self._empty(event.arn)
        self._queues[event.arn] = None

    def _deleted(self, event: Event) -> None:
        self._empty(event.arn)
        self._queues[event.arn] = None

    def _empty(self, arn: Arn) -> None:
        """Drop what was noted of a queue's messages, and what it remembers of them. The queue gets another number."""
        owner = str(arn)
        number = self._numbers.pop(arn, None)
        if number is not None:
            self._abandoned.append(number)
        self._messages = {message: of for message, of in self._messages.items() if of != arn}
        self._remembered = [each for each in self._remembered if each.owner != owner]
        self._restored.pop(arn, None)
        self._cleared_owners.append(owner)

    def _note_queue(self, queue: Queue) -> None:
        self._queues[queue.arn] = None

    def _note_message(self, key: tuple[Queue, Message]) -> None:
        queue, message = key
        self._messages[message] = queue.arn

    def _note_new_message(self, key: tuple[Queue, Message]) -> None:
        queue, message = key
        self._messages[message] = queue.arn
        self._new.add(message)

    def _note_attempt(self, key: tuple[FifoQueue, str]) -> None:
        queue, attempt_id = key
        self._attempts[queue.arn, attempt_id] = None

    def take(self, batch: Batch) -> None:
        batch.abandoned += self._abandoned
        batch.expired += self._expired_keys
        batch.cleared_owners += self._cleared_owners
        batch.restored += self._restored.values()
        batch.remembered += self._remembered
        self._take_messages(batch)
        batch.documents += map(self._document, self._queues)
        self._take_attempts(batch)

    def _take_messages(self, batch: Batch) -> None:
        found: dict[Arn, tuple[Queue | None, int]] = {}
        new = self._new
        for message, arn in self._messages.items():
            known = found.get(arn)
            if known is None:
                known = found[arn] = (self._sqs.queue_at(arn), self._number(arn))
            queue, number = known
            key = key_of(number, message.number)
            if queue is not None and queue.messages.get(message.number) is message:
                (batch.inserted if message in new else batch.changed).append(_inserted(key, message))
            else:
                if message not in new:
                    batch.deleted.append((key,))
                if queue is not None and not _has_later(queue, message):
                    self._queues[arn] = None
            if message in new and isinstance(queue, FifoQueue):
                self._remember_sent(batch, queue, message)

    def _remember_sent(self, batch: Batch, queue: FifoQueue, message: Message) -> None:
        key = queue.deduplication_key(message)
        original = None if key is None else queue.sent.noted_as(key)
        if original is not None:
            record = queues.write_original(queue.arn, original)
            batch.remembered.append(remembered_send(queue.arn, record))

    def _take_attempts(self, batch: Batch) -> None:
        for arn, attempt_id in self._attempts:
            queue = self._sqs.queue_at(arn)
            if not isinstance(queue, FifoQueue):
                continue
            attempt = queue.attempts.noted_as(attempt_id)
            if attempt is not None:
                record = queues.write_attempt(queue, attempt)
                batch.remembered.append(Remembered("attempt", str(arn), attempt_id, arn.account, attempt.at, record))

    def _document(self, arn: Arn) -> Document:
        queue = self._sqs.queue_at(arn)
        if queue is None:
            return Document("queue", str(arn), arn.account, None)
        tasks = self._sqs.store.region(arn.account, arn.region).move_tasks.get(queue.name, ())
        return Document("queue", str(arn), arn.account, queues.write_queue(queue, tasks), self._number(arn))

    def _number(self, arn: Arn) -> int:
        """Returns the number of a queue; one that has none yet gets the next."""
        number = self._numbers.get(arn)
        if number is None:
            number = self._numbers[arn] = self.reserve_number()
        return number

    def reserve_number(self) -> int:
        """Returns a number that no queue has."""
        number = self._next_number
        self._next_number += self._shard.count
        return number


def rows_of(queue: Queue, number: int) -> Iterator[list[Inserted]]:
    """Yields the rows of a queue's messages, some at a time."""
    messages = iter(queue.messages.values())
    while rows := [_inserted(key_of(number, message.number), message) for message in islice(messages, ROWS)]:
        yield rows


def _has_later(queue: Queue, message: Message) -> bool:
    """Returns whether the queue has a message that was sent later.

    The highest number of a queue's messages is the number of messages sent; only without such a message has the queue's
    record to be written for it.
    """
    return bool(queue.messages) and next(reversed(queue.messages)) > message.number


def _inserted(key: int, message: Message) -> Inserted:
    receives = message.receives
    return (
        key,
        message.state,
        message.due,
        receives.count,
        receives.before,
        receives.first_at,
        receives.last_at,
        message.id,
        message.sent_at,
        message.metadata.sender_id,
        message.content,
        queues.optional_fields_of(message),
    )
