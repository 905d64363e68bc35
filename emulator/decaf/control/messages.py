"""Messages to look at, without receiving them: nobody's receive count or visibility timeout changes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from decaf.control.queues import find_queue
from decaf.control.route import Gives, Route, Takes
from decaf.sqs import receipt
from decaf.sqs.message import Message, State
from decaf.sqs.queue import Queue

if TYPE_CHECKING:
    from decaf.world import World

Place = Literal["delayed", "visible", "in_flight"]
_PLACES: dict[State, Place] = {State.DELAYED: "delayed", State.VISIBLE: "visible", State.IN_FLIGHT: "in_flight"}


class FindMessages(Takes, frozen=True):
    """Of which `queue` (a name, URL or ARN), in which `state`; after the message with the number `after`."""

    queue: str
    state: Place | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class SeenMessage(Gives, frozen=True):
    """A message. `number` is its place in its queue's order of arrival; times are epoch seconds.

    `time_left` is in seconds, until the delay or the visibility timeout ends `until` when it lasts. `locked_by` has
    the message in flight that holds back this one's group, `receipt_handle` the handle of the latest receive, and
    `source` the queue that dead-lettered it. Binary values of `attributes` are base64.
    """

    number: int
    id: str
    state: Place
    body: str
    attributes: dict[str, dict[str, Any]]
    sender_id: str
    sent_at: float
    receive_count: int
    first_received_at: float | None
    received_at: float | None
    receipt_handle: str | None
    until: float | None
    time_left: float | None
    group: str | None
    locked_by: str | None
    deduplication_id: str | None
    sequence_number: str | None
    trace_header: str | None
    source: str | None


class Messages(Gives, frozen=True):
    """Messages in the order of their arrival; `next` is null when there are no more."""

    queue: str
    messages: list[SeenMessage]
    next: int | None


def locks(queue: Queue) -> dict[str, Message]:
    """By group, the first message in flight of those that hold their group back."""
    held: dict[str, Message] = {}
    for message in queue.messages.values() if queue.is_fifo else ():
        if message.state is State.IN_FLIGHT and message.group_id is not None:
            held.setdefault(message.group_id, message)
    return held


def _find(world: World, asked: FindMessages) -> Messages:
    queue = find_queue(world, asked.queue)
    fitting = _fitting(queue, asked)
    some = list(islice(fitting, asked.limit))
    more = next(fitting, None) is not None
    now, locked = world.clock.now(), locks(queue)
    return Messages(
        queue=str(queue.arn),
        messages=[_seen(queue, message, locked, now) for message in some],
        next=some[-1].number if more else None,
    )


def _fitting(queue: Queue, asked: FindMessages) -> Iterator[Message]:
    for message in queue.messages.values():
        if message.number > asked.after and asked.state in (None, _PLACES[message.state]):
            yield message


def _seen(queue: Queue, message: Message, locked: dict[str, Message], now: float) -> SeenMessage:
    received = message.receives_here > 0
    timed = message.state is not State.VISIBLE
    holder = locked.get(message.group_id or "") if message.state is State.VISIBLE else None
    return SeenMessage(
        number=message.number,
        id=message.id,
        state=_PLACES[message.state],
        body=message.body,
        attributes=message.attributes or {},
        sender_id=message.sender_id,
        sent_at=message.sent_at,
        receive_count=message.receive_count,
        first_received_at=message.first_received_at,
        received_at=message.received_at if message.receive_count else None,
        receipt_handle=receipt.handle(queue.tag, message) if received else None,
        until=message.due if timed else None,
        time_left=max(0.0, message.due - now) if timed else None,
        group=message.group_id,
        locked_by=None if holder is None else holder.id,
        deduplication_id=message.deduplication_id,
        sequence_number=message.sequence_number,
        trace_header=message.trace_header,
        source=message.source_arn,
    )


ROUTES = (
    Route(
        "GET",
        "/messages",
        "The messages of a queue, untouched",
        _find,
        FindMessages,
        Messages,
        example={"queue": "orders", "state": "visible"},
    ),
)
