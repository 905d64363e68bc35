"""A filter policy: its grammar of keys, its limits, and how it is matched with a message.

Compiled, a policy is a list of alternatives (one, unless it has $or); an alternative is a clause per path, and all
of them must be satisfied. Rule: of the objects in an array, all clauses must be satisfied by the same one.
Sources: SNS Developer Guide, "Filter policy constraints", "AND/OR logic"; answers of the real service; for arrays
the event ruler.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

from decaf.sns.filters.candidates import Candidates, Fields, Place, Value, Word
from decaf.sns.filters.conditions import TOO_COMPLEX, Clause, Test, read_clause, shortened
from decaf.sns.filters.tokens import FilterPolicyError, Tokens

Scope = Literal["MessageAttributes", "MessageBody"]

MAX_KEYS = 5
MAX_COMBINATIONS = 150
MAX_WILDCARD_POINTS = 100
MAX_BYTES = 262_144

# Words that make $or an ordinary key if an object within it has one of them as a key: operators, and reserved words.
_OPERATORS = {
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
}
_COMPARISONS = {"=", "<", "<=", ">", ">="}
_FOR_LATER = {"regex", "not-wildcard", "not-equals-ignore-case", "ip-address-in-range", "ip-address-not-in-range"}
_DATES = {"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"}
_RESERVED = frozenset(_OPERATORS | _COMPARISONS | _FOR_LATER | _DATES)

_Alternative = dict[str, Clause]  # by path


class FilterPolicy(msgspec.Struct, frozen=True, eq=False):
    """A compiled policy. `text` is the policy as it was set; each alternative has a test per path, sorted by path.

    `meaning` is the policy with its keys in order: policies with the same one and the same scope are equal.

    `needed` has, for each alternative, a path and the values of which a message must have one there; it is None if
    some alternative matches by other means only. `needs_no_more` is whether one of these values is enough. `wanted`
    has for each alternative what each path must have, for people.
    """

    text: str
    meaning: str
    scope: Scope
    alternatives: tuple[tuple[tuple[str, Test], ...], ...]
    needed: tuple[tuple[str, frozenset[Value]], ...] | None
    needs_no_more: bool
    wanted: tuple[dict[str, str], ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FilterPolicy) and (self.meaning, self.scope) == (other.meaning, other.scope)

    def __ne__(self, other: object) -> bool:  # a Struct has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash((self.meaning, self.scope))

    def matches(self, candidates: Candidates) -> bool:
        """Whether the message satisfies one of the alternatives."""
        fields = self._fields(candidates)
        if fields is None:
            return False
        if fields.places:
            return any(_same_element(alternative, fields, ()) for alternative in self.alternatives)
        get = fields.values.get
        for alternative in self.alternatives:
            for path, test in alternative:
                if not test(get(path, ())):
                    break
            else:
                return True
        return False

    def mismatch(self, candidates: Candidates) -> str | None:
        """Returns what each alternative finds wrong, for people to read: kind=cold is not in ["hot"].

        None if the policy matches.
        """
        if self.matches(candidates):
            return None
        fields = self._fields(candidates)
        if fields is None:
            on_body = self.scope == "MessageBody"
            return "the body is not a JSON object" if on_body else "the message has no attributes"
        found = (_unsatisfied(*each, fields) for each in zip(self.alternatives, self.wanted, strict=True))
        return ", and ".join(dict.fromkeys(found))

    def _fields(self, candidates: Candidates) -> Fields | None:
        return candidates.body_fields if self.scope == "MessageBody" else candidates.attribute_fields


def clears(text: str) -> bool:
    """Whether setting `text` takes a subscription's filter policy away: it is empty, or an empty object."""
    return "".join(text.split()) in ("", "{}")


def compile_policy(text: str, scope: Scope) -> FilterPolicy:
    """Returns the compiled policy. Raises FilterPolicyError, with AWS's text, for one that SNS refuses."""
    if len(text.encode()) > MAX_BYTES:
        raise FilterPolicyError("Filter policy is too long")
    policy, alternatives, reader = _compile(text, scope)
    if scope == "MessageAttributes" and any(clause.depth > 1 for clause in reader.clauses):
        raise FilterPolicyError(f"Filter policy scope {scope} does not support nested filter policy", subject="")
    _check_limits(alternatives, reader)
    return policy


def compile_pattern(text: str) -> FilterPolicy:
    """Returns a compiled pattern of events that are JSON objects: of SNS's limits it has that of $or alone.

    Raises FilterPolicyError.
    """
    return _compile(text, "MessageBody")[0]


def _compile(text: str, scope: Scope) -> tuple[FilterPolicy, list[_Alternative], _Reader]:
    try:
        tokens = Tokens(text)
        if tokens.pull() != "{":
            tokens.refuse("Filter is not an object")
        reader = _Reader(tokens)
        alternatives = reader.read_object([{}], ())
    except RecursionError:
        raise FilterPolicyError(TOO_COMPLEX) from None
    wanted = tuple({path: clause.wanted for path, clause in each.items()} for each in alternatives)
    tests, needed = tuple(map(_in_order, alternatives)), _needed(alternatives)
    no_more = needed is not None and all(len(each) == 1 for each in alternatives)
    return FilterPolicy(text, tokens.meaning, scope, tests, needed, no_more, wanted), alternatives, reader


