"""The rules in force: which of them fire, and how often they have.

Rule: rules are tried in the order in which they were set. Each has its own count of matches and its own random
source, so with a seed a run repeats, whatever other rules there are.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
from msgspec import Meta

from decaf.base.events import Events, FaultInjected
from decaf.faults.checks import BadFault, check, kind_of
from decaf.faults.effects import Count, Effect, Seconds
from decaf.faults.match import Context, Match


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a fault fires: at the `nth` match (the first is 1) or matches, or with a `probability`; else at each match.

    It fires at most `count` times, and for `expires_in` seconds on the server's clock.
    """

    nth: Count | list[Count] | None = None
    probability: Annotated[float, Meta(ge=0, le=1)] | None = None
    count: Count | None = None
    expires_in: Seconds | None = None

    def __post_init__(self) -> None:
        if self.nth is not None and self.probability is not None:
            raise ValueError("give either nth or probability")


@dataclass(slots=True, eq=False)
class Rule:
    """One fault, and how often it `matched` and `fired`. Times are epoch seconds."""

    id: str
    match: Match
    effect: Effect
    when: When
    expires_at: float | None
    chance: random.Random = field(repr=False)
    matched: int = 0
    fired: int = 0

    def fits(self, context: Context, now: float) -> bool:
        """Whether it is for `context`, and still in force at `now`."""
        if self.expires_at is not None and now >= self.expires_at:
            return False
        if self.when.count is not None and self.fired >= self.when.count:
            return False
        return kind_of(self.match, self.effect) == context.kind and self.match.fits(context)

    def hits(self) -> bool:
        """Count one more match, and return whether the rule fires at it."""
        self.matched += 1
        nth, probability = self.when.nth, self.when.probability
        if nth is not None:
            hit = self.matched == nth if isinstance(nth, int) else self.matched in nth
        else:
            hit = probability is None or self.chance.random() < probability
        self.fired += hit
        return hit


_START = "fault-"


def next_id(used: Iterable[str]) -> str:
    """Returns the id after those that were used."""
    return f"{_START}{max(map(_number, used), default=0) + 1}"


def _number(rule_id: str) -> int:
    number = rule_id.removeprefix(_START)
    return int(number) if number.isdecimal() else 0


class Hit(msgspec.Struct, frozen=True):
    """A rule that fired, and the call or delivery that it hit: the subject of FaultInjected."""

    rule: Rule
    context: Context


class Faults:
    """All rules, in the order in which they were set. With `seed` None, random numbers are the operating system's."""

    __slots__ = ("_count", "_events", "_seed", "_sources", "rules")

    def __init__(self, events: Events, seed: int | None) -> None:
        self.rules: list[Rule] = []
        self._events = events
        self._seed = seed
        self._count = 0
        self._sources = 0  # random sources made so far

    def add(self, match: Match, effect: Effect, when: When, now: float, rule_id: str | None = None) -> Rule:
        """Put a rule in force. Raises BadFault for one that could never fire, or whose id is another's."""
        check(match, effect)
        if rule_id in [rule.id for rule in self.rules]:
            raise BadFault(f"there is a fault {rule_id} already")
        name = rule_id or next_id([f"{_START}{self._count}", *(rule.id for rule in self.rules)])
        self._count = max(self._count, _number(name))
        expires_at = None if when.expires_in is None else now + when.expires_in
        rule = Rule(name, match, effect, when, expires_at, self._source())
        self.rules.append(rule)
        return rule

    def remove(self, rule_id: str) -> bool:
        """Remove a rule; return whether there was one with that id."""
        found = [rule for rule in self.rules if rule.id != rule_id]
        gone = len(found) < len(self.rules)
        self.rules = found
        return gone

    def reset(self, account: str | None = None) -> None:
        """Remove all rules, or those that are for one account only. When all are removed, ids start again at 1."""
        self.rules = [] if account is None else [rule for rule in self.rules if rule.match.owner != account]
        if account is None:
            self._count = self._sources = 0

    def seed(self, seed: int) -> None:
        """Start random numbers again, as if `seed` had been given before the rules in force were set."""
        self._seed = seed
        self._sources = 0
        for rule in self.rules:
            rule.chance = self._source()

    def _source(self) -> random.Random:
        self._sources += 1
        return random.Random(None if self._seed is None else f"{self._seed} {self._sources}")

    def hitting(self, context: Context, kinds: tuple[type[Effect], ...], now: float) -> Iterator[Rule]:
        """Yield the rules of these kinds that fire at `context`; one after the last that is read counts no match."""
        for rule in self.rules:
            if isinstance(rule.effect, kinds) and rule.fits(context, now) and rule.hits():
                if self._events.listeners:
                    self._events.emit(FaultInjected(now, context.target, Hit(rule, context)))
                yield rule
