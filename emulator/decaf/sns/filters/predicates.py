"""Tests of one value of a field, made once for a condition.

Rule: case is folded and patterns are compiled when a test is made, not each time it runs.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

from decaf.sns.filters.candidates import Value, Word

Predicate = Callable[[Value], bool]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_present(value: Value) -> bool:
    """Whether a value makes its key exist: "Key matching" wants it neither null nor empty."""
    return value is not Word.NULL and value != ""


def none_of(excluded: Iterable[Value]) -> Predicate:
    """Returns the test for any value of any type but those `excluded`."""
    values = frozenset(excluded)
    return lambda value: value not in values


def opposite(predicate: Predicate) -> Predicate:
    """Returns the test for any value of any type that does not satisfy `predicate`."""
    return lambda value: not predicate(value)


def starts_with(prefixes: tuple[str, ...], any_case: bool = False) -> Predicate:
    """Returns the test for strings that begin with one of `prefixes`."""
    if any_case:
        lowered = tuple(map(str.lower, prefixes))
        return lambda value: isinstance(value, str) and value.lower().startswith(lowered)
    return lambda value: isinstance(value, str) and value.startswith(prefixes)


def ends_with(suffixes: tuple[str, ...], any_case: bool = False) -> Predicate:
    """Returns the test for strings that end with one of `suffixes`."""
    if any_case:
        lowered = tuple(map(str.lower, suffixes))
        return lambda value: isinstance(value, str) and value.lower().endswith(lowered)
    return lambda value: isinstance(value, str) and value.endswith(suffixes)


def equals_ignore_case(texts: Iterable[str]) -> Predicate:
    """Returns the test for strings that equal one of `texts` but for case."""
    lowered = frozenset(text.lower() for text in texts)
    return lambda value: isinstance(value, str) and value.lower() in lowered


def like(patterns: Iterable[str]) -> Predicate:
    r"""Returns the test for strings that match a wildcard pattern: * is any characters, \* and \\ are literal."""
    parts = [re.sub(r"\\([*\\])|(\*)|(.)", _translate, pattern, flags=re.DOTALL) for pattern in patterns]
    matches = re.compile("|".join(parts), re.DOTALL).fullmatch
    return lambda value: isinstance(value, str) and matches(value) is not None


def in_network(network: Network) -> Predicate:
    """Returns the test for strings that are IP addresses in `network`."""

    def test(value: Value) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return test


def _translate(found: re.Match[str]) -> str:
    return ".*" if found[2] else re.escape(found[1] or found[3])
