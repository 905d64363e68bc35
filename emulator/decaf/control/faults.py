"""Injected faults: set them, list them with how often they fired, remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

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
from decaf.faults.checks import BadFault
from decaf.faults.effects import Effect
from decaf.faults.match import Match
from decaf.faults.rules import When, next_id

if TYPE_CHECKING:
    from decaf.world import World

MAX_FAULTS = 1_000  # every request is compared with each of them


class NewFault(ControlRequest, frozen=True):
    """The `effect`, the requests or deliveries that it is for (`match`; by default all), and how often (`when`).

    `id` is one that no fault has; without it, the fault gets the next number.
    """

    effect: Effect
    match: Match = Match()
    when: When = When()
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None


class AddedFault(ControlResponse, frozen=True):
    """The id of the new fault."""

    id: str


class RemoveFaults(ControlRequest, frozen=True):
    """The `id` of the fault to remove; without it, all faults."""

    id: str | None = None


class Fault(ControlResponse, frozen=True):
    """A fault, how often it `matched`, and how often it `fired` then. `expires_at` is in epoch seconds."""

    id: str
    match: Match
    effect: Effect
    when: When
    matched: int
    fired: int
    expires_at: float | None


class Faults(ControlResponse, frozen=True):
    """All faults in the order in which they were set, including those that will not fire again."""

    faults: list[Fault]


def _add(world: World, request: NewFault) -> AddedFault:
    if len(world.faults.rules) >= MAX_FAULTS:
        raise Refused(f"there are {MAX_FAULTS} faults already: remove some", 409)
    try:
        rule = world.faults.add(request.match, request.effect, request.when, world.clock.now(), request.id)
    except BadFault as error:
        raise Refused(str(error)) from None
    return AddedFault(id=rule.id)


def list_faults(world: World, _: EmptyRequest) -> Faults:
    """Returns all faults."""
    names = Fault.__struct_fields__
    return Faults(faults=[Fault(**{name: getattr(rule, name) for name in names}) for rule in world.faults.rules])


def _remove(world: World, request: RemoveFaults) -> EmptyResponse:
    if request.id is None:
        world.faults.reset()
    elif not world.faults.remove(request.id):
        raise Refused(f"there is no fault {request.id}", 404)
    return EmptyResponse()


async def _add_to_all(shards: Shards, route: Route[NewFault, AddedFault], request: NewFault) -> AddedFault:
    if request.id is None:
        there = await across.ask_all(shards, LIST_FAULTS, EmptyRequest())
        request = msgspec.structs.replace(request, id=next_id(fault.id for each in there for fault in each.faults))
    outcomes = await across.try_all(shards, route, [request] * shards.count)
    added = [shard for shard, outcome in enumerate(outcomes) if not isinstance(outcome, Refused)]
    if len(added) < shards.count:
        await across.try_some(shards, added, REMOVE_FAULTS, [RemoveFaults(id=request.id)] * len(added))
    return across.all_of(outcomes, done="")[0]


def join_faults(_: EmptyRequest, found: list[Faults]) -> Faults:
    """Returns the faults of several shards, each once."""
    faults: dict[str, Fault] = {}
    for fault in (fault for each in found for fault in each.faults):
        same = faults.get(fault.id)
        faults[fault.id] = (
            fault
            if same is None
            else msgspec.structs.replace(same, matched=same.matched + fault.matched, fired=same.fired + fault.fired)
        )
    return Faults(faults=list(faults.values()))


ADD_FAULT = Route(
    "POST",
    "/faults",
    "Make requests or deliveries fail",
    _add,
    NewFault,
    AddedFault,
    command="fault add error --code ServiceUnavailable --queue orders --nth 1 --nth 3",
    python='control.set_fault(Error(code="ServiceUnavailable"), Match(queue="orders"), When(nth=[1, 3]))',
    example={
        "effect": {"type": "error", "code": "ServiceUnavailable"},
        "match": {"queue": "orders"},
        "when": {"nth": [1, 3]},
    },
    across=Across(_add_to_all),
)
LIST_FAULTS = Route(
    "GET",
    "/faults",
    "List the faults, and how often each has fired",
    list_faults,
    EmptyRequest,
    Faults,
    command="fault list",
    python="control.faults()",
    across=across.joined(join_faults),
)
REMOVE_FAULTS = Route(
    "DELETE",
    "/faults",
    "Remove one fault, or all",
    _remove,
    RemoveFaults,
    EmptyResponse,
    command="fault remove fault-1",
    python='control.clear_faults("fault-1")',
    example={"id": "fault-1"},
    across=across.REMOVED,
)

ROUTES = (ADD_FAULT, LIST_FAULTS, REMOVE_FAULTS)
