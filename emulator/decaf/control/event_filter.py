"""Selecting events of the history: by their values, and from a mark on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.arn import read_arn
from decaf.control.naming import is_of_topic, is_queue
from decaf.control.route import ControlRequest, Refused
from decaf.observe.history import KINDS, HistoryEvent, Kind

if TYPE_CHECKING:
    from decaf.world import World

MAX_WATCHERS = 1_000

Mark = Annotated[int, msgspec.Meta(ge=0, description="a position in the history; it only grows")]


class EventFilter(ControlRequest, frozen=True):
    """Selects the events that have all the given values."""

    kind: Kind | None = None
    queue: Annotated[str | None, msgspec.Meta(description="a name, URL or ARN")] = None
    topic: Annotated[str | None, msgspec.Meta(description="a name or ARN; its subscriptions too")] = None
    subscription: Annotated[str | None, msgspec.Meta(description="an ARN")] = None
    message_id: str | None = None
    body_contains: Annotated[str | None, msgspec.Meta(description="in the first 4,096 characters")] = None
    account: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"there is no kind of event {self.kind!r}; the kinds are {', '.join(sorted(KINDS))}")

    def matches(self, event: HistoryEvent) -> bool:
        """Returns whether the filter selects `event`."""
        return (
            self.kind in (None, event.kind)
            and (self.message_id is None or event.is_about(self.message_id))
            and self.subscription in (None, event.arn)
            and (self.body_contains is None or self.body_contains in (event.body or ""))
            and self._matches_arn(event.arn)
        )

    def _matches_arn(self, text: str) -> bool:
        if self.account is None and self.queue is None and self.topic is None:
            return True
        arn = read_arn(text)
        return (
            arn is not None
            and self.account in (None, arn.account)
            and (self.queue is None or is_queue(arn, self.queue))
            and (self.topic is None or is_of_topic(arn, self.topic))
        )


def start(world: World, since: int | None) -> int:
    """Returns the mark to start at: `since`, else the present one. Raises Refused when later events are forgotten."""
    newest = world.history.mark
    if since is None:
        return newest
    if since > newest:
        raise Refused(f"there is no mark {since} yet; it may be from a server that ran before this one")
    if not world.history.remembers(since):
        raise Refused(
            f"the history does not go back to mark {since}: it keeps {world.settings.max_history} events", 409
        )
    return since


def check_room(world: World) -> None:
    """Raises Refused when too many calls wait for events already."""
    if world.history.watcher_count >= MAX_WATCHERS:
        raise Refused(f"{MAX_WATCHERS} calls wait for events already", 429)
