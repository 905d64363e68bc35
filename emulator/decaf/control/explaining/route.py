"""GET /_decaf/explain: the whole story of one message or notification."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from decaf.base.arn import is_of_service
from decaf.control.event_filter import Mark
from decaf.control.explaining.fate import Fate, end_of_queue, fate
from decaf.control.explaining.links import Links, linked
from decaf.control.explaining.notified import ToSubscriber, deliveries
from decaf.control.explaining.sentences import sentence
from decaf.control.route import Gives, Route, Takes
from decaf.observe.history import HistoryEvent, Kind

if TYPE_CHECKING:
    from decaf.world import World


class Explain(Takes, frozen=True):
    """Which message or notification: the id that SendMessage, ReceiveMessage or Publish gave."""

    id: Annotated[str, msgspec.Meta(min_length=1)]


class Step(Gives, frozen=True):
    """One thing that happened, in words. `message_id` is that of what it happened to."""

    mark: Mark
    at: float
    kind: Kind
    arn: str
    message_id: str | None
    text: str


class Explained(Gives, frozen=True):
    """What is known of an id.

    `state` of a message is visible, delayed, in_flight, locked (by another message of its group) or dead_lettered
    while it is in a queue; else deleted, expired, purged, queue_deleted, moved (by a move task), forgotten (by a
    reset). Of a notification it is delivered, partly_delivered or undelivered. `answer` says the same in words.
    `messages` are those that a notification became, `notification` the one that a message was.
    """

    id: str
    what: Literal["message", "notification", "unknown"]
    state: str
    answer: str
    queue: str | None
    messages: list[str]
    notification: str | None
    deliveries: list[ToSubscriber]
    timeline: list[Step]


def _explain(world: World, asked: Explain) -> Explained:
    world.settle()
    records = world.history.since(0)
    links = linked(records)
    own = [record for record in records if record.message_id == asked.id]
    if any(is_of_service(record.arn, "sns") for record in own):
        return _notification(world, asked.id, own, records, links)
    found = fate(world, asked.id, records, links)
    if found is None:
        return _unknown(world, asked.id)
    return _message(asked.id, found, own, records, links)


def _message(
    message_id: str, found: Fate, own: list[HistoryEvent], records: Sequence[HistoryEvent], links: Links
) -> Explained:
    sent = next((record for record in own if record.kind == "MessageSent"), None)
    cause = None if sent is None else links.cause.get(sent.mark)
    before = () if cause is None else [r for r in records if r.message_id == cause.message_id and r.mark < cause.mark]
    end = end_of_queue(own[-1], records) if own and found.queue is None else None
    story = [*before, *own, *(record for record in (cause, end) if record is not None)]
    return Explained(
        id=message_id,
        what="message",
        state=found.state,
        answer=found.answer,
        queue=found.queue,
        messages=[],
        notification=cause.message_id if cause is not None and is_of_service(cause.arn, "sns") else None,
        deliveries=[],
        timeline=_timeline(story),
    )


def _notification(
    world: World, message_id: str, own: list[HistoryEvent], records: Sequence[HistoryEvent], links: Links
) -> Explained:
    became = [sent.message_id for record in own if (sent := links.sent.get(record.mark)) and sent.message_id]
    found = deliveries(world, own, records, links)
    return Explained(
        id=message_id,
        what="notification",
        state=_state(found),
        answer=" ".join(delivery.answer for delivery in found) or "Nobody was subscribed to what it was published to.",
        queue=None,
        messages=became,
        notification=None,
        deliveries=found,
        timeline=_timeline([*own, *(record for record in records if record.message_id in became)]),
    )


def _state(found: Sequence[ToSubscriber]) -> str:
    delivered = sum(delivery.outcome == "delivered" for delivery in found)
    if not delivered:
        return "undelivered"
    return "delivered" if delivered == len(found) else "partly_delivered"


def _unknown(world: World, message_id: str) -> Explained:
    kept = world.settings.max_history
    return Explained(
        id=message_id,
        what="unknown",
        state="unknown",
        answer=f"There is no such message, and none is remembered: it never was, or a reset took it, or it is older "
        f"than the last {kept} happenings, which the history keeps.",
        queue=None,
        messages=[],
        notification=None,
        deliveries=[],
        timeline=[],
    )


def _timeline(story: Iterable[HistoryEvent]) -> list[Step]:
    return [
        Step(
            mark=record.mark,
            at=record.at,
            kind=record.kind,
            arn=record.arn,
            message_id=record.message_id,
            text=sentence(record),
        )
        for record in sorted(story, key=lambda record: record.mark)
    ]


_EXAMPLE = {"id": "5fea7756-0ea4-451a-a703-a558b933e274"}

ROUTES = (
    Route(
        "GET",
        "/explain",
        "What became of a message or notification, and why",
        _explain,
        Explain,
        Explained,
        example=_EXAMPLE,
    ),
)
