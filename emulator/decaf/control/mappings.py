"""Event source mappings: which queue's messages invoke which function, and what became of the latest batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from decaf.api.paging import page
from decaf.control import across
from decaf.control.naming import is_queue
from decaf.control.queues import After, Limit, find_queue
from decaf.control.route import ControlRequest, ControlResponse, EmptyResponse, Refused, Route
from decaf.functions.function import function_arn
from decaf.functions.mapping import REPORTS, EventSourceMapping
from decaf.functions.run import Run, RunOutcome
from decaf_protocol import AWSError

if TYPE_CHECKING:
    from decaf.world import World


class NewMapping(ControlRequest, frozen=True):
    """Map a `queue` (a name, URL or ARN) to a `function` (a name or ARN).

    A batch has up to `batch_size` messages, gathered for `window` seconds. `filters` are patterns as JSON: a message
    that matches none is deleted. With `reports_failures` the function returns which messages it failed. At most
    `max_concurrency` batches are processed at once.
    """

    queue: str
    function: str
    batch_size: int = 10
    window: int = 0
    filters: list[str] = msgspec.field(default_factory=list)
    reports_failures: bool = False
    max_concurrency: int | None = None
    enabled: bool = True


class CreatedMapping(ControlResponse, frozen=True):
    """The UUID of the new mapping."""

    uuid: str


class FindMappings(ControlRequest, frozen=True):
    """Selects mappings by account, and by queue: a name, URL or ARN."""

    account: str | None = None
    queue: str | None = None
    limit: Limit = 1_000
    after: After = None


class OneMapping(ControlRequest, frozen=True):
    """A mapping: its UUID or ARN. With `account` it is the one of that account: after a snapshot was restored into
    another account, both have a mapping with that UUID.
    """

    uuid: str
    account: str | None = None


class SwitchedMapping(OneMapping, frozen=True, kw_only=True):
    """A mapping (its UUID or ARN; with `account` the one of that account), and whether it is to be enabled."""

    enabled: bool


class FindRuns(OneMapping, frozen=True):
    """The latest `limit` runs of a mapping: its UUID or ARN; with `account` the one of that account."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 100


class MappingDescription(ControlResponse, frozen=True):
    """A mapping. `state` is Enabled or Disabled, `problem` why it cannot work, null while it can.

    `running` is the number of batches under way; `succeeded` and `failed` are the numbers of messages that were deleted
    and that stayed, in the runs that are kept.
    """

    uuid: str
    arn: str
    account: str
    queue: str
    function: str
    batch_size: int
    window: int
    filters: list[str]
    reports_failures: bool
    max_concurrency: int | None
    state: str
    problem: str | None
    running: int
    succeeded: int
    failed: int


class Mappings(ControlResponse, frozen=True):
    """Mappings, sorted by queue; `next` is the value for `after` on the next page, null on the last page."""

    mappings: list[MappingDescription]
    next: str | None


class RunDescription(ControlResponse, frozen=True):
    """One batch. `outcome` is running, succeeded, partly_failed, failed, or not_invoked: then the function was
    throttled or could not be reached until the messages were visible again. `messages`, `deleted` and `kept` are ids of
    messages.
    """

    number: int
    request_id: str
    started_at: float
    duration: float
    attempts: int
    outcome: RunOutcome
    reason: str | None
    warning: str | None
    messages: list[str]
    deleted: list[str]
    kept: list[str]


class Runs(ControlResponse, frozen=True):
    """Runs, oldest first."""

    runs: list[RunDescription]


def _create(world: World, request: NewMapping) -> CreatedMapping:
    queue = find_queue(world, request.queue).arn
    params = {
        "EventSourceArn": str(queue),
        "BatchSize": request.batch_size,
        "MaximumBatchingWindowInSeconds": request.window,
        "FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in request.filters]},
        "FunctionResponseTypes": [REPORTS] if request.reports_failures else [],
        "ScalingConfig": None if request.max_concurrency is None else {"MaximumConcurrency": request.max_concurrency},
        "Enabled": request.enabled,
    }
    function = function_arn(request.function, queue.account, queue.region)
    if world.functions.find(function) is None:
        raise Refused(f"there is no function {request.function}", 404)
    try:
        mapping = world.triggers.create(queue.account, function, params, world.clock.now())
    except AWSError as error:
        raise Refused(error.message) from None
    return CreatedMapping(uuid=mapping.uuid)


def _find(world: World, request: OneMapping) -> EventSourceMapping:
    found = [
        mapping
        for mapping in world.triggers.all()
        if request.uuid == str(mapping.arn)
        or (request.uuid == mapping.uuid and request.account in (None, mapping.account))
    ]
    if not found:
        raise Refused(f"there is no mapping {request.uuid}", 404)
    if len(found) > 1:
        raise Refused(f"several mappings have the UUID {request.uuid}: {', '.join(str(each.arn) for each in found)}")
    return found[0]


