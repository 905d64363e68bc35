"""The whole state: delete it, or seed the random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.control import across
from decaf.control.route import Across, ControlRequest, EmptyResponse, Refused, Route, Shards
from decaf.declared.resource import BadDeclaration

if TYPE_CHECKING:
    from decaf.world import World


class Reset(ControlRequest, frozen=True):
    """The account to delete everything of, including its history and inbox; without it, all accounts.

    With `declared`, the declared resources are created again. Marks keep growing: a mark from before the reset stays
    valid.
    """

    account: str | None = None
    declared: bool = False


class Seed(ControlRequest, frozen=True):
    """The seed that ids, receipt handles, tokens and the chance in faults are drawn from."""

    seed: Annotated[int, msgspec.Meta(ge=0)]


def _reset(world: World, request: Reset) -> EmptyResponse:
    try:
        world.reset(request.account, request.declared)
    except BadDeclaration as error:
        raise Refused(str(error)) from None
    return EmptyResponse()


def _seed(world: World, request: Seed) -> EmptyResponse:
    world.seed(request.seed)
    return EmptyResponse()


async def _seed_all(shards: Shards, route: Route[Seed, EmptyResponse], request: Seed) -> EmptyResponse:
    # With the same seed the shards would draw the same ids.
    seeds = [Seed(seed=request.seed * shards.count + shard) for shard in range(shards.count)]
    return (await across.ask_all(shards, route, seeds))[0]


SEED = Route(
    "POST",
    "/seed",
    "Seed the random numbers, so that ids and the chance in faults repeat",
    _seed,
    Seed,
    EmptyResponse,
    command="seed 7",
    python="control.seed(7)",
    example={"seed": 7},
    across=Across(_seed_all),
)
RESET = Route(
    "POST",
    "/reset",
    "Delete everything, or everything of one account",
    _reset,
    Reset,
    EmptyResponse,
    command="reset --account 000000000000 --declared",
    python='control.reset("000000000000", declared=True)',
    example={"account": "000000000000", "declared": True},
    across=across.CHANGED,
)

ROUTES = (SEED, RESET)
