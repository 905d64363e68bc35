"""The conditions of a filter policy on one key, compiled into one test of the key's values.

Rule: one value that satisfies one condition is enough, for anything-but too. A key that is absent satisfies
{"exists": false} and nothing else.
Sources: SNS Developer Guide, "String value matching", "Key matching"; for errors, the event ruler.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

import msgspec

from decaf.sns.filters.candidates import Value, comparable
from decaf.sns.filters.numeric import check_bounds, read_numeric
from decaf.sns.filters.predicates import (
    Network,
    Predicate,
    ends_with,
    equals_ignore_case,
    in_network,
    is_present,
    like,
    none_of,
    opposite,
    starts_with,
)
from decaf.sns.filters.tokens import FilterPolicyError, Tokens

Test = Callable[[tuple[Value, ...]], bool]  # called with the values of a key, none if it is absent

_SHOWN = 80  # characters
MAX_STARS = 3  # in one wildcard pattern
TOO_COMPLEX = "Filter policy is too complex"

_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"  # the event ruler has this text for anything-but as well
_SCALARS = frozenset({"string", "number", "true", "false", "null"})


class Clause(msgspec.Struct, frozen=True):
    """The conditions on one key, `depth` keys down: `size` is their number, `patterns` the points of each wildcard.

    `values` are those of which the key must have one, None if other values can satisfy it as well. `wanted` has the
    conditions for people: be in ["hot"].
    """

    test: Test
    values: frozenset[Value] | None
    depth: int
    size: int
    patterns: tuple[int, ...]
    wanted: str


class _Conditions:
    """The conditions read so far: exact values, tests of values, whether absence matches, the points of wildcards."""

    def __init__(self) -> None:
        self.exact: set[Value] = set()
        self.tests: list[Predicate] = []
        self.absent = False
        self.size = 0
        self.patterns: list[int] = []


def read_clause(tokens: Tokens, depth: int) -> Clause:
    """Read the array of conditions whose [ was just pulled, up to its ]. Raises FilterPolicyError."""
    found = _Conditions()
    start = tokens.start
    while (kind := tokens.pull()) != "]":
        found.size += 1
        if kind == "{":
            _read_expression(tokens, found)
        elif kind in _SCALARS:
            found.exact.add(comparable(tokens.value()))
        else:
            tokens.refuse("Match value must be String, number, true, false, or null")
    if not found.size:
        tokens.refuse("Empty arrays are not allowed")
    values = None if found.tests or found.absent else frozenset(found.exact)
    wanted = f"{'match' if values is None else 'be in'} {shortened(tokens.since(start))}"
    return Clause(_combine(found), values, depth, found.size, tuple(found.patterns), wanted)


def shortened(text: str) -> str:
    """Returns the start of a long text, to be shown to people."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _combine(found: _Conditions) -> Test:
    exact, tests, absent = frozenset(found.exact), tuple(found.tests), found.absent
    if not tests and not absent:
        return lambda values: not exact.isdisjoint(values)

    def test(values: tuple[Value, ...]) -> bool:
        if not values:
            return absent
        for value in values:
            if value in exact:
                return True
            for satisfies in tests:
                if satisfies(value):
                    return True
        return False

    return test


def _read_expression(tokens: Tokens, found: _Conditions) -> None:
    if tokens.pull() != "name":
        tokens.refuse("Match expression name not found")
    name = tokens.value()
    read = _OPERATORS.get(name)
    if read is None:
        tokens.refuse(f"Unrecognized match type {name}")
    read(tokens, found)


def _close(tokens: Tokens, text: str = _ONE_KEY) -> None:
    if tokens.pull() != "}":
        tokens.refuse(text)


def _string(tokens: Tokens, name: str) -> str:
    """Returns the string just pulled."""
    if tokens.kind != "string":
        tokens.refuse(f"{name} match pattern must be a string")
    return str(tokens.value())


# --- strings -----------------------------------------------------------------------------------------------


def _read_exactly(tokens: Tokens, found: _Conditions) -> None:
    tokens.pull()
    found.exact.add(_string(tokens, "exact"))
    _close(tokens)


def _read_prefix(tokens: Tokens, found: _Conditions) -> None:
    found.tests.append(_read_affix(tokens, "prefix", starts_with))


def _read_suffix(tokens: Tokens, found: _Conditions) -> None:
    found.tests.append(_read_affix(tokens, "suffix", ends_with))


def _read_affix(tokens: Tokens, name: str, test: Callable[[tuple[str, ...], bool], Predicate]) -> Predicate:
    any_case = tokens.pull() == "{"
    if any_case:
        if tokens.pull() != "name":
            tokens.refuse(f"{name.capitalize()} expression name not found")
        inner = tokens.value()
        if inner != "equals-ignore-case":
            tokens.refuse(f"Unsupported {name} pattern: {inner}")
        tokens.pull()
    affix = _string(tokens, "equals-ignore-case" if any_case else name)
    _close(tokens)
    if any_case:
        _close(tokens)
    return test((affix,), any_case)


def _read_equals_ignore_case(tokens: Tokens, found: _Conditions) -> None:
    tokens.pull()
    found.tests.append(equals_ignore_case((_string(tokens, "equals-ignore-case"),)))
    _close(tokens)


def _read_wildcard(tokens: Tokens, found: _Conditions) -> None:
    tokens.pull()
    pattern = _string(tokens, "wildcard")
    stars = _check_wildcard(tokens, pattern)
    found.patterns.append(1 if stars == 1 else 3 * stars)  # "Filter policy constraints": points of complexity
    found.tests.append(like((pattern,)))
    _close(tokens)