def _delete(world: World, request: OneMapping) -> EmptyResponse:
    world.triggers.delete(_find(world, request))
    return EmptyResponse()


def _switch(world: World, request: SwitchedMapping) -> EmptyResponse:
    mapping = _find(world, request)
    try:
        world.triggers.update(mapping, mapping.function, {"Enabled": request.enabled}, world.clock.now())
    except AWSError as error:
        raise Refused(error.message) from None
    return EmptyResponse()


def find_mappings(world: World, request: FindMappings) -> Mappings:
    fitting = (
        (f"{mapping.queue} {mapping.uuid}", mapping)
        for mapping in world.triggers.all()
        if request.account in (None, mapping.account)
        and (request.queue is None or is_queue(mapping.queue, request.queue))
    )
    found, following = page(fitting, request.after, request.limit)
    return Mappings(mappings=[_described(world, mapping) for mapping in found], next=following)


def _described(world: World, mapping: EventSourceMapping) -> MappingDescription:
    runs = world.triggers.runs(mapping)
    set_to = mapping.configuration
    return MappingDescription(
        uuid=mapping.uuid,
        arn=str(mapping.arn),
        account=mapping.account,
        queue=str(mapping.queue),
        function=mapping.function,
        batch_size=set_to.batch_size,
        window=set_to.window,
        filters=[pattern.text for pattern in set_to.patterns],
        reports_failures=set_to.reports_failures,
        max_concurrency=set_to.max_concurrency,
        state=mapping.state,
        problem=mapping.problem or None,
        running=sum(run.outcome == "running" for run in runs),
        succeeded=sum(len(run.deleted) for run in runs),
        failed=sum(len(run.kept) for run in runs),
    )


def _runs(world: World, request: FindRuns) -> Runs:
    runs = world.triggers.runs(_find(world, request))
    return Runs(runs=[_run(run) for run in runs[-request.limit :]])


def _run(run: Run) -> RunDescription:
    return RunDescription(
        number=run.number,
        request_id=run.request_id,
        started_at=run.started_at,
        duration=run.duration,
        attempts=run.attempts,
        outcome=run.outcome,
        reason=run.reason,
        warning=run.warning,
        messages=list(run.message_ids),
        deleted=list(run.deleted),
        kept=list(run.kept),
    )


_UUID = "91eaeb7e-c976-4939-9d0c-3a7a4f5e1b7d"

CREATE_MAPPING = Route(
    "POST",
    "/mappings",
    "Let the messages of a queue invoke a function",
    _create,
    NewMapping,
    CreatedMapping,
    command="function map orders brew --batch-size 5 --reports-failures",
    python='control.map_queue("orders", "brew", batch_size=5, reports_failures=True)',
    example={"queue": "orders", "function": "brew", "batch_size": 5, "reports_failures": True},
)
FIND_MAPPINGS = Route(
    "GET",
    "/mappings",
    "Return the event source mappings",
    find_mappings,
    FindMappings,
    Mappings,
    command="function mappings --queue orders",
    python='control.mappings("orders")',
    example={"queue": "orders"},
    across=across.pages("mappings", lambda mapping: f"{mapping.queue} {mapping.uuid}"),
)
DELETE_MAPPING = Route(
    "DELETE",
    "/mappings",
    "Delete an event source mapping",
    _delete,
    OneMapping,
    EmptyResponse,
    command=f"function unmap {_UUID}",
    python=f'control.delete_mapping("{_UUID}")',
    example={"uuid": _UUID},
    across=across.FOUND,
)
SWITCH_MAPPING = Route(
    "POST",
    "/mappings/switch",
    "Enable or disable an event source mapping",
    _switch,
    SwitchedMapping,
    EmptyResponse,
    command=f"function disable {_UUID}",
    python=f'control.switch_mapping("{_UUID}", enabled=False)',
    example={"uuid": _UUID, "enabled": False},
    across=across.FOUND,
)
FIND_RUNS = Route(
    "GET",
    "/mappings/runs",
    "Return the latest batches of a mapping, with their outcomes",
    _runs,
    FindRuns,
    Runs,
    command=f"function runs {_UUID} --limit 5",
    python=f'control.runs("{_UUID}", limit=5)',
    example={"uuid": _UUID, "limit": 5},
    across=across.FOUND,
)

ROUTES = (CREATE_MAPPING, FIND_MAPPINGS, SWITCH_MAPPING, FIND_RUNS, DELETE_MAPPING)
