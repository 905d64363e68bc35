"""The functions that lambda subscriptions invoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from decaf.control.route import ControlRequest, ControlResponse, EmptyRequest, EmptyResponse, Refused, Route
from decaf.functions.function import LONGEST, BadFunction, Function

if TYPE_CHECKING:
    from decaf.world import World

MAX_FUNCTIONS = 1_000


class RegisterFunction(ControlRequest, frozen=True):
    """Either a Python `handler` (`module:function`, imported from the folder `path`) or the `url` of a Lambda runtime
    interface emulator. `name` is a function's name, valid in every account and region, or an ARN; `timeout` is in
    seconds. `policy` is its resource-based policy as JSON; without one it is taken to let SNS in."""

    name: str
    handler: str | None = None
    path: str = "."
    url: str | None = None
    timeout: Annotated[float, Meta(extra_json_schema={"exclusiveMinimum": 0, "maximum": LONGEST})] = 3.0
    policy: str | None = None


class RemoveFunction(ControlRequest, frozen=True):
    """The name or ARN of the function to remove."""

    name: str


class RegisteredFunction(ControlResponse, frozen=True):
    """A registered function."""

    name: str
    handler: str | None
    path: str
    url: str | None
    timeout: float
    policy: str | None


class RegisteredFunctions(ControlResponse, frozen=True):
    """All registered functions."""

    functions: list[RegisteredFunction]


def _list(world: World, _: EmptyRequest) -> RegisteredFunctions:
    return RegisteredFunctions(functions=[_shown(function) for function in world.functions.all()])


def _shown(function: Function) -> RegisteredFunction:
    return RegisteredFunction(**{name: getattr(function, name) for name in RegisteredFunction.__struct_fields__})


def _register(world: World, request: RegisterFunction) -> EmptyResponse:
    known = world.functions.all()
    if len(known) >= MAX_FUNCTIONS and request.name not in (function.name for function in known):
        raise Refused(f"there are {MAX_FUNCTIONS} functions already: remove some", 409)
    try:
        world.functions.register(Function(**msgspec.structs.asdict(request)))
    except BadFunction as error:
        raise Refused(str(error)) from None
    return EmptyResponse()


def _remove(world: World, request: RemoveFunction) -> EmptyResponse:
    if not world.functions.forget(request.name):
        raise Refused(f"there is no function {request.name}", 404)
    return EmptyResponse()


REGISTER_FUNCTION = Route(
    "POST",
    "/functions",
    "Register a function that lambda subscriptions can invoke",
    _register,
    RegisterFunction,
    EmptyResponse,
    command="function add brew --handler coffee:brew --path /functions",
    python='control.add_function("brew", "coffee:brew", path="/functions")',
    example={"name": "brew", "handler": "coffee:brew", "path": "/functions"},
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
)

ROUTES = (REGISTER_FUNCTION, LIST_FUNCTIONS, REMOVE_FUNCTION)
