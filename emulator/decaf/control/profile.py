"""The profile of an account: which of AWS's habits it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from decaf.base.arn import Account
from decaf.base.profile import Profile, ProfileName
from decaf.control import across
from decaf.control.route import ControlRequest, ControlResponse, EmptyRequest, EmptyResponse, Refused, Route

if TYPE_CHECKING:
    from decaf.world import World

MAX_ACCOUNTS = 10_000


class SetProfile(ControlRequest, frozen=True):
    """The profile of an account; without `account`, of all accounts that were given none of their own.

    `seed` is what chance is drawn from, and `duplicates` the share of messages that come twice; both are for the
    realistic profile, and by default those of the server's settings. An account that is given a seed sees the same
    as any other with that seed: the same messages of a queue of the same name come twice.
    """

    profile: ProfileName
    account: Account | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    duplicates: Annotated[float, Meta(ge=0, le=1)] | None = None


class AccountProfile(ControlResponse, frozen=True):
    """A profile: its name, the seed that chance is drawn from, and the share of messages that come twice."""

    profile: ProfileName
    seed: int
    duplicates: float


class FoundProfiles(ControlResponse, frozen=True):
    """The profile, and those of the accounts that were given one of their own."""

    profile: ProfileName
    seed: int
    duplicates: float
    accounts: dict[str, AccountProfile]


def _describe(profile: Profile) -> AccountProfile:
    return AccountProfile(profile=profile.name, seed=profile.seed, duplicates=profile.duplicates)


def _read(world: World, _: EmptyRequest) -> FoundProfiles:
    profiles = world.store.profiles
    own = {account: _describe(profile) for account, profile in profiles.own().items()}
    return FoundProfiles(**msgspec.structs.asdict(_describe(profiles.default)), accounts=own)


def _set(world: World, request: SetProfile) -> EmptyResponse:
    account, own = request.account, world.store.profiles.own()
    if account is not None and account not in own and len(own) >= MAX_ACCOUNTS:
        raise Refused(f"{MAX_ACCOUNTS} accounts have profiles of their own already", 409)
    first = world.store.profiles.default
    profile = Profile(
        request.profile,
        first.seed if request.seed is None else request.seed,
        first.duplicates if request.duplicates is None else request.duplicates,
        salt=account if account is not None and request.seed is None else "",
    )
    world.set_profile(profile, account)
    return EmptyResponse()


def _join(_: EmptyRequest, found: list[FoundProfiles]) -> FoundProfiles:
    own = {account: profile for each in found for account, profile in each.accounts.items()}
    return msgspec.structs.replace(found[0], accounts=own)


GET_PROFILE = Route(
    "GET",
    "/profile",
    "Return the profile, and those of accounts that have one of their own",
    _read,
    EmptyRequest,
    FoundProfiles,
    command="profile",
    python="control.profiles()",
    across=across.joined(_join),
)
SET_PROFILE = Route(
    "POST",
    "/profile",
    "Set the profile of one account, or of all: strict, relaxed or realistic",
    _set,
    SetProfile,
    EmptyResponse,
    command="profile realistic --account 123456789012 --seed 7 --duplicates 0.3",
    python='control.of("123456789012").set_profile("realistic", seed=7, duplicates=0.3)',
    example={"profile": "realistic", "account": "123456789012", "seed": 7, "duplicates": 0.3},
    across=across.CHANGED,
)

ROUTES = (GET_PROFILE, SET_PROFILE)
