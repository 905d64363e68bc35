"""The conditions of a policy's statement: all operators of IAM, on the condition keys of a request.

Rule: operators and their keys must all hold, of several values one. Where the request lacks the key, a positive
operator does not hold and a negated one does; `...IfExists` and `ForAllValues:` hold then, `ForAnyValue:` does not.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

import msgspec

from decaf.access.pattern import Character, Context, NoValue, matches, matches_arn, read_pattern
from decaf.base.policy import BadPolicy

T = TypeVar("T")

Test = Callable[[str, Context], bool]  # whether a value of the request is as the policy wants it
_MakeTest = Callable[[str, bool], tuple[Test, frozenset[str]]]  # of a value in the policy; whether it has variables
_NO_KEYS: frozenset[str] = frozenset()


class Of(Enum):
    """Which values of a key that may have several must be as wanted."""

    ONE = ""  # the only one
    ALL = "forallvalues:"
    ANY = "foranyvalue:"


class Condition(msgspec.Struct, frozen=True):
    """What one operator wants of one key (in lower case). `keys` are this and those that variables name."""

    key: str
    tests: tuple[Test, ...]
    negated: bool
    of: Of
    if_exists: bool
    keys: frozenset[str]

    def holds(self, context: Context) -> bool:
        value = context.get(self.key, ())
        if not value and not isinstance(value, str):
            return self.if_exists or self.of is Of.ALL or (self.negated and self.of is Of.ONE)
        values = (value,) if isinstance(value, str) else value
        if self.of is Of.ALL:
            return all(self._satisfies(each, context) for each in values)
        if self.of is Of.ANY:
            return any(self._satisfies(each, context) for each in values)
        return any(test(each, context) for each in values for test in self.tests) is not self.negated

    def _satisfies(self, value: str, context: Context) -> bool:
        return any(test(value, context) for test in self.tests) is not self.negated


class Absence(msgspec.Struct, frozen=True):
    """The operator Null: whether a key is absent."""

    key: str
    absent: frozenset[bool]
    keys: frozenset[str]

    def holds(self, context: Context) -> bool:
        return (not context.get(self.key)) in self.absent


def read_conditions(block: Any, variables: bool) -> tuple[Condition | Absence, ...]:
    """Returns the conditions in a statement's Condition. Raises BadPolicy for what is none, or an unknown operator."""
    if not isinstance(block, Mapping) or not all(isinstance(keys, Mapping) for keys in block.values()):
        raise BadPolicy
    return tuple(
        _read(name, key, _texts(values), variables) for name, keys in block.items() for key, values in keys.items()
    )


def _read(written: str, key: str, values: list[str], variables: bool) -> Condition | Absence:
    name = written.lower()
    key = key.lower()
    if name == "null":
        return Absence(key, frozenset(value.lower() == "true" for value in values), frozenset({key}))
    of = next(each for each in (Of.ALL, Of.ANY, Of.ONE) if name.startswith(each.value))
    name = name.removeprefix(of.value)
    if_exists = name.endswith("ifexists")
    known = _OPERATORS.get(name.removesuffix("ifexists"))
    if known is None:
        raise BadPolicy
    negated, make = known
    made = [make(value, variables) for value in values]
    keys = frozenset({key}).union(*(named for _, named in made))
    return Condition(key, tuple(test for test, _ in made), negated, of, if_exists, keys)


def _texts(values: Any) -> list[str]:
    """The values of a condition as texts: `true` and `5` are "true" and "5"."""
    if isinstance(values, list):
        return [text for value in values for text in _texts(value)]
    if isinstance(values, bool):
        return [str(values).lower()]
    if not isinstance(values, str | int | float):
        raise BadPolicy
    return [str(values)]


def _pattern(
    match: Callable[[tuple[Character, ...], str], bool], wildcards: bool, fold: Callable[[str], str] = str
) -> _MakeTest:
    """Returns the maker of tests by a pattern. Both sides are compared as `fold` makes them."""

    def make(wanted: str, variables: bool) -> tuple[Test, frozenset[str]]:
        pattern = read_pattern(wanted, variables, wildcards)

        def test(value: str, context: Context) -> bool:
            try:
                characters = pattern.characters(context)
            except NoValue:
                return False
            folded = tuple(fold(each) if isinstance(each, str) else each for each in characters)
            return match(folded, fold(value))

        return test, pattern.keys

    return make


def _equals(characters: tuple[Character, ...], text: str) -> bool:
    return "".join(map(str, characters)) == text


def _compared(read: Callable[[str], T | None], compare: Callable[[T, T], bool]) -> _MakeTest:
    """Returns the maker of tests that compare a request's value with the policy's, both read as what they are."""

    def make(wanted: str, _: bool) -> tuple[Test, frozenset[str]]:
        right = read(wanted)

        def test(value: str, context: Context) -> bool:
            left = read(value)
            return left is not None and right is not None and compare(left, right)

        return test, _NO_KEYS

    return make


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(text: str) -> Decimal | None:
    """Returns a time in epoch seconds: a date is its beginning, and a time without a zone is UTC's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _number(text)
    return Decimal((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_in(wanted: str, _: bool) -> tuple[Test, frozenset[str]]:
    """Returns the test whether an address is in the range (or is the address) `wanted`."""
    try:
        network = ip_network(wanted, strict=False)
    except ValueError:
        return (lambda value, context: False), _NO_KEYS

    def test(value: str, context: Context) -> bool:
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return test, _NO_KEYS


def _ordered(kind: str, read: Callable[[str], Any]) -> Iterable[tuple[str, tuple[bool, _MakeTest]]]:
    """Yields the six operators on values that have an order, by name."""
    yield f"{kind}equals", (False, _compared(read, operator.eq))
    yield f"{kind}notequals", (True, _compared(read, operator.eq))
    yield f"{kind}lessthan", (False, _compared(read, operator.lt))
    yield f"{kind}lessthanequals", (False, _compared(read, operator.le))
    yield f"{kind}greaterthan", (False, _compared(read, operator.gt))
    yield f"{kind}greaterthanequals", (False, _compared(read, operator.ge))


_SAME = _pattern(_equals, wildcards=False)
_SAME_LETTERS = _pattern(_equals, wildcards=False, fold=str.lower)
_LIKE = _pattern(matches, wildcards=True)
_ARN_LIKE = _pattern(matches_arn, wildcards=True)

# By name in lower case: whether the operator is negated, and the maker of its tests.
_OPERATORS: Mapping[str, tuple[bool, _MakeTest]] = {
    "stringequals": (False, _SAME),
    "stringnotequals": (True, _SAME),
    "stringequalsignorecase": (False, _SAME_LETTERS),
    "stringnotequalsignorecase": (True, _SAME_LETTERS),
    "stringlike": (False, _LIKE),
    "stringnotlike": (True, _LIKE),
    "arnequals": (False, _ARN_LIKE),
    "arnlike": (False, _ARN_LIKE),
    "arnnotequals": (True, _ARN_LIKE),
    "arnnotlike": (True, _ARN_LIKE),
    "bool": (False, _compared(_truth, operator.eq)),
    "binaryequals": (False, _compared(_bytes, operator.eq)),
    "ipaddress": (False, _is_in),
    "notipaddress": (True, _is_in),
    **dict(_ordered("numeric", _number)),
    **dict(_ordered("date", _moment)),
}
