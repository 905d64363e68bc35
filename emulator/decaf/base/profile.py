"""Profiles: how much of what AWS does an account sees, from exact queues to what AWS only promises.

- strict: AWS's rules and limits, and queues that are exact. The default.
- relaxed: strict, without AWS's two waits of a minute: between two purges, and before the name of a deleted queue is
  free again.
- realistic: strict, and of what AWS does not promise, as little as it promises. Some messages of a standard queue come
  twice, and in another order; a short poll asks some of the servers; changes take a while; counts are approximate.

Rule: chance is drawn from the profile's seed, and from the names and numbers of what it is for. So the same run
repeats, whatever other accounts and queues do.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Literal, get_args

import msgspec
from msgspec.structs import replace

from decaf.base.events import StateKind

ProfileName = Literal["strict", "relaxed", "realistic"]
PROFILES: tuple[str, ...] = get_args(ProfileName)

# The profile of an account, which is the key, has changed.
PROFILE_STATE: StateKind[str] = StateKind("profile")


class Profile(msgspec.Struct, frozen=True):
    """A profile. `duplicates` is the share of a standard queue's messages that come twice, if it is realistic.

    `salt` distinguishes accounts that have the same seed.
    """

    name: ProfileName = "strict"
    seed: int = 0
    duplicates: float = 0.3
    salt: str = ""

    @property
    def is_realistic(self) -> bool:
        return self.name == "realistic"

    def cooldown(self, seconds: float) -> float:
        """Returns how long one of AWS's waits of `seconds` is."""
        return 0.0 if self.name == "relaxed" else seconds

    def draw(self, *what: str | float) -> random.Random:
        """Returns a random source for one question, `what`: always the same source for the same question."""
        return random.Random("/".join(map(str, (self.seed, self.salt, *what))))


class Profiles:
    """The profiles of all accounts: `default`, for those that were given none of their own."""

    __slots__ = ("_first", "_own", "default")

    def __init__(self, default: Profile | None = None) -> None:
        self.default = self._first = default or Profile()
        self._own: dict[str, Profile] = {}

    def of(self, account: str) -> Profile:
        """Returns the profile of an account. By default each has its own chance, from the same seed."""
        return self._own.get(account) or replace(self.default, salt=account)

    def own(self) -> Mapping[str, Profile]:
        """Returns the profiles of the accounts that were given one."""
        return self._own

    def set(self, profile: Profile, account: str | None = None) -> None:
        """Set the profile of an account, or of all that were given none."""
        if account is None:
            self.default = profile
        else:
            self._own[account] = profile

    def forget(self, account: str | None = None) -> None:
        """Forget the profile that an account was given, or all that were set since the start."""
        if account is None:
            self._own.clear()
            self.default = self._first
        else:
            self._own.pop(account, None)
