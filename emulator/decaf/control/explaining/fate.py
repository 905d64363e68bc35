"""Where a message is now, or how it went; in a word for programs and in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decaf.base.arn import is_of_service
from decaf.control.explaining.links import Links
from decaf.control.explaining.sentences import sentence
from decaf.control.messages import locks
from decaf.observe.history import HistoryEvent
from decaf.sns.notification import timestamp
from decaf.sqs.message import Message, State
from decaf.sqs.queue import Queue

if TYPE_CHECKING:
    from decaf.world import World

_ENDS = {
    "MessageDeleted": "deleted",
    "MessageExpired": "expired",
    "MessageDeadLettered": "dead_lettered",
    "MessageMoved": "moved",
    "QueuePurged": "purged",
    "QueueDeleted": "queue_deleted",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """`queue` is the ARN of the queue that the message is in, None when it is in none."""

    state: str
    answer: str
    queue: str | None = None


def fate(world: World, message_id: str, records: Sequence[HistoryEvent], links: Links) -> Fate | None:
    """What became of the message, given all that is remembered; None when nobody knows it."""
    now = world.clock.now()
    for queue in world.queues():
        queue.settle(now)
        for message in queue.messages.values():
            if message.id == message_id:
                return _present(queue, message, now)
    own = [record for record in records if record.message_id == message_id and is_of_service(record.arn, "sqs")]
    return _gone(own, records, links) if own else None


def _present(queue: Queue, message: Message, now: float) -> Fate:
    state, answer = _place(queue, message, now)
    if message.source_arn is not None:
        source = message.source_arn.rpartition(":")[2]
        answer = f"It was moved from {source} to its dead-letter queue. {answer}"
        state = "dead_lettered" if state == "visible" else state
    return Fate(state, answer, str(queue.arn))


def _place(queue: Queue, message: Message, now: float) -> tuple[str, str]:
    left = f"{timestamp(message.due)}, in {message.due - now:.1f} s"
    if message.state is State.DELAYED:
        return "delayed", f"It is in {queue.name}, delayed until {left}."
    if message.state is State.IN_FLIGHT:
        return "in_flight", (
            f"It is in flight: a consumer received it from {queue.name} at {timestamp(message.received_at)} "
            f"and has not deleted it. Unless it does, others can receive it at {left}."
        )
    holder = locks(queue).get(message.group_id or "")
    if holder is not None and holder.number < message.number:
        return "locked", (
            f"It is in {queue.name}, but its group {message.group_id} is locked by message {holder.id}, "
            f"in flight until {timestamp(holder.due)}."
        )
    return "visible", f"It is in {queue.name} and can be received."


def _gone(own: Sequence[HistoryEvent], records: Sequence[HistoryEvent], links: Links) -> Fate:
    last = own[-1]
    end = last if last.kind in _ENDS else end_of_queue(last, records)
    if end is None:
        return Fate("forgotten", f"It is gone with a reset. The last that happened: {sentence(last)}.")
    answer = f"It is gone: {sentence(end)} at {timestamp(end.at)}."
    successor = links.sent.get(end.mark)
    if successor is not None:
        answer += f" It was sent on to {successor.arn.rpartition(':')[2]} as message {successor.message_id}."
    return Fate(_ENDS[end.kind], answer)


def end_of_queue(last: HistoryEvent, records: Sequence[HistoryEvent]) -> HistoryEvent | None:
    """When the queue of `last` lost all its messages after it."""
    ends = (
        r for r in records if r.mark > last.mark and r.arn == last.arn and r.kind in ("QueuePurged", "QueueDeleted")
    )
    return next(ends, None)
