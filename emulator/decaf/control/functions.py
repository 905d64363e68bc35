"""Functions: registering and invoking them, and their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from decaf.base.arn import Account
from decaf.control import across
from decaf.control.route import (
    Across,
    ControlRequest,
    ControlResponse,
    EmptyRequest,
    EmptyResponse,
    Refused,
    Route,
    Shards,
)
from decaf.functions.function import LONGEST, BadFunction, Function, function_arn
from decaf.functions.invocation import ErrorKind, Obstacle
from decaf.functions.log import LogEntry
from decaf.sns.topic import without_password
from decaf_protocol import dumps

if TYPE_CHECKING:
    from decaf.world import World

MAX_FUNCTIONS = 1_000

_Timeout = Annotated[float, Meta(extra_json_schema={"exclusiveMinimum": 0, "maximum": LONGEST})]


class RegisterFunction(ControlRequest, frozen=True):
    """One of: a Python `handler` (`module.function`, imported from the folder `path`), a `command` (a program and its
    arguments, started there: the event on standard input, the result on standard output), or the `url` of what runs the
    function: a Lambda runtime interface emulator, sam local start-lambda, serverless-offline.

    `name` is a function's name, valid in every account and region, or an ARN. `timeout` and `maximum_event_age` are in
    seconds, `memory_size` in megabytes. `policy` is its resource-based policy as JSON; without one it is taken to let
    SNS in. `dead_letter_queue`, `on_failure` and `on_success` are ARNs, for what becomes of asynchronous invocations.
    `reserved_concurrency` is the number of invocations that can run at once.
    """

    name: str
    handler: str | None = None
    path: str = "."
    url: str | None = None
    timeout: _Timeout = 3.0
    policy: str | None = None
    command: tuple[str, ...] = ()
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    description: str = ""
    memory_size: int = 128
    role: str | None = None
    runtime: str | None = None
    reserved_concurrency: int | None = None
    dead_letter_queue: str | None = None
    on_failure: str | None = None
    on_success: str | None = None
    maximum_retry_attempts: int = 2
    maximum_event_age: float = 21_600.0


class RemoveFunction(ControlRequest, frozen=True):
    """The name or ARN of the function to remove."""

    name: str


class RegisteredFunction(ControlResponse, frozen=True):
    """A registered function. One that is `in_process` is a callable of the server's own process, as tests have them."""

    name: str
    handler: str | None
    path: str
    url: str | None
    timeout: float
    policy: str | None
    command: tuple[str, ...]
    environment: dict[str, str]
    description: str
    memory_size: int
    role: str | None
    runtime: str | None
    reserved_concurrency: int | None
    dead_letter_queue: str | None
    on_failure: str | None
    on_success: str | None
    maximum_retry_attempts: int
    maximum_event_age: float
    in_process: bool


class RegisteredFunctions(ControlResponse, frozen=True):
    """All registered functions."""

    functions: list[RegisteredFunction]


class InvokeFunction(ControlRequest, frozen=True):
    """Invokes the function with a name or ARN, with the event `event`, which is any JSON.

    With `asynchronous` the call returns at once, and the function is invoked again if it fails, as by SNS. A name is
    that of a function in the account `account`, or 000000000000, and in the default region.
    """

    name: str
    event: Any = None
    asynchronous: bool = False
    account: Account = "000000000000"


class InvokedFunction(ControlResponse, frozen=True):
    """What came of an invocation: the function's `result`, or the document of its error where `error` is set.

    With an `obstacle` it was not invoked at all, for the `reason`. `duration` is in seconds. `log` is what the function
    wrote.
    """

    request_id: str
    result: Any = None
    error: ErrorKind | None = None
    reason: str | None = None
    timed_out: bool = False
    obstacle: Obstacle | None = None
    log: str = ""
    duration: float = 0.0


class FindLogs(ControlRequest, frozen=True):
    """Selects the entries that have all the given values: of the function with a `name` or ARN, of the functions of an
    `account`, of one invocation. Returns the latest `limit`, or the first `limit` after the entry with the number
    `after`.
    """

    name: str | None = None
    account: str | None = None
    request_id: str | None = None
    after: int = 0
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class FunctionLogs(ControlResponse, frozen=True):
    """What functions wrote, one entry for each invocation, the oldest first."""

    entries: list[LogEntry]


def _list(world: World, _: EmptyRequest) -> RegisteredFunctions:
    return RegisteredFunctions(functions=[_shown(function) for function in world.functions.all()])


