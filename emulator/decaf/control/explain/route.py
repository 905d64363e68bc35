"""GET /_decaf/explain: the state and the history of one message or notification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from decaf.base.arn import is_of_service
from decaf.base.printable import printable
from decaf.base.slices import at_once
from decaf.control import across
from decaf.control.event_filter import Mark
from decaf.control.explain.known import Known, look
from decaf.control.explain.message import MessageStatus, end_of_queue, message_status
from decaf.control.explain.notification import SubscriptionOutcome, deliveries
from decaf.control.explain.sentences import sentence
from decaf.control.route import ControlRequest, ControlResponse, Route
from decaf.observe.history import HistoryEvent, Kind

if TYPE_CHECKING:
    from decaf.world import World


class Explain(ControlRequest, frozen=True):
    """The message id that SendMessage, ReceiveMessage or Publish returned."""

    id: Annotated[str, msgspec.Meta(min_length=1)]


class Step(ControlResponse, frozen=True):
    """One event, with a sentence in `text`. `message_id` is the id of the message or notification."""

    mark: Mark
    at: float
    kind: Kind
    arn: str
    message_id: str | None
    text: str


class Explained(ControlResponse, frozen=True):
    """The state and the history of a message or notification.

    The `state` of a message in a queue is visible, delayed, in_flight, locked (by another message of its group) or
    dead_lettered; otherwise it is deleted, expired, purged, queue_deleted, moved (by a move task) or forgotten (by a
    reset). The `state` of a notification is delivered, partly_delivered or undelivered. `answer` has the same in words.
    `messages` are the ids of the messages that a notification was delivered as, `notification` is the id of the
    notification that a message was delivered for.
    """

    id: str
    kind: Literal["message", "notification", "unknown"]
    state: str
    answer: str
    queue: str | None
    messages: list[str]
    notification: str | None
    deliveries: list[SubscriptionOutcome]
    timeline: list[Step]

    def __str__(self) -> str:
        """The answer, and a line for each event, with the seconds since the first."""
        steps = [f"{step.at - self.timeline[0].at:+10.3f} s  {step.text}" for step in self.timeline]
        return "\n".join(map(printable, [self.answer, *steps]))

    def __repr__(self) -> str:
        return f"<Explained {self.kind} {self.id}: {self.answer}>"


def _explain(world: World, request: Explain) -> Explained:
    world.settle()
    settle_queues(world)
    return explained(world, request.id, at_once(look(world, world.history.since(0), request.id)))


def settle_queues(world: World) -> None:
    """Do what is due in all queues, before it is looked where their messages are. Raises Busy."""
    now = world.clock.now()
    for queue in world.queues():
        queue.settle(now)


def explained(world: World, message_id: str, known: Known) -> Explained:
    """Returns the state and the history of a message or notification, as far as it is `known`."""
    own = known.of.get(message_id, ())
    if any(is_of_service(event.arn, "sns") for event in own):
        return _notification(world, message_id, own, known)
    status = message_status(world, message_id, known)
    if status is None:
        return _unknown(world, message_id)
    return _message(message_id, status, own, known)


def _message(message_id: str, status: MessageStatus, own: Sequence[HistoryEvent], known: Known) -> Explained:
    events, links = known.events, known.links
    sent = next((event for event in own if event.kind == "MessageSent"), None)
    cause = None if sent is None else links.cause.get(sent.mark)
    before = () if cause is None else [r for r in events if r.message_id == cause.message_id and r.mark < cause.mark]
    end = end_of_queue(own[-1], events) if own and status.queue is None else None
    story = [*before, *own, *_invocations(events, message_id), *(each for each in (cause, end) if each is not None)]
    return Explained(
        id=message_id,
        kind="message",
        state=status.state,
        answer=status.answer,
        queue=status.queue,
        messages=[],
        notification=cause.message_id if cause is not None and is_of_service(cause.arn, "sns") else None,
        deliveries=[],
        timeline=_timeline(story),
    )


def _notification(world: World, message_id: str, own: Sequence[HistoryEvent], known: Known) -> Explained:
    sent = (known.links.sent.get(event.mark) for event in own)
    became = [each.message_id for each in sent if each is not None and each.message_id]
    found = deliveries(world, own, known)
    later = [event for each in dict.fromkeys(became) for event in known.of[each]]
    return Explained(
        id=message_id,
        kind="notification",
        state=_state(found),
        answer=" ".join(delivery.answer for delivery in found) or "The topic had no subscriptions.",
        queue=None,
        messages=became,
        notification=None,
        deliveries=found,
        timeline=_timeline([*own, *_invocations(known.events, message_id), *later]),
    )


def _invocations(events: Iterable[HistoryEvent], message_id: str) -> Iterator[HistoryEvent]:
    """Yields the events of functions that were invoked with a message, maybe among others."""
    return (event for event in events if message_id in (event.message_ids or ()))


def _state(found: Sequence[SubscriptionOutcome]) -> str:
    delivered = sum(delivery.outcome == "delivered" for delivery in found)
    if not delivered:
        return "undelivered"
    return "delivered" if delivered == len(found) else "partly_delivered"


def _unknown(world: World, message_id: str) -> Explained:
    kept = world.settings.max_history
    return Explained(
        id=message_id,
        kind="unknown",
        state="unknown",
        answer="There is no such message in a queue or in the history: it never existed, or a reset deleted it, or it "
        f"is older than the latest {kept} events, which the history keeps.",
        queue=None,
        messages=[],
        notification=None,
        deliveries=[],
        timeline=[],
    )


def _timeline(story: Iterable[HistoryEvent]) -> list[Step]:
    return [
        Step(
            mark=event.mark,
            at=event.at,
            kind=event.kind,
            arn=event.arn,
            message_id=event.message_id,
            text=sentence(event),
        )
        for event in sorted(story, key=lambda event: event.mark)
    ]


def _join(_: Explain, found: list[Explained]) -> Explained:
    return next((each for each in found if each.kind != "unknown"), found[0])


EXPLAIN = Route(
    "GET",
    "/explain",
    "Return where a message or notification is, and why",
    _explain,
    Explain,
    Explained,
    command="explain 5fea7756-0ea4-451a-a703-a558b933e274",
    python='control.explain("5fea7756-0ea4-451a-a703-a558b933e274")',
    example={"id": "5fea7756-0ea4-451a-a703-a558b933e274"},
    across=across.joined(_join),
)

ROUTES = (EXPLAIN,)
