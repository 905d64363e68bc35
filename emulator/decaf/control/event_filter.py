"""What happened, as calls here give it, and how callers say which of it they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.arn import Arn, read_arn, read_queue_url
from decaf.base.events import Event
from decaf.control.route import Gives, Refused, Takes
from decaf.observe.history import Record

if TYPE_CHECKING:
    from decaf.world import World

MOST_WATCHERS = 1_000

Mark = Annotated[int, msgspec.Meta(ge=0, description="a place in the history, a number that only grows")]

KINDS = {kind.__name__: kind for kind in Event.__subclasses__()}
Kind = Annotated[str, msgspec.Meta(extra_json_schema={"enum": sorted(KINDS)})]


class Happened(Gives, frozen=True, omit_defaults=True):
    """One thing that happened to `arn`. What does not apply is left out; times are epoch seconds.

    `body` is what was sent or published, up to 4,096 characters; `until` is when a delay or a time in flight ends.
    `recipient` is a subscription's endpoint, or the phone number or device that was published to; `reason` says why
    something was not delivered, or what a fault did.

    Of an attempt to deliver, `attempt` counts from 1 on, `status` is HTTP's, `response` the start of what was answered,
    `latency` the seconds it took, and `retry_at` when the next one is due. Of a fault that struck, `fault` is its id,
    and `operation` that of the call it struck.
    """

    mark: int
    at: float
    kind: Kind
    arn: str
    message_id: str | None = None
    body: str | None = None
    group: str | None = None
    receive_count: int | None = None
    until: float | None = None
    dead_letter_queue: str | None = None
    protocol: str | None = None
    recipient: str | None = None
    reason: str | None = None
    attempt: int | None = None
    status: int | None = None
    response: str | None = None
    latency: float | None = None
    retry_at: float | None = None
    fault: str | None = None
    effect: str | None = None
    operation: str | None = None

    @classmethod
    def of(cls, record: Record) -> Happened:
        facts = {name: getattr(record, name) for name in cls.__struct_fields__}
        return cls(**facts | {"kind": record.kind.__name__, "arn": str(record.arn)})


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

    def fits(self, record: Record) -> bool:
        """Whether `record` is one of these."""
        arn = record.arn
        return (
            self.kind in (None, record.kind.__name__)
            and self.message_id in (None, record.message_id)
            and self.account in (None, arn.account)
            and (self.queue is None or is_queue(arn, self.queue))
            and (self.topic is None or _is_of_topic(arn, self.topic))
            and self.subscription in (None, str(arn))
            and (self.body_contains is None or self.body_contains in (record.body or ""))
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