def _check_wildcard(tokens: Tokens, pattern: str) -> int:
    """Returns the number of wildcards in `pattern`. Raises FilterPolicyError for one that SNS refuses."""
    stars = 0
    quoted = f'"{pattern}"'  # positions count from the opening quote
    for found in re.finditer(r"\\[*\\]|\*\*|\*|\\", quoted):
        if found.group() == "**":
            tokens.refuse(f"Consecutive wildcard characters at pos {found.start()}")
        if found.group() == "\\":
            tokens.refuse(f"Invalid escape character at pos {found.start()}")
        stars += found.group() == "*"
    if stars > MAX_STARS:
        raise FilterPolicyError(TOO_COMPLEX)
    return stars


def _read_numeric(tokens: Tokens, found: _Conditions) -> None:
    found.tests.append(read_numeric(tokens))
    _close(tokens, _TOO_MANY)


# --- anything-but ------------------------------------------------------------------------------------------

_NEGATED: dict[str, Callable[[tuple[str, ...]], Predicate]] = {
    "prefix": starts_with,
    "suffix": ends_with,
    "equals-ignore-case": equals_ignore_case,
    "wildcard": like,
}


def _read_anything_but(tokens: Tokens, found: _Conditions) -> None:
    kind = tokens.pull()
    if kind == "{":
        found.tests.append(_read_negated(tokens, found))
    elif kind in ("[", "string", "number"):
        found.tests.append(none_of(_read_values(tokens)))
    else:
        tokens.refuse("Value of anything-but must be an array or single string/number value.")
    _close(tokens, _TOO_MANY)


def _read_values(tokens: Tokens) -> list[Value]:
    if tokens.kind != "[":
        return [_comparable(tokens)]
    values: list[Value] = []
    while tokens.pull() != "]":
        if tokens.kind not in ("string", "number"):
            tokens.refuse("Inside anything but list, start|null|boolean is not supported.")
        values.append(_comparable(tokens))
    if len({isinstance(value, str) for value in values}) != 1:
        tokens.refuse("Inside anything but list, either all values are number or string, mixed type is not supported")
    return values


def _comparable(tokens: Tokens) -> Value:
    """Returns the string or number just pulled."""
    value = comparable(tokens.value())
    return check_bounds(tokens, value) if isinstance(value, int | float) else value


def _read_negated(tokens: Tokens, found: _Conditions) -> Predicate:
    if tokens.pull() != "name":
        tokens.refuse("Anything-But expression name not found")
    name = str(tokens.value())
    if name not in _NEGATED:
        tokens.refuse(f"Unsupported anything-but pattern: {name}")
    texts = _read_texts(tokens, name)
    if name == "wildcard":
        for text in texts:
            _check_wildcard(tokens, text)
            found.patterns.append(1)
    _close(tokens, _TOO_MANY)
    return opposite(_NEGATED[name](texts))


def _read_texts(tokens: Tokens, name: str) -> tuple[str, ...]:
    """Read a string or an array of strings."""
    texts = []
    if tokens.pull() == "[":
        while tokens.pull() != "]":
            texts.append(_negated_string(tokens, name))
    else:
        texts.append(_negated_string(tokens, name))
    if name in ("prefix", "suffix") and "" in texts:
        tokens.refuse("Null prefix/suffix not allowed")
    return tuple(texts)


def _negated_string(tokens: Tokens, name: str) -> str:
    if name == "equals-ignore-case" and tokens.kind != "string":
        tokens.refuse("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")
    return _string(tokens, name)


# --- presence, addresses -----------------------------------------------------------------------------------


def _read_exists(tokens: Tokens, found: _Conditions) -> None:
    if tokens.pull() not in ("true", "false"):
        tokens.refuse("exists match pattern must be either true or false.")
    if tokens.kind == "true":
        found.tests.append(is_present)
    else:
        found.absent = True
    _close(tokens)


def _read_cidr(tokens: Tokens, found: _Conditions) -> None:
    tokens.pull()
    found.tests.append(in_network(_network(_string(tokens, "prefix"))))
    _close(tokens)


def _network(text: str) -> Network:
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:
        raise FilterPolicyError("Malformed CIDR, one '/' required")
    if re.fullmatch(r"[+-]?[0-9]+", parts[1]) is None:
        raise FilterPolicyError("Malformed CIDR, mask bits must be an integer")
    bits = int(parts[1])
    if bits < 0:
        raise FilterPolicyError("Malformed CIDR, mask bits must not be negative")
    try:
        address = ipaddress.ip_address(parts[0])
    except ValueError:
        raise FilterPolicyError(f"Nonstandard IP address: {parts[0]}") from None
    if bits >= address.max_prefixlen:
        raise FilterPolicyError(f"IPv{address.version} mask bits must be < {address.max_prefixlen}")
    return ipaddress.ip_network((address, bits), strict=False)


_OPERATORS: dict[str, Callable[[Tokens, _Conditions], None]] = {
    "exactly": _read_exactly,
    "prefix": _read_prefix,
    "suffix": _read_suffix,
    "equals-ignore-case": _read_equals_ignore_case,
    "wildcard": _read_wildcard,
    "numeric": _read_numeric,
    "anything-but": _read_anything_but,
    "exists": _read_exists,
    "cidr": _read_cidr,
}
