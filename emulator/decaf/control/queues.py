"""Queues to look at: what they hold, and their message groups. To look changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.api.paging import page
from decaf.control.event_filter import is_queue
from decaf.control.route import Gives, Refused, Route, Takes
from decaf.sqs import attributes
from decaf.sqs.message import Message, State
from decaf.sqs.queue import Queue

if TYPE_CHECKING:
    from decaf.world import World

Limit = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
After = Annotated[str | None, msgspec.Meta(description="to go on, what an answer gave as `next`")]


class FindQueues(Takes, frozen=True):
    """Which queues: all that have what is given, by name."""

    account: str | None = None
    region: str | None = None
    prefix: str = ""
    limit: Limit = 1_000
    after: After = None


class SeenQueue(Gives, frozen=True):
    """A queue. `attributes` and `tags` are as GetQueueAttributes and ListQueueTags give them, less the counts.

    `oldest` is the age in seconds of the message sent first; `polls` says how many long polls wait here.
    """

    name: str
    arn: str
    account: str
    region: str
    fifo: bool
    visible: int
    in_flight: int
    delayed: int
    oldest: float | None
    polls: int
    created_at: float
    attributes: dict[str, str]
    tags: dict[str, str]
    dead_letter_queue: str | None


class Queues(Gives, frozen=True):
    """Queues by ARN; `next` is null when there are no more."""

    queues: list[SeenQueue]
    next: str | None


class FindGroups(Takes, frozen=True):
    """Of which queue: a name, URL or ARN."""

    queue: str
    limit: Limit = 1_000
    after: After = None


class SeenGroup(Gives, frozen=True):
    """A message group. It is `locked` while messages of it in flight hold back the others: on FIFO queues."""

    id: str
    waiting: int
    delayed: int
    in_flight: int
    locked: bool


class Groups(Gives, frozen=True):
    """Groups by id; `next` is null when there are no more."""

    groups: list[SeenGroup]
    next: str | None


def find_queue(world: World, named: str) -> Queue:
    """The queue that a name, URL or ARN names, its due work done. Raises Refused when it names none, or several."""
    found = [queue for queue in world.queues() if is_queue(queue.arn, named)]
    if not found:
        raise Refused(f"there is no queue {named}", 404)
    if len(found) > 1:
        raise Refused(f"several queues are called {named}: {', '.join(str(queue.arn) for queue in found)}")
    found[0].settle(world.clock.now())
    return found[0]


def _queues(world: World, asked: FindQueues) -> Queues:
    fitting = [
        (str(queue.arn), queue)
        for queue in world.queues()
        if asked.account in (None, queue.arn.account)
        and asked.region in (None, queue.arn.region)
        and queue.name.startswith(asked.prefix)
    ]
    found, following = page(fitting, asked.after, asked.limit)
    now = world.clock.now()
    return Queues(queues=[_seen(queue, now) for queue in found], next=following)


def _seen(queue: Queue, now: float) -> SeenQueue:
    queue.settle(now)
    oldest = queue.ages.oldest()
    policy = queue.attributes.get("RedrivePolicy")
    return SeenQueue(
        name=queue.name,
        arn=str(queue.arn),
        account=queue.arn.account,
        region=queue.arn.region,
        fifo=queue.is_fifo,
        visible=len(queue.visible),
        in_flight=len(queue.in_flight),
        delayed=len(queue.delayed),
        oldest=None if oldest is None else now - oldest.sent_at,
        polls=len(queue.waiters),
        created_at=queue.created_at,
        attributes=attributes.write(queue.attributes),
        tags=queue.tags,
        dead_letter_queue=None if policy is None else policy["deadLetterTargetArn"],
    )


def _groups(world: World, asked: FindGroups) -> Groups:
    queue = find_queue(world, asked.queue)
    by_id: dict[str, list[Message]] = {}
    for message in queue.messages.values():
        if message.group_id is not None:
            by_id.setdefault(message.group_id, []).append(message)
    found, following = page(
        ((group_id, (group_id, held)) for group_id, held in by_id.items()), asked.after, asked.limit
    )
    return Groups(groups=[_group(queue, group_id, held) for group_id, held in found], next=following)


def _group(queue: Queue, group_id: str, held: list[Message]) -> SeenGroup:
    counts = {state: sum(message.state is state for message in held) for state in State}
    return SeenGroup(
        id=held[0].group_id or "",
        waiting=counts[State.VISIBLE],
        delayed=counts[State.DELAYED],
        in_flight=counts[State.IN_FLIGHT],
        locked=queue.is_fifo and counts[State.IN_FLIGHT] > 0,
    )


ROUTES = (
    Route(
        "GET",
        "/queues",
        "Queues, and how many messages they hold",
        _queues,
        FindQueues,
        Queues,
        example={"prefix": "ord"},
    ),
    Route("GET", "/groups", "The message groups of a queue", _groups, FindGroups, Groups, example={"queue": "orders"}),
)
