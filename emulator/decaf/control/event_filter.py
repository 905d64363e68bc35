"""What happened, as calls here give it, and how callers say which of it they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.arn import Arn, read_arn, read_queue_url
from decaf.control.route import Refused, Takes
from decaf.observe.history import KINDS, HistoryEvent, Kind

if TYPE_CHECKING:
    from decaf.world import World

MOST_WATCHERS = 1_000

Mark = Annotated[int, msgspec.Meta(ge=0, description="a place in the history, a number that only grows")]


class Which(Takes, frozen=True):
    """Which happenings: all that fit what is given."""

    kind: Kind | None = None
    queue: Annotated[str | None, msgspec.Meta(description="a name, URL or ARN")] = None
    topic: Annotated[str | None, msgspec.Meta(description="a name or ARN; its subscriptions too")] = None
    subscription: Annotated[str | None, msgspec.Meta(description="an ARN")] = None
    message_id: str | None = None
    body_contains: Annotated[str | None, msgspec.Meta(description="in the first 4,096 characters")] = None
    account: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"there is no kind {self.kind!r}; there are {', '.join(sorted(KINDS))}")

    def fits(self, event: HistoryEvent) -> bool:
        """Returns whether all given conditions hold for `event`."""
        return (
            self.kind in (None, event.kind)
            and self.message_id in (None, event.message_id)
            and self.subscription in (None, event.arn)
            and (self.body_contains is None or self.body_contains in (event.body or ""))
            and self._names(event.arn)
        )

    def _names(self, text: str) -> bool:
        """Returns whether an event's ARN is one of the account, queue and topic that are given."""
        if self.account is None and self.queue is None and self.topic is None:
            return True
        arn = read_arn(text)
        return (
            arn is not None
            and self.account in (None, arn.account)
            and (self.queue is None or is_queue(arn, self.queue))
            and (self.topic is None or _is_of_topic(arn, self.topic))
        )


def is_queue(arn: Arn, named: str) -> bool:
    """Whether `named`, a name, URL or ARN, names the queue `arn`. A name means queues of all accounts and regions."""
    if arn.service != "sqs":
        return False
    if (exact := read_arn(named)) is not None:
        return arn == exact
    address = read_queue_url(named)
    return (
        address.name == arn.resource and address.account in (None, arn.account) and address.region in (None, arn.region)
    )


def _is_of_topic(arn: Arn, named: str) -> bool:
    if arn.service != "sns":
        return False
    topic = Arn("sns", arn.region, arn.account, arn.resource.partition(":")[0])
    return named in (topic.resource, str(topic))


def start(world: World, since: int | None) -> int:
    """The mark to begin at: now, when none is given. Raises Refused when what happened since is not known."""
    newest = world.history.mark
    if since is None:
        return newest
    if since > newest:
        raise Refused(f"there is no mark {since} yet; it may be of a server that ran before this one")
    if not world.history.remembers(since):
        raise Refused(f"the history does not go back to mark {since}: it keeps {world.settings.max_history}", 409)
    return since


def check_room(world: World) -> None:
    """Raises Refused when too many watch already."""
    if world.history.watcher_count >= MOST_WATCHERS:
        raise Refused(f"{MOST_WATCHERS} calls watch what happens already", 429)
