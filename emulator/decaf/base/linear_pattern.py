"""Regular expressions from outside, of those only that are matched in linear time.

Python tries all ways in which the repeats of an expression can share a text among them, one after the other, and the
event loop stands meanwhile. Rule: the number of ways is known before a text is, and an expression with too many, or
with a number that depends on the text, is refused. A repeat at the end can be unbounded: nothing follows that could
fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined]
_constants: Any = re._constants  # type: ignore[attr-defined]

MOST_STEPS = 5_000  # at one place of a text
_GREEDY_OR_LAZY = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT})
_MOST_REPEATS = 1_000

Items = Sequence[tuple[Any, Any]]  # operators with their arguments, as Python's own parser returns them


class NotLinear(ValueError):
    """An expression that may take longer than linear time; the text says how to change it."""


def compile_linear(expression: str) -> re.Pattern[str]:
    """Returns the compiled expression. Raises re.error, or NotLinear."""
    try:
        items = _parser.parse(expression)
        if _ways(items, at_end=True) * _length(items) > MOST_STEPS:
            raise NotLinear("its repeats must have limits, such as {1,64} in place of + and *, and few ways to match")
        return re.compile(expression)
    except (RecursionError, OverflowError):
        raise NotLinear("it is too complex") from None


def _ways(items: Items, at_end: bool) -> float:
    """Returns in how many ways `items` can match at one place, at most."""
    ways, last = 1.0, len(items) - 1
    for place, (operator, argument) in enumerate(items):
        ways *= _ways_of(operator, argument, at_end and place == last)
    return ways


def _ways_of(operator: Any, argument: Any, at_end: bool) -> float:
    if operator in _GREEDY_OR_LAZY:
        low, high, body = argument
        inner = _ways(body, at_end=False)
        if at_end and inner == 1:
            return 1.0  # the first way succeeds
        if high > _MOST_REPEATS:
            return inf
        return float(sum(inner**count for count in range(low, high + 1)))
    if operator is _constants.BRANCH:
        return sum(_ways(each, at_end) for each in argument[1])
    if operator in (_constants.ASSERT, _constants.ASSERT_NOT):
        return _ways(argument[1], at_end=False)
    if operator is _constants.SUBPATTERN or operator is _constants.ATOMIC_GROUP:
        return _ways(argument[-1] if operator is _constants.SUBPATTERN else argument, at_end)
    return inf if operator in (_constants.GROUPREF, _constants.GROUPREF_EXISTS) else 1.0


def _length(items: Items) -> float:
    """Returns how many characters `items` read, at most; of an unbounded repeat those that it needs."""
    return sum(_length_of(operator, argument) for operator, argument in items)


def _length_of(operator: Any, argument: Any) -> float:
    if operator in _GREEDY_OR_LAZY:
        low, high, body = argument
        return float(max(1, low if high > _MOST_REPEATS else high)) * _length(body)
    children: dict[Any, Callable[[], float]] = {
        _constants.BRANCH: lambda: sum(map(_length, argument[1])),
        _constants.ASSERT: lambda: _length(argument[1]),
        _constants.ASSERT_NOT: lambda: _length(argument[1]),
        _constants.SUBPATTERN: lambda: _length(argument[-1]),
        _constants.ATOMIC_GROUP: lambda: _length(argument),
    }
    return children.get(operator, lambda: 1.0)()
