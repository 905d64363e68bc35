"""The numeric conditions of a filter policy: {"numeric": [">", 0, "<=", 150]}.

Rule: numbers from -10^9 to 10^9 can be compared; beyond that, one in a policy is refused, one in a message matches
nothing. Sources: SNS Developer Guide, "Numeric value matching"; the error texts are those of the real service.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from decaf.sns.filters.candidates import comparable
from decaf.sns.filters.predicates import Predicate
from decaf.sns.filters.tokens import Tokens

MOST = 10**9

_Comparison = Callable[[Any, Any], bool]
_ABOVE: dict[str, _Comparison] = {">": operator.gt, ">=": operator.ge}
_BELOW: dict[str, _Comparison] = {"<": operator.lt, "<=": operator.le}


def read_numeric(tokens: Tokens) -> Predicate:
    """Read the array that comes next, up to its ]. Raises FilterPolicyError."""
    if tokens.pull() != "[":
        tokens.refuse("Value of numeric must be an array.")
    if tokens.pull() != "string":
        tokens.refuse(f"Invalid member in numeric match: {tokens.source}")
    sign = str(tokens.value())
    tokens.pull()
    if sign == "=":
        number = _read_last(tokens, "equals")
        return between(operator.ge, number, operator.le, number)
    if sign in _BELOW:
        return between(operator.ge, -MOST, _BELOW[sign], _read_last(tokens, sign))
    if sign not in _ABOVE:
        tokens.refuse(f"Unrecognized numeric range operator: {sign}")
    return _read_range(tokens, sign)


def between(above: _Comparison, low: float, below: _Comparison, high: float) -> Predicate:
    """Returns the test for numbers for which both `above(number, low)` and `below(number, high)` are true."""
    return lambda value: isinstance(value, int | float) and above(value, low) and below(value, high)


def check_bounds(tokens: Tokens, number: float) -> float:
    """Returns `number`. Raises FilterPolicyError if it is out of bounds."""
    if not -MOST <= number <= MOST:
        tokens.refuse("Value must be between -1.0E9 and 1.0E9, inclusive")
    return number


def _read_range(tokens: Tokens, sign: str) -> Predicate:
    bottom = _number(tokens, sign)
    if tokens.pull() == "]":
        return between(_ABOVE[sign], check_bounds(tokens, bottom), operator.le, MOST)
    if tokens.kind != "string":
        tokens.refuse(f"Bad value in numeric range: {tokens.source}")
    upper = str(tokens.value())
    if upper not in _BELOW:
        tokens.refuse(f"Bad numeric range operator: {upper}")
    tokens.pull()
    top = _number(tokens, upper)
    if tokens.pull() != "]":
        tokens.refuse("Too many terms in numeric range expression")
    if not check_bounds(tokens, bottom) < check_bounds(tokens, top):
        tokens.refuse("Bottom must be less than top")
    return between(_ABOVE[sign], bottom, _BELOW[upper], top)


def _read_last(tokens: Tokens, sign: str) -> float:
    number = _number(tokens, sign)
    if tokens.pull() != "]":
        tokens.refuse("Too many elements in numeric expression")
    return check_bounds(tokens, number)


def _number(tokens: Tokens, sign: str) -> float:
    """Returns the number just pulled."""
    value = comparable(tokens.value()) if tokens.kind == "number" else None
    if not isinstance(value, int | float):
        tokens.refuse(f"Value of {sign} must be numeric")
    return value
