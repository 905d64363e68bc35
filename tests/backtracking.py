"""How many steps Python's regular expressions take, counted: the same search, one alternative after the other.

Rule: it tries what the real engine tries, in the same order. So a text that takes four times the steps when it is
twice as long takes four times the time as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined]
_c: Any = re._constants  # type: ignore[attr-defined]

Items = Sequence[tuple[Any, Any]]
Then = Callable[[int], bool]


def parsed(pattern: re.Pattern[str]) -> Items:
    """Returns the operators of a compiled pattern."""
    items: Items = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    return items


class TooManySteps(Exception):
    """The budget is spent."""


class Counted:
    """One pattern on one text. `steps` are those taken so far; more than `budget` raise TooManySteps."""

    def __init__(self, pattern: re.Pattern[str], text: str, budget: float = inf) -> None:
        self._budget = budget
        self._items = parsed(pattern)
        self._text = text
        self._dot_all = bool(pattern.flags & re.DOTALL)
        self._end = 0
        self.steps = 0

    def match(self, at: int = 0, whole: bool = False) -> bool:
        def end(reached: int) -> bool:
            self._end = reached
            return not whole or reached == len(self._text)

        return self._match(self._items, 0, at, end)

    def find_all(self) -> None:
        at = 0
        while at <= len(self._text):
            found = self.match(at)
            at = max(self._end, at + 1) if found else at + 1

    def _match(self, items: Items, place: int, at: int, then: Then) -> bool:
        if place == len(items):
            return then(at)
        self.steps += 1
        if self.steps > self._budget:
            raise TooManySteps
        operator, argument = items[place]
        rest: Then = lambda reached: self._match(items, place + 1, reached, then)  # noqa: E731
        if operator in _SINGLE:
            return at < len(self._text) and self._is_one(operator, argument, self._text[at]) and rest(at + 1)
        if operator is _c.AT:
            return self._is_at(argument, at) and rest(at)
        if operator in (_c.MAX_REPEAT, _c.MIN_REPEAT):
            return self._repeat(operator is _c.MAX_REPEAT, argument, 0, at, rest)
        if operator is _c.POSSESSIVE_REPEAT:
            low, high, body = argument
            count = 0
            while count < high and (reached := self._reach(body, at)) is not None and reached > at:
                at, count = reached, count + 1
            return count >= low and rest(at)
        if operator is _c.BRANCH:
            return any(self._match(each, 0, at, rest) for each in argument[1])
        if operator is _c.SUBPATTERN:
            return self._match(argument[-1], 0, at, rest)
        if operator is _c.ATOMIC_GROUP:
            reached = self._reach(argument, at)
            return reached is not None and rest(reached)
        if operator in (_c.ASSERT, _c.ASSERT_NOT):
            direction, body = argument
            begin = at if direction > 0 else at - body.getwidth()[0]
            holds = begin >= 0 and self._match(body, 0, begin, lambda _: True)
            return holds is (operator is _c.ASSERT) and rest(at)
        raise NotImplementedError(operator)

    def _repeat(self, greedy: bool, argument: Any, count: int, at: int, rest: Then) -> bool:
        low, high, body = argument
        self.steps += 1

        def more(reached: int) -> bool:
            return reached > at and self._repeat(greedy, argument, count + 1, reached, rest)

        goes_on: Callable[[], bool] = lambda: count < high and self._match(body, 0, at, more)  # noqa: E731
        ends: Callable[[], bool] = lambda: count >= low and rest(at)  # noqa: E731
        return goes_on() or ends() if greedy else ends() or goes_on()

    def _reach(self, body: Items, at: int) -> int | None:
        ends: list[int] = []
        found = self._match(body, 0, at, lambda reached: not ends.append(reached))  # type: ignore[func-returns-value]
        return ends[-1] if found else None

    def _is_one(self, operator: Any, argument: Any, one: str) -> bool:
        if operator is _c.ANY:
            return self._dot_all or one != "\n"
        if operator is _c.IN:
            negated = argument[0][0] is _c.NEGATE
            return any(self._is_one(kind, of, one) for kind, of in argument[int(negated) :]) is not negated
        if operator is _c.RANGE:
            return bool(argument[0] <= ord(one) <= argument[1])
        if operator is _c.CATEGORY:
            return re.match(_CATEGORIES[argument], one) is not None
        return (ord(one) == argument or ord(one.lower()) == argument) is (operator is _c.LITERAL)

    def _is_at(self, where: Any, at: int) -> bool:
        if where in (_c.AT_BEGINNING, _c.AT_BEGINNING_STRING):
            return at == 0
        if where in (_c.AT_END, _c.AT_END_STRING):
            return at == len(self._text)
        raise NotImplementedError(where)


_SINGLE = frozenset({_c.LITERAL, _c.NOT_LITERAL, _c.ANY, _c.IN})
_CATEGORIES = {
    _c.CATEGORY_DIGIT: r"\d",
    _c.CATEGORY_NOT_DIGIT: r"\D",
    _c.CATEGORY_SPACE: r"\s",
    _c.CATEGORY_NOT_SPACE: r"\S",
    _c.CATEGORY_WORD: r"\w",
    _c.CATEGORY_NOT_WORD: r"\W",
}
_SAMPLES = "a0A-_. :/\"'\\{}[]()*+@;,=#\n\t$%~é"


def characters(items: Items) -> list[str]:
    """Returns characters that stand for those that a pattern distinguishes."""
    found: dict[str, None] = {}
    for operator, argument in items:
        if operator is _c.LITERAL:
            found[chr(argument)] = None
        elif operator in _SINGLE:
            found |= dict.fromkeys([each for each in _SAMPLES if _sample_matches(operator, argument, each)][:2])
        elif operator is _c.BRANCH:
            for each in argument[1][:4]:
                found |= dict.fromkeys(characters(each))
        elif operator is not _c.AT:
            body = argument if operator is _c.ATOMIC_GROUP else argument[-1]
            found |= dict.fromkeys(characters(body))
    return list(found)


def example(items: Items, count: int) -> str:
    """Returns a text that matches, about, with unbounded repeats done `count` times."""
    parts = []
    for operator, argument in items:
        if operator is _c.LITERAL:
            parts.append(chr(argument))
        elif operator in _SINGLE:
            parts.append(next((each for each in _SAMPLES if _sample_matches(operator, argument, each)), ""))
        elif operator is _c.BRANCH:
            parts.append(example(argument[1][0], count))
        elif operator in (_c.MAX_REPEAT, _c.MIN_REPEAT, _c.POSSESSIVE_REPEAT):
            low, high, body = argument
            parts.append(example(body, 1) * max(low, min(high, count)))
        elif operator in (_c.SUBPATTERN, _c.ATOMIC_GROUP):
            parts.append(example(argument[-1] if operator is _c.SUBPATTERN else argument, count))
    return "".join(parts)


def _sample_matches(operator: Any, argument: Any, one: str) -> bool:
    return Counted(re.compile("", re.DOTALL), "")._is_one(operator, argument, one)
