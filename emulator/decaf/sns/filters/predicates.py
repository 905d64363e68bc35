"""Tests of one value of a field, made once for a condition.

Rule: case is folded and patterns are split when a test is made, not each time it runs. No test takes longer than a few
readings of the value: policies and messages come from clients.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

from decaf.sns.filters.candidates import Value, Word

Predicate = Callable[[Value], bool]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WILDCARD_TOKEN = re.compile(r"\\([*\\])|\*|.", re.DOTALL)


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
    tests = tuple(_like(_parts(pattern)) for pattern in patterns)
    return lambda value: isinstance(value, str) and any(test(value) for test in tests)


def in_network(network: Network) -> Predicate:
    """Returns the test for strings that are IP addresses in `network`."""

    def test(value: Value) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return test


def _parts(pattern: str) -> list[str]:
    """Returns the literal texts between the wildcards of `pattern`."""
    parts = [""]
    for found in _WILDCARD_TOKEN.finditer(pattern):
        if found[0] == "*":
            parts.append("")
        else:
            parts[-1] += found[1] or found[0]
    return parts


def _like(parts: list[str]) -> Callable[[str], bool]:
    """Returns the test for texts that consist of `parts` in this order with anything between them.

    Each part is taken where it is found first: a later place could only leave less for the rest. So a text is read
    once, however many wildcards there are.
    """
    if len(parts) == 1:
        return parts[0].__eq__
    first, *middle, last = parts

    def test(text: str) -> bool:
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return False
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return test
