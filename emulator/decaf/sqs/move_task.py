"""Message move tasks: they send the messages of a dead-letter queue to another queue, at a given rate.

Rule: a task is one timer on the clock, whatever its number of messages. It moves messages that are visible at the
time, and is completed once it has moved as many as were visible when it started, or none is left.

    start ---> RUNNING ---> COMPLETED | FAILED
                  |
                  +-------> CANCELLING ---> CANCELLED

Source: the SQS API Reference, StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks; Amazon SQS
Developer Guide, "Configuring a dead-letter queue redrive".
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from enum import Enum
from typing import Any

from msgspec.structs import replace

from decaf.base.arn import Arn, read_arn
from decaf.base.clock import Clock, Timer
from decaf.base.ids import UUID_SIZE, Ids
from decaf.base.slices import Busy
from decaf.sqs.message import FifoIds, Message
from decaf.sqs.queue import QUEUE_STATE, Queue

_BEATS = 10  # per second: how often a task moves messages, unless its rate is lower

NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
NO_SOURCE = "CouldNotDetermineMessageSource"
OUT_OF_TIME = "MaximumTaskDurationExceeded"


class Status(Enum):
    """Where a task is."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


class CannotMove(Exception):
    """A message has nowhere to go; the text is the task's FailureReason."""


@dataclass(slots=True, eq=False)
class MoveTask:
    """One task. `rate` is in messages per second; times are epoch seconds.

    `destination` None sends each message back to the queue that dead-lettered it.
    """

    id: str
    source: Queue
    destination: Arn | None
    rate: int
    limited: bool  # whether the rate was a parameter of the request
    started_at: float
    longest: float  # seconds after which the task fails
    ids: Ids
    find_queue: Callable[[Arn], Queue | None]
    clock: InitVar[Clock]
    to_move: int = 0
    moved: int = 0
    status: Status = Status.RUNNING
    failure: str | None = None
    beat: int = 1  # the next one; beats count from the start, so that a late one does not lower the rate
    _timer: Timer | None = None
    _call_at: Callable[[float, Callable[[float], None], str], Timer] = field(init=False)

    def __post_init__(self, clock: Clock) -> None:
        self._call_at = clock.call_at

    def begin(self) -> None:
        """Start to move the messages that are visible in the source now."""
        self.source.settle(self.started_at)
        self.to_move = len(self.source.visible)
        self.wait()

    @property
    def active(self) -> bool:
        return self.status in (Status.RUNNING, Status.CANCELLING)

    @property
    def handle(self) -> str:
        """The TaskHandle: base64 of JSON, as AWS's is."""
        named = {"taskId": self.id, "sourceArn": str(self.source.arn)}
        return base64.b64encode(json.dumps(named, separators=(",", ":")).encode()).decode()

    def cancel(self) -> None:
        """Stop at the next beat; messages that were moved stay moved."""
        self.status = Status.CANCELLING
        self._changed()

    def stop(self) -> None:
        """End the task at once: its source queue was deleted, and it can no longer be listed."""
        if self._timer is not None:
            self._timer.cancel()

    def wait(self) -> None:
        """Go on at the next beat."""
        at = self.started_at + self.beat / min(self.rate, _BEATS)
        self._timer = self._call_at(at, self._move, f"a move task goes on with {self.source.name}")
        self._changed()

    def _changed(self) -> None:
        self.source.events.mark_dirty(QUEUE_STATE, self.source)

    def _move(self, now: float) -> None:
        if self.status is Status.CANCELLING:
            self.status = Status.CANCELLED
            self._changed()
            return
        # Messages that arrived after the start are not moved: AWS takes ApproximateNumberOfMessagesToMove at the start.
        # Source: the SQS API Reference, ListMessageMoveTasks.
        due = min(self.rate * self.beat // min(self.rate, _BEATS), self.to_move)
        try:
            self.source.move_out(now, due - self.moved, lambda message: self._send(message, now))
        except CannotMove as reason:
            self._fail(str(reason))
            return
        except Busy:
            self.beat += 1
            self.wait()
            return
        if self.moved == self.to_move or not self.source.visible:
            self.status = Status.COMPLETED
            self._changed()
        elif now >= self.started_at + self.longest:
            self._fail(OUT_OF_TIME)
        else:
            self.beat += 1
            self.wait()

    def _fail(self, reason: str) -> None:
        self.status, self.failure = Status.FAILED, reason
        self._changed()

    def _send(self, message: Message, now: float) -> None:
        target = self._target(message)
        target.send(renewed(message, self.ids.uuid_bytes(), now), now, target.attributes["DelaySeconds"])
        self.moved += 1

    def _target(self, message: Message) -> Queue:
        arn = self.destination
        if arn is None:
            source_arn = message.metadata.source_arn
            arn = None if source_arn is None else read_arn(source_arn)
        if arn is None:
            raise CannotMove(NO_SOURCE)
        target = self.find_queue(arn)
        if target is None:
            raise CannotMove(NO_QUEUE)
        return target


def renewed(message: Message, message_id: bytes, now: float) -> Message:
    """Return the message as a new one: its content and its sender stay, times and counts start again.

    In FIFO queues its old message id becomes its deduplication id.
    Source: Amazon SQS Developer Guide, "Configuring a dead-letter queue redrive".
    """
    return Message(
        identity=message_id + message.identity[UUID_SIZE:],
        content=message.content,
        metadata=replace(message.metadata, source_arn=None),
        sent_at=now,
        group_id=message.group_id,
        fifo=message.fifo and FifoIds(message.deduplication_id and message.id),
    )


def read_handle(handle: str) -> tuple[str, str] | None:
    """Return the source ARN and the task id in a TaskHandle, None if the text is not one."""
    try:
        named: Any = json.loads(base64.b64decode(handle, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(named, dict):
        return None
    source, task = named.get("sourceArn"), named.get("taskId")
    return (source, task) if isinstance(source, str) and isinstance(task, str) else None
