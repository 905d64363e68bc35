"""The messages of a queue without receiving them: no receive count and no visibility timeout changes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from decaf.control import across
from decaf.control.queues import find_queue
from decaf.control.route import ControlRequest, ControlResponse, Route
from decaf.sqs import receipt
from decaf.sqs.message import Message, State
from decaf.sqs.queue import Queue

if TYPE_CHECKING:
    from decaf.world import World

MOST_SEARCHED = 20_000  # messages that one call looks at: about 10 milliseconds

MessageState = Literal["delayed", "visible", "in_flight"]
_STATES: dict[State, MessageState] = {State.DELAYED: "delayed", State.VISIBLE: "visible", State.IN_FLIGHT: "in_flight"}


class FindMessages(ControlRequest, frozen=True):
    """The `queue` (a name, URL or ARN), the `state` of the messages, and the number `after` which to continue.

    `contains` selects those that have it in their body, id, group or attributes; a call looks at 20,000 messages.
    """

    queue: str
    state: MessageState | None = None
    contains: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class MessageDescription(ControlResponse, frozen=True):
    """A message. `number` counts the messages of its queue in their order of arrival; times are in epoch seconds.

    `until` is when the delay or the visibility timeout ends, `time_left` the seconds until then. `locked_by` is the id
    of the message in flight that blocks this one's group, `receipt_handle` that of the latest receive, and `source` the
    ARN of the queue that the message was a dead letter of. Binary values of `attributes` are base64.
    """

    number: int
    id: str
    state: MessageState
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


class Messages(ControlResponse, frozen=True):
    """Messages in their order of arrival; `next` is the value for `after` on the next page, null on the last page.

    `looked_at` is how many messages of that state this call has looked at to find them.
    """

    queue: str
    messages: list[MessageDescription]
    next: int | None
    looked_at: int


def locks(queue: Queue) -> dict[str, Message]:
    """Returns the first message in flight of each message group that is blocked by one. Only FIFO queues have such."""
    holders: dict[str, Message] = {}
    for message in queue.messages.values() if queue.is_fifo else ():
        if message.state is State.IN_FLIGHT and message.group_id is not None:
            holders.setdefault(message.group_id, message)
    return holders


def find_messages(world: World, request: FindMessages) -> Messages:
    """Returns a page of the messages that a request selects. Raises Refused when it does not name one queue."""
    queue = find_queue(world, request.queue)
    candidates = _candidates(queue, request)
    some: list[Message] = []
    looked_at, last = 0, None
    for message in islice(candidates, MOST_SEARCHED):
        looked_at, last = looked_at + 1, message.number
        if not request.contains or _contains(message, request.contains):
            some.append(message)
        if len(some) == request.limit:
            break
    more = next(candidates, None) is not None
    now, locked = world.clock.now(), locks(queue)
    return Messages(
        queue=str(queue.arn),
        messages=[_seen(queue, message, locked, now) for message in some],
        next=last if more else None,
        looked_at=looked_at,
    )


def _candidates(queue: Queue, request: FindMessages) -> Iterator[Message]:
    for message in queue.messages.values():
        if message.number > request.after and request.state in (None, _STATES[message.state]):
            yield message


def _contains(message: Message, text: str) -> bool:
    if text in message.body or text in message.id or text in (message.group_id or ""):
        return True
    attributes = message.metadata.attributes or {}
    return any(text in name or text in value.get("StringValue", "") for name, value in attributes.items())


def _seen(queue: Queue, message: Message, locked: dict[str, Message], now: float) -> MessageDescription:
    received = message.receives_here > 0
    timed = message.state is not State.VISIBLE
    holder = locked.get(message.group_id or "") if message.state is State.VISIBLE else None
    return MessageDescription(
        number=message.number,
        id=message.id,
        state=_STATES[message.state],
        body=message.body,
        attributes=message.metadata.attributes or {},
        sender_id=message.metadata.sender_id,
        sent_at=message.sent_at,
        receive_count=message.receives.count,
        first_received_at=message.receives.first_at,
        received_at=message.receives.last_at if message.receives.count else None,
        receipt_handle=receipt.handle(queue.tag, message) if received else None,
        until=message.due if timed else None,
        time_left=max(0.0, message.due - now) if timed else None,
        group=message.group_id,
        locked_by=None if holder is None else holder.id,
        deduplication_id=message.deduplication_id,
        sequence_number=message.sequence_number,
        trace_header=message.metadata.trace_header,
        source=message.metadata.source_arn,
    )


FIND_MESSAGES = Route(
    "GET",
    "/messages",
    "Return the messages of a queue without receiving them",
    find_messages,
    FindMessages,
    Messages,
    command="peek orders --state visible",
    python='control.messages("orders", "visible")',
    example={"queue": "orders", "state": "visible"},
    across=across.FOUND,
)

ROUTES = (FIND_MESSAGES,)