def _shown(function: Function) -> RegisteredFunction:
    facts = {name: getattr(function, name) for name in RegisteredFunction.__struct_fields__}
    facts["url"] = function.url and without_password(function.url)
    return RegisteredFunction(
        **facts | {"in_process": function.in_process is not None, "environment": dict(function.environment)}
    )


def _register(world: World, request: RegisterFunction) -> EmptyResponse:
    if len(world.functions.all()) >= MAX_FUNCTIONS and world.functions.named(request.name) is None:
        raise Refused(f"there are {MAX_FUNCTIONS} functions already: remove some", 409)
    try:
        function = Function(**msgspec.structs.asdict(request), last_modified=world.clock.now())
    except BadFunction as error:
        raise Refused(str(error)) from None
    world.functions.register(function)
    world.runner.forget(function.name)
    return EmptyResponse()


def _remove(world: World, request: RemoveFunction) -> EmptyResponse:
    if not world.functions.forget(request.name):
        raise Refused(f"there is no function {request.name}", 404)
    world.runner.forget(request.name)
    return EmptyResponse()


async def _invoke(world: World, request: InvokeFunction) -> InvokedFunction:
    function = world.functions.named(request.name)
    arn = function_arn(request.name, request.account, world.settings.region)
    function = function or world.functions.find(arn)
    if function is None:
        raise Refused(f"there is no function {request.name}", 404)
    event = dumps(request.event)
    if request.asynchronous:
        return InvokedFunction(request_id=world.asynchronous.accept(arn, event, world.clock.now()))
    invocation = await world.runner.invoke(function, event, arn=arn, request_id=world.ids.uuid())
    return InvokedFunction(
        request_id=invocation.request_id,
        result=_value(invocation.payload),
        error=invocation.error,
        reason=invocation.reason,
        timed_out=invocation.timed_out,
        obstacle=invocation.obstacle,
        log=invocation.log,
        duration=invocation.duration,
    )


def _value(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload) if payload else None
    except (msgspec.DecodeError, RecursionError):
        return payload.decode("utf-8", "replace")


def find_logs(world: World, request: FindLogs) -> FunctionLogs:
    found = world.function_log.find(request.name, request.account, request.request_id, request.after)
    return FunctionLogs(entries=found[: request.limit] if request.after else found[-request.limit :])


async def _find_logs(shards: Shards, route: Route[FindLogs, FunctionLogs], request: FindLogs) -> FunctionLogs:
    asked = across.since(request, shards, "after")
    parts = [each.entries for each in await across.ask_all(shards, route, asked)]
    starts = [each.after for each in asked]
    ends = [part[-1].number if part else start for part, start in zip(parts, starts, strict=True)]
    after = starts if request.after else None
    found, _ = across.page_of_marked(parts, ends, after, request.limit, lambda entry: entry.at, "number")
    return FunctionLogs(entries=found)


REGISTER_FUNCTION = Route(
    "POST",
    "/functions",
    "Register a function, replacing the one of that name",
    _register,
    RegisterFunction,
    EmptyResponse,
    command="function add brew --handler coffee.brew --path /functions",
    python='control.add_function("brew", "coffee.brew", path="/functions")',
    example={"name": "brew", "handler": "coffee.brew", "path": "/functions"},
    across=across.CHANGED,
)
LIST_FUNCTIONS = Route(
    "GET",
    "/functions",
    "List the registered functions",
    _list,
    EmptyRequest,
    RegisteredFunctions,
    command="function list",
    python="control.functions()",
    across=across.sets("functions", lambda function: function.name),
)
INVOKE_FUNCTION = Route(
    "POST",
    "/functions/invoke",
    "Invoke a function",
    _invoke,
    InvokeFunction,
    InvokedFunction,
    command="function invoke grind --event '{\"beans\": 18}'",
    python='control.invoke_function("grind", {"beans": 18})',
    example={"name": "grind", "event": {"beans": 18}},
)
FIND_LOGS = Route(
    "GET",
    "/functions/logs",
    "Return what functions wrote",
    find_logs,
    FindLogs,
    FunctionLogs,
    command="function logs grind",
    python='control.function_logs("grind")',
    example={"name": "grind"},
    across=Across(_find_logs, everywhere=True),
)
REMOVE_FUNCTION = Route(
    "DELETE",
    "/functions",
    "Remove a registered function",
    _remove,
    RemoveFunction,
    EmptyResponse,
    command="function remove brew",
    python='control.remove_function("brew")',
    example={"name": "brew"},
    across=across.REMOVED,
)

ROUTES = (REGISTER_FUNCTION, LIST_FUNCTIONS, INVOKE_FUNCTION, FIND_LOGS, REMOVE_FUNCTION)
