"""A FIFO queue: what it adds to a queue.

Rule: each rule of FIFO queues is here (the order of groups in groups.py), laid over the machine's own; the machine
does not know that there are FIFO queues.

- A message sent again within 5 minutes is taken for the first one and goes nowhere.
- Every message has a sequence number.
- The delay is the queue's and no message's own; changing it changes it for the messages that are already there.
- A receive can be asked for again within 5 minutes, and gives what it gave.
- A handle's power ends with the visibility timeout.
- A message that comes from another queue's dead letters is new, but for its receives.

Source: Amazon SQS Developer Guide, "Exactly-once processing", "Delay queues" and "FIFO queue delivery logic".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.base.deduplication import REMEMBERED_FOR, Window
from decaf.base.events import VisibilityChanged
from decaf.sqs.groups import GroupOrder
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.message import Message, State
from decaf.sqs.queue import HandleExpired, Queue
from decaf.sqs.receipt import Receipt

_SEQUENCE_START, _SEQUENCE_STEP = 18_850_000_000_000_000_000, 256  # 20 digits, growing, as AWS's do, in steps


@dataclass(slots=True, eq=False)
class ReceiveAttempt:
    """A receive that was given an id: the receipts it handed out, and until when its messages are in flight."""

    receipts: Sequence[Receipt]
    until: float


class FifoQueue(Queue):
    """A queue that keeps order within message groups, and takes each message once."""

    __slots__ = ("attempts", "dedups_by_group", "sent")

    def __post_init__(self, clock: Clock, memory_limit: MemoryLimit | None) -> None:
        super().__post_init__(clock, memory_limit)
        self.visible = GroupOrder(self.messages)
        # As AWS does it: the scope that the queue was created with stays, whatever the attribute is set to later.
        self.dedups_by_group = self.attributes["DeduplicationScope"] == "messageGroup"
        self.sent: Window[tuple[str | None, str], tuple[str, str | None]] = Window(REMEMBERED_FOR)
        self.attempts: Window[str, ReceiveAttempt] = Window(REMEMBERED_FOR)

    def send(self, message: Message, now: float, delay: float) -> None:
        """As of any queue; but a duplicate goes nowhere, and takes on the original's id and sequence number.

        A message without a deduplication id, as services may send it, is nobody's duplicate.
        """
        if message.deduplication_id is None:
            super().send(message, now, delay)
            return
        key = (message.group_id if self.dedups_by_group else None, message.deduplication_id)
        original = self.sent.find(key, now)
        if original is not None:
            message.id, message.sequence_number = original
            return
        super().send(message, now, delay)
        self.sent.note(key, (message.id, message.sequence_number), now)

    def receive_attempt(self, attempt_id: str, now: float, limit: int, visibility: float) -> list[Message]:
        """A receive with a ReceiveRequestAttemptId: within 5 minutes the same one gives the same messages again.

        They keep their handles, and their visibility timeout starts anew. Once one of them was deleted, became
        visible or had its timeout changed, the id is worth nothing any more and the receive is a new one.
        """
        self.settle(now)
        messages = self._repeat(attempt_id, now, visibility)
        if messages is None:
            messages = self.receive(now, limit, visibility)
            if messages:
                receipts = [Receipt(message.number, message.receive_count) for message in messages]
                self.attempts.note(attempt_id, ReceiveAttempt(receipts, now + visibility), now)
        self.events.mark_dirty(self.arn, attempt_id)
        return messages

    def reconfigure(self, changes: Mapping[str, Any], now: float) -> None:
        """As of any queue; but a new delay is that of the messages already there, too."""
        if "DelaySeconds" in changes:
            self.settle(now)
            self._delay_anew(changes["DelaySeconds"], now)
        super().reconfigure(changes, now)

    def purge(self, now: float) -> None:
        """Drop all messages, and what is known of those sent before."""
        super().purge(now)
        self.sent.clear()
        self.attempts.clear()

    def accept_dead_letter(self, message: Message, source_arn: str, now: float) -> None:
        """Take in a message that another queue dead-lettered: its age starts anew, its id deduplicates it."""
        super().accept_dead_letter(replace(message, sent_at=now, deduplication_id=message.id), source_arn, now)

    def _enter(self, message: Message, now: float, delay: float) -> None:
        message.sequence_number = str(_SEQUENCE_START + _SEQUENCE_STEP * (self.sent_count + 1))
        super()._enter(message, now, self.attributes["DelaySeconds"])

    def _find(self, receipt: Receipt) -> Message | None:
        message = self.messages.get(receipt.number)
        if message is not None and not _is_held_by(receipt, message):
            raise HandleExpired
        return message

    def _repeat(self, attempt_id: str, now: float, visibility: float) -> list[Message] | None:
        """The messages of an earlier attempt, in flight anew; None if it is unknown or its messages were touched."""
        attempt = self.attempts.find(attempt_id, now)
        if attempt is None:
            return None
        messages = []
        for receipt in attempt.receipts:
            message = self.messages.get(receipt.number)
            if message is None or not _is_held_by(receipt, message) or message.due != attempt.until:
                return None
            messages.append(message)
        attempt.until = now + visibility
        for message in messages:
            self._hold(message, attempt.until)
            if self.events.listeners:
                self.events.emit(VisibilityChanged(now, self.arn, message))
        return messages

    def _delay_anew(self, delay: float, now: float) -> None:
        """Count the delay of messages that were not received yet from their sending, the youngest first."""
        longest = max(delay, self.attributes["DelaySeconds"])
        for message in reversed(self.messages.values()):
            if message.sent_at + longest <= now:
                return
            due = message.sent_at + delay
            if message.state is State.DELAYED:
                self.delayed.move(message, due)
            elif message.state is State.VISIBLE and not message.receives_here and due > now:
                message.become(State.DELAYED)
                self.visible.discard(message)
                self.delayed.add(message, due)
            self.events.mark_dirty(self.arn, message)


def _is_held_by(receipt: Receipt, message: Message) -> bool:
    return message.state is State.IN_FLIGHT and message.receive_count == receipt.receive_count