def _in_order(alternative: _Alternative) -> tuple[tuple[str, Test], ...]:
    return tuple((path, alternative[path].test) for path in sorted(alternative))


def _needed(alternatives: list[_Alternative]) -> tuple[tuple[str, frozenset[Value]], ...] | None:
    needed = [
        next(((path, clause.values) for path, clause in alternative.items() if clause.values is not None), None)
        for alternative in alternatives
    ]
    return None if None in needed else tuple(each for each in needed if each is not None)


# --- grammar -----------------------------------------------------------------------------------------------


class _Reader:
    """Reads objects of keys. `clauses` are all those read; of a path that is stated twice the later one counts."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.clauses: list[Clause] = []
        self.paths: set[str] = set()  # of all clauses

    def read_object(self, alternatives: list[_Alternative], keys: tuple[str, ...]) -> list[_Alternative]:
        """Read the object whose { was just pulled, up to its }. Returns `alternatives`, each with its clauses added."""
        tokens = self._tokens
        if tokens.pull() == "}":
            tokens.refuse("Empty objects are not allowed")
        while tokens.kind != "}":
            name = str(tokens.value())
            if name == "$or" and _are_alternatives(tokens.next_value()):
                alternatives = self._read_or(alternatives, keys)
            elif tokens.pull() == "{":
                alternatives = self.read_object(alternatives, (*keys, name))
            elif tokens.kind == "[":
                alternatives = self._read_clause(alternatives, (*keys, name))
            else:
                tokens.refuse(f'"{name}" must be an object or an array')
            tokens.pull()
        return alternatives

    def _read_clause(self, alternatives: list[_Alternative], keys: tuple[str, ...]) -> list[_Alternative]:
        clause = read_clause(self._tokens, len(keys))
        self.clauses.append(clause)
        path = ".".join(keys)
        self.paths.add(path)
        return [{**alternative, path: clause} for alternative in alternatives]

    def _read_or(self, alternatives: list[_Alternative], keys: tuple[str, ...]) -> list[_Alternative]:
        self._tokens.pull()
        either: list[_Alternative] = []
        while self._tokens.pull() != "]":
            either += self.read_object(alternatives, keys)
            if len(either) > MAX_COMBINATIONS:
                raise FilterPolicyError(TOO_COMPLEX)
        return either


def _are_alternatives(value: Any) -> bool:
    """Whether `value` makes $or an operator: two objects or more, without reserved words. Otherwise it is a key."""
    if not isinstance(value, list) or len(value) < 2:
        return False
    return all(isinstance(each, dict) and _RESERVED.isdisjoint(each) for each in value)


# --- limits ------------------------------------------------------------------------------------------------


def _check_limits(alternatives: list[_Alternative], reader: _Reader) -> None:
    if len(reader.paths) > MAX_KEYS:  # leaf keys, as recorded in 2026-10: not their parents
        raise FilterPolicyError(f"Filter policy can not have more than {MAX_KEYS} keys")
    if sum(map(_combinations, alternatives)) > MAX_COMBINATIONS:
        raise FilterPolicyError(TOO_COMPLEX)
    if sum(sum(clause.patterns) * len(clause.patterns) for clause in reader.clauses) > MAX_WILDCARD_POINTS:
        raise FilterPolicyError(TOO_COMPLEX)


def _combinations(alternative: _Alternative) -> int:
    return math.prod(clause.size * clause.depth for clause in alternative.values())


# --- matching ----------------------------------------------------------------------------------------------


def _same_element(tests: tuple[tuple[str, Test], ...], fields: Fields, place: Place) -> bool:
    """Whether all `tests` are satisfied by values whose places agree with one another and with `place`.

    The paths are tried in their order, so that {"exists": false} is about the elements chosen before it.
    """
    if not tests:
        return True
    (path, test), rest = tests[0], tests[1:]
    absent = True
    for value, at in zip(fields.values.get(path, ()), fields.places.get(path, ()), strict=True):
        together = _agree(place, at)
        if together is not None:
            absent = False
            if test((value,)) and _same_element(rest, fields, together):
                return True
    return absent and test(()) and _same_element(rest, fields, place)


def _agree(one: Place, other: Place) -> Place | None:
    """Returns both places in one; None if they lie in different elements of one array."""
    if not one or not other or one == other:
        return one or other
    chosen = dict(one)
    for array, index in other:
        if chosen.setdefault(array, index) != index:
            return None
    return tuple(chosen.items())


def _unsatisfied(alternative: tuple[tuple[str, Test], ...], wanted: dict[str, str], fields: Fields) -> str:
    for path, test in alternative:
        values = fields.values.get(path, ())
        if not test(values):
            return _why(path, values, wanted[path])
    return f"no element of an array has {' and '.join(path for path, _ in alternative)} as they must be"


def _why(path: str, values: tuple[Value, ...], wanted: str) -> str:
    if not values:
        return f"{path} is missing: it must {wanted}"
    shown = shortened(", ".join(map(_shown, values)))
    found = f"{path}={shown if len(values) == 1 else f'[{shown}]'}"
    verb, _, conditions = wanted.partition(" ")
    return f"{found} does not match {conditions}" if verb == "match" else f"{found} is not {conditions}"


def _shown(value: Value) -> str:
    return value.value if isinstance(value, Word) else str(value)
