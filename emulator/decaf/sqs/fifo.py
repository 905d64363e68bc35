"""The rules that a FIFO queue adds to those of a queue.

Rule: each of them is here (the order of groups in groups.py), on top of queue.py, where nothing depends on them.

- A duplicate, sent within 5 minutes of the original, is acknowledged as the original was and not put in the queue.
- Every message has a sequence number.
- The delay is set for the queue, not for a message; changing it also applies to messages that are already there.
- A receive can be repeated within 5 minutes, and returns the same messages.
- A receipt handle can do nothing once the visibility timeout has ended.
- A message that comes from another queue as a dead letter is a new one, except for its receive count.

Source: Amazon SQS Developer Guide, "Exactly-once processing", "Delay queues" and "FIFO queue delivery logic".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.base.deduplication import REMEMBERED_FOR, DeduplicationKey, Entry, Original, Window
from decaf.base.events import DelayChanged, StateKind, VisibilityChanged
from decaf.sqs.groups import GroupOrder
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.message import FifoIds, Message, State
from decaf.sqs.queue import MESSAGE_STATE, HandleExpired, Queue
from decaf.sqs.receipt import Receipt

# AWS numbers messages by the microseconds since the epoch: it sent 18849496460467696128 at 1573251510.774.
# Source: the FIFO queue's event in the Lambda Developer Guide, "Using Lambda with Amazon SQS".
_SEQUENCE_START, _SEQUENCE_STEP = 2**64, 256

RECEIVE_ATTEMPT: StateKind[tuple[FifoQueue, str]] = StateKind("receive attempt")  # by the attempt's id


class ReceiveAttempt(Entry[str], frozen=True, gc=False):
    """A receive, by its ReceiveRequestAttemptId: its receipts, and until when (epoch seconds) they are valid."""

    receipts: Sequence[Receipt]
    until: float


class FifoQueue(Queue):
    """A queue that keeps the order within message groups, and accepts each message once."""

    __slots__ = ("attempts", "dedups_by_group", "latest_moment", "sent")

    is_fifo: ClassVar[bool] = True

    def __post_init__(self, clock: Clock, memory_limit: MemoryLimit | None) -> None:
        super().__post_init__(clock, memory_limit)
        # The scope that the queue was created with stays, whatever the attribute is set to later: recorded answer.
        self.dedups_by_group = self.attributes["DeduplicationScope"] == "messageGroup"
        self.latest_moment = 0  # microseconds since the epoch that the latest sequence number was made of
        self.sent: Window[DeduplicationKey, Original] = Window(REMEMBERED_FOR)
        self.attempts: Window[str, ReceiveAttempt] = Window(REMEMBERED_FOR)

    def _arrange(self) -> None:
        super()._arrange()
        self.visible = GroupOrder(self.messages)

    def send(self, message: Message, now: float, delay: float) -> Original | None:
        """Put a new message in the queue; or drop a duplicate, and return its original.

        A message without a deduplication id, as AWS services may send it, is never a duplicate.
        """
        key = self.deduplication_key(message)
        if key is None:
            return super().send(message, now, delay)
        original = self.sent.find(key, now)
        if original is None:
            super().send(message, now, delay)
            assert message.fifo is not None
            assert message.fifo.sequence_number is not None
            self.sent.note(Original(now, key, message.identity, message.fifo.sequence_number))
        return original

    def deduplication_key(self, message: Message) -> DeduplicationKey | None:
        """Return what makes other messages duplicates of this one; None if nothing does."""
        if message.fifo is None or message.fifo.deduplication_id is None:
            return None
        return DeduplicationKey(message.group_id if self.dedups_by_group else None, message.fifo.deduplication_id)

    def receive_attempt(self, attempt_id: str, now: float, limit: int, visibility: float) -> list[Message]:
        """Receive with a ReceiveRequestAttemptId: within 5 minutes, the same id returns the same messages again.

        They keep their handles, and their visibility timeout starts again. Once one of them was deleted, became
        visible or had its timeout changed, the id is no longer valid and the receive is a new one.
        Source: the SQS API Reference, ReceiveMessage, ReceiveRequestAttemptId.
        """
        self.settle(now)
        messages = self._repeat(attempt_id, now, visibility)
        if messages is None:
            messages = self.receive(now, limit, visibility)
            if messages:
                receipts = [Receipt(message.number, message.receives.count) for message in messages]
                self.attempts.note(ReceiveAttempt(now, attempt_id, receipts, now + visibility))
        self.events.mark_dirty(RECEIVE_ATTEMPT, (self, attempt_id))
        return messages

    def reconfigure(self, changes: Mapping[str, Any], now: float) -> None:
        """Set the attributes in `changes`; a new delay also applies to the messages already there."""
        if "DelaySeconds" in changes:  # on a standard queue, it applies to later messages only ("Delay queues")
            self.settle(now)
            self._delay_anew(changes["DelaySeconds"], now)
        super().reconfigure(changes, now)

    def purge(self, now: float) -> dict[int, Message]:
        """Drop all messages, and the memory of messages sent and of receives that can be repeated."""
        dropped = super().purge(now)
        self.sent.clear()
        self.attempts.clear()
        return dropped

    def accept_dead_letter(self, message: Message, source_arn: str, now: float) -> None:
        """Take in a message that another queue dead-lettered.

        Unlike on a standard queue its age starts again, and its message id becomes its deduplication id.
        Source: Amazon SQS Developer Guide, "Configuring a dead-letter queue redrive".
        """
        super().accept_dead_letter(replace(message, sent_at=now, fifo=FifoIds(message.id)), source_arn, now)

    def _take_back(self, messages: list[Message]) -> None:
        """As of any queue; sequence numbers go on growing, whatever the clock shows now."""
        super()._take_back(messages)
        for number in [message.fifo.sequence_number for message in messages if message.fifo is not None]:
            if number is not None:
                self.latest_moment = max(self.latest_moment, (number - _SEQUENCE_START) // _SEQUENCE_STEP)

    def _enter(self, message: Message, now: float, delay: float) -> None:
        self.latest_moment = max(int(now * 1_000_000), self.latest_moment + 1)
        number = _SEQUENCE_START + _SEQUENCE_STEP * self.latest_moment
        message.fifo = FifoIds(message.deduplication_id, number)
        super()._enter(message, now, self.attributes["DelaySeconds"])  # also of move tasks and dead letters

    def find(self, receipt: Receipt) -> Message | None:
        message = self.messages.get(receipt.number)
        if message is not None and not _is_in_flight_by(receipt, message):
            raise HandleExpired  # a deleted message, though, raises nothing: deleting it again succeeds
        return message

    def _repeat(self, attempt_id: str, now: float, visibility: float) -> list[Message] | None:
        """Take the messages of an earlier attempt into flight again; None if there is none, or they have changed."""
        attempt = self.attempts.find(attempt_id, now)
        if attempt is None:
            return None
        messages = []
        for receipt in attempt.receipts:
            message = self.messages.get(receipt.number)
            if message is None or not _is_in_flight_by(receipt, message) or message.due != attempt.until:
                return None
            messages.append(message)
        self.attempts.replace(replace(attempt, until=now + visibility))
        for message in messages:
            self._hold(message, now + visibility)
            if self.events.listeners:
                self.events.emit(VisibilityChanged(now, self.arn, message))
        return messages

    def _delay_anew(self, delay: float, now: float) -> None:
        """Let the messages that were not received yet have the new delay, counted from their sending."""
        longest = max(delay, self.attributes["DelaySeconds"])
        for message in reversed(self.messages.values()):  # the latest first
            if message.sent_at + longest <= now:
                return  # neither this message nor an earlier one is affected by either delay
            due = message.sent_at + delay
            if message.state is State.DELAYED:
                self.delayed.move(message, due)
            elif message.state is State.VISIBLE and not message.receives_here and due > now:
                message.become(State.DELAYED)
                self.visible.discard(message)
                self.delayed.add(message, due)
            else:
                continue
            if self.events.listeners:
                self.events.emit(DelayChanged(now, self.arn, message))
            self.events.mark_dirty(MESSAGE_STATE, (self, message))


def _is_in_flight_by(receipt: Receipt, message: Message) -> bool:
    return message.state is State.IN_FLIGHT and message.receives.count == receipt.receive_count
