"""Queues with their message counts, and their message groups. Reading them changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.api.paging import page
from decaf.base.arn import read_arn
from decaf.control import across
from decaf.control.naming import is_queue
from decaf.control.route import ControlRequest, ControlResponse, Refused, Route
from decaf.sqs import attributes
from decaf.sqs.message import Message, State

if TYPE_CHECKING:
    from decaf.sqs.queue import Queue
    from decaf.world import World

Limit = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
After = Annotated[str | None, msgspec.Meta(description="the `next` of the page before")]


class FindQueues(ControlRequest, frozen=True):
    """Selects queues by account, region and the start of their name."""

    account: str | None = None
    region: str | None = None
    prefix: str = ""
    limit: Limit = 1_000
    after: After = None


class QueueDescription(ControlResponse, frozen=True):
    """A queue. `attributes` (without the counts) and `tags` are as GetQueueAttributes and ListQueueTags return them.

    `oldest` is the age of the oldest message in seconds; `polls` is the number of long polls that wait.
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


class Queues(ControlResponse, frozen=True):
    """Queues, sorted by ARN; `next` is the value for `after` on the next page, null on the last page."""

    queues: list[QueueDescription]
    next: str | None


class FindGroups(ControlRequest, frozen=True):
    """The `queue`: a name, URL or ARN."""

    queue: str
    limit: Limit = 1_000
    after: After = None


class GroupDescription(ControlResponse, frozen=True):
    """A message group. On a FIFO queue it is `locked` while one of its messages is in flight."""

    id: str
    waiting: int
    delayed: int
    in_flight: int
    locked: bool


class Groups(ControlResponse, frozen=True):
    """Groups, sorted by id; `next` is the value for `after` on the next page, null on the last page."""

    groups: list[GroupDescription]
    next: str | None


def find_queue(world: World, name: str) -> Queue:
    """Returns the queue that a name, URL or ARN names, settled. Raises Refused when it names none, or several."""
    exact = read_arn(name)
    queue = None if exact is None else world.sqs.queue_at(exact)
    found = [queue] if queue else [queue for queue in world.queues() if is_queue(queue.arn, name)]
    if not found:
        raise Refused(f"there is no queue {name}", 404)
    if len(found) > 1:
        raise Refused(f"several queues are named {name}: {', '.join(str(queue.arn) for queue in found)}")
    found[0].settle(world.clock.now())
    return found[0]


def find_queues(world: World, request: FindQueues) -> Queues:
    """Returns a page of the queues that a request selects."""
    fitting = [
        (str(queue.arn), queue)
        for queue in world.queues()
        if request.account in (None, queue.arn.account)
        and request.region in (None, queue.arn.region)
        and queue.name.startswith(request.prefix)
    ]
    found, following = page(fitting, request.after, request.limit)
    now = world.clock.now()
    return Queues(queues=[_seen(queue, now) for queue in found], next=following)


def _seen(queue: Queue, now: float) -> QueueDescription:
    queue.settle(now)
    oldest = queue.ages.oldest()
    policy = queue.attributes.get("RedrivePolicy")
    return QueueDescription(
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


def _groups(world: World, request: FindGroups) -> Groups:
    queue = find_queue(world, request.queue)
    by_id: dict[str, list[Message]] = {}
    for message in queue.messages.values():
        if message.group_id is not None:
            by_id.setdefault(message.group_id, []).append(message)
    found, following = page(
        ((group_id, (group_id, messages)) for group_id, messages in by_id.items()), request.after, request.limit
    )
    return Groups(groups=[_group(queue, messages) for group_id, messages in found], next=following)


def _group(queue: Queue, messages: list[Message]) -> GroupDescription:
    counts = {state: sum(message.state is state for message in messages) for state in State}
    return GroupDescription(
        id=messages[0].group_id or "",
        waiting=counts[State.VISIBLE],
        delayed=counts[State.DELAYED],
        in_flight=counts[State.IN_FLIGHT],
        locked=queue.is_fifo and counts[State.IN_FLIGHT] > 0,
    )


FIND_QUEUES = Route(
    "GET",
    "/queues",
    "Return queues with their message counts",
    find_queues,
    FindQueues,
    Queues,
    command="queues ord",
    python='control.queues("ord")',
    example={"prefix": "ord"},
    across=across.pages("queues", lambda queue: queue.arn),
)
FIND_GROUPS = Route(
    "GET",
    "/groups",
    "Return the message groups of a queue",
    _groups,
    FindGroups,
    Groups,
    command="groups orders",
    python='control.groups("orders")',
    example={"queue": "orders"},
    across=across.FOUND,
)

ROUTES = (FIND_QUEUES, FIND_GROUPS)
