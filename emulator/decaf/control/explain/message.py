"""The present state of a message, or how it left its queue: a word for programs and sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from decaf.base.arn import is_of_service
from decaf.control.explain.known import Known
from decaf.control.explain.links import Links
from decaf.control.explain.sentences import sentence
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


class MessageStatus(msgspec.Struct, frozen=True):
    """`state` is a word for programs, `answer` the same in sentences; `queue` is the ARN of the message's queue, None
    when the message is gone.
    """

    state: str
    answer: str
    queue: str | None = None


def message_status(world: World, message_id: str, known: Known) -> MessageStatus | None:
    """Returns the status of a message, None when it is neither in a queue nor in the history."""
    if message_id in known.present:
        queue, message = known.present[message_id]
        return present_status(queue, message, world.clock.now())
    own = [event for event in known.of.get(message_id, ()) if is_of_service(event.arn, "sqs")]
    return _gone(own, known.events, known.links) if own else None


def present_status(queue: Queue, message: Message, now: float) -> MessageStatus:
    """Returns the status of a message that is in a queue."""
    state, answer = _state(queue, message, now)
    if message.metadata.source_arn is not None:
        source = message.metadata.source_arn.rpartition(":")[2]
        answer = f"It was moved from {source} to its dead-letter queue. {answer}"
        state = "dead_lettered" if state == "visible" else state
    return MessageStatus(state, answer, str(queue.arn))


def _state(queue: Queue, message: Message, now: float) -> tuple[str, str]:
    left = f"{timestamp(message.due)}, in {message.due - now:.1f} s"
    if message.state is State.DELAYED:
        return "delayed", f"It is in {queue.name}, delayed until {left}."
    if message.state is State.IN_FLIGHT:
        return "in_flight", (
            f"It is in flight: a consumer received it from {queue.name} at {timestamp(message.receives.last_at)} "
            f"and has not deleted it. Unless it does, others can receive it at {left}."
        )
    holder = locks(queue).get(message.group_id or "")
    if holder is not None and holder.number < message.number:
        return "locked", (
            f"It is in {queue.name}, but its group {message.group_id} is locked by message {holder.id}, "
            f"in flight until {timestamp(holder.due)}."
        )
    return "visible", f"It is in {queue.name} and can be received."


def _gone(own: Sequence[HistoryEvent], events: Sequence[HistoryEvent], links: Links) -> MessageStatus:
    last = own[-1]
    end = last if last.kind in _ENDS else end_of_queue(last, events)
    if end is None:
        return MessageStatus("forgotten", f"It was deleted by a reset. Its last event: {sentence(last)}.")
    answer = f"It is gone: {sentence(end)} at {timestamp(end.at)}."
    successor = links.sent.get(end.mark)
    if successor is not None:
        answer += f" It was sent on to {successor.arn.rpartition(':')[2]} as message {successor.message_id}."
    return MessageStatus(_ENDS[end.kind], answer)


def end_of_queue(last: HistoryEvent, events: Sequence[HistoryEvent]) -> HistoryEvent | None:
    """Returns the purge or deletion of the queue of `last` after it, None when there was none."""
    ends = (r for r in events if r.mark > last.mark and r.arn == last.arn and r.kind in ("QueuePurged", "QueueDeleted"))
    return next(ends, None)
