"""Patterns of policies: texts with `*` (any characters), `?` (any one) and variables (`${aws:username}`).

Rule: a pattern is read once, and matched in a time that grows with its length and the text's, never with the number of
ways in which its wildcards can share the text. What a variable stands for is a plain text: a `*` in it is a character.

Source: IAM User Guide, "IAM policy elements: Variables and tags" and "Resource".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from itertools import groupby

import msgspec

Context = Mapping[str, str | tuple[str, ...]]  # the values of condition keys, by name in lower case

_VARIABLE = re.compile(r"\$\{([^{}]{0,256})\}")
_ESCAPED = {"*": "*", "?": "?", "$": "$"}  # ${*}, ${?} and ${$} are the characters themselves
_ARN_PARTS = 6


class Wildcard(Enum):
    ANY = "*"
    ONE = "?"


class Variable(msgspec.Struct, frozen=True):
    """The value of a condition key, or `default`; the pattern matches nothing where there is neither."""

    key: str
    default: str | None


Character = str | Wildcard  # one character, or a wildcard
Part = Character | Variable


class NoValue(Exception):
    """A variable has no value in the request."""


class Pattern(msgspec.Struct, frozen=True):
    """A pattern in its parts; `keys` are the condition keys that its variables name."""

    parts: tuple[Part, ...]
    keys: frozenset[str]

    def characters(self, context: Context) -> tuple[Character, ...]:
        """Returns the pattern with the variables' values in their places. Raises NoValue."""
        if not self.keys:
            return self.parts  # type: ignore[return-value]  # there is no Variable among them
        return tuple(character for part in self.parts for character in _characters(part, context))


def read_pattern(text: str, variables: bool, wildcards: bool = True) -> Pattern:
    """Returns the pattern in `text`. In policies of the older version `${` is text, and there are no `variables`."""
    parts: list[Part] = []
    place = 0
    for found in _VARIABLE.finditer(text) if variables else ():
        parts += _plain(text[place : found.start()], wildcards)
        parts.append(_read_variable(found[1]))
        place = found.end()
    parts += _plain(text[place:], wildcards)
    return Pattern(tuple(parts), frozenset(part.key for part in parts if isinstance(part, Variable)))


def _plain(text: str, wildcards: bool) -> Iterable[Character]:
    return (Wildcard(each) if wildcards and each in "*?" else each for each in text)


def _read_variable(inside: str) -> Part:
    if inside in _ESCAPED:
        return _ESCAPED[inside]
    key, comma, default = inside.partition(",")
    text = default.strip()
    quoted = comma and len(text) > 1 and text[0] == text[-1] == "'"
    return Variable(key.strip().lower(), text[1:-1] if quoted else None)


def _characters(part: Part, context: Context) -> Iterable[Character]:
    if not isinstance(part, Variable):
        return (part,)
    value = context.get(part.key, part.default)
    if not isinstance(value, str):  # none, or several, of which none is meant more than the others
        raise NoValue(part.key)
    return value


def matches(characters: Sequence[Character], text: str) -> bool:
    """Returns whether a pattern without variables matches all of `text`."""
    segments = _split(characters, Wildcard.ANY)
    first, last = segments[0], segments[-1]
    if len(segments) == 1:
        return len(first) == len(text) and _fits(first, text, 0)
    if len(first) + len(last) > len(text) or not _fits(first, text, 0):
        return False
    end = len(text) - len(last)
    place = len(first)
    for segment in segments[1:-1]:
        place = _find(segment, text, place, end)
        if place < 0:
            return False
    return _fits(last, text, end)


def matches_arn(characters: Sequence[Character], text: str) -> bool:
    """Returns whether the ARN `text` matches, each of its six parts for itself.

    A pattern of fewer parts matches where its last one ends with `*`, which then stands for the rest.
    """
    wanted = _split_arn(characters)
    parts = text.split(":", len(wanted) - 1)
    if len(wanted) < _ARN_PARTS and wanted[-1][-1:] != (Wildcard.ANY,):
        return False
    return len(parts) == len(wanted) and all(map(matches, wanted, parts))


def _split_arn(characters: Sequence[Character]) -> list[tuple[Character, ...]]:
    parts: list[tuple[Character, ...]] = []
    rest = tuple(characters)
    while len(parts) < _ARN_PARTS - 1 and ":" in rest:
        colon = rest.index(":")
        parts.append(rest[:colon])
        rest = rest[colon + 1 :]
    return [*parts, rest]


def _split(characters: Sequence[Character], at: Wildcard) -> list[list[Character]]:
    segments: list[list[Character]] = [[]]
    for is_separator, run in groupby(characters, lambda character: character is at):
        if is_separator:
            segments.append([])
        else:
            segments[-1] += run
    return segments


def _fits(segment: Sequence[Character], text: str, place: int) -> bool:
    """Returns whether a segment, in which there is no `*`, is in `text` at `place`."""
    return all(
        wanted is Wildcard.ONE or wanted == character
        for wanted, character in zip(segment, text[place : place + len(segment)], strict=True)
    )


def _find(segment: Sequence[Character], text: str, start: int, end: int) -> int:
    """Returns where a segment ends that is in `text` between `start` and `end`, at its first place; -1 for nowhere."""
    if Wildcard.ONE not in segment:
        found = text.find("".join(map(str, segment)), start, end)
        return found if found < 0 else found + len(segment)
    places: Callable[[int], bool] = lambda place: _fits(segment, text, place)  # noqa: E731
    return next((place + len(segment) for place in range(start, end - len(segment) + 1) if places(place)), -1)
