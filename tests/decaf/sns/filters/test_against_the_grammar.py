"""Compiled policies agree with a slow evaluator that follows the grammar word by word and shares no code with them.

The evaluator takes a body apart into every way of choosing one object from each of its arrays. It leaves out only
{"exists": false} inside an array's objects, which test_policy.py states.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from decaf.sns.filters import Candidates, FilterPolicyError, PolicyIndex, Scope, compile_policy

Leaves = dict[str, list[Any]]  # path -> values


# --- the slow evaluator ------------------------------------------------------------------------------------


def evaluate(policy: dict[str, Any], leaves: Leaves, above: str = "") -> bool:
    return all(_key(key, wanted, leaves, above) for key, wanted in policy.items())


def _key(key: str, wanted: Any, leaves: Leaves, above: str) -> bool:
    if key == "$or":
        return any(evaluate(each, leaves, above) for each in wanted)
    if isinstance(wanted, dict):
        return evaluate(wanted, leaves, above + key + ".")
    values = leaves.get(above + key, [])
    if not values:
        return {"exists": False} in wanted
    return any(_satisfies(value, condition) for value in values for condition in wanted)


def _satisfies(value: Any, condition: Any) -> bool:
    if not isinstance(condition, dict):
        return _same(value, condition)
    [(operator, operand)] = condition.items()
    if operator == "exists":
        return operand is True and value is not None and value != ""
    if operator == "anything-but":
        return not any(_satisfies(value, excluded) for excluded in _each(operand))
    if operator == "numeric":
        return _is_number(value) and abs(value) <= 10**9 and _in_range(Decimal(str(value)), operand)
    return isinstance(value, str) and _text_satisfies(value, operator, operand)


def _each(operand: Any) -> list[Any]:
    if isinstance(operand, dict):
        [(operator, texts)] = operand.items()
        return [{operator: text} for text in (texts if isinstance(texts, list) else [texts])]
    return operand if isinstance(operand, list) else [operand]


def _text_satisfies(value: str, operator: str, operand: Any) -> bool:
    if isinstance(operand, dict):
        return _text_satisfies(value.lower(), operator, operand["equals-ignore-case"].lower())
    match operator:
        case "prefix":
            return bool(value[: len(operand)] == operand)
        case "suffix":
            return len(operand) <= len(value) and bool(value[len(value) - len(operand) :] == operand)
        case "equals-ignore-case":
            return value.lower() == str(operand).lower()
        case "wildcard":
            return _like(value, operand)
        case _:
            return _in_network(value, operand)


def _like(value: str, pattern: str) -> bool:
    if not pattern:
        return not value
    if pattern[0] == "*":
        return any(_like(value[skipped:], pattern[1:]) for skipped in range(len(value) + 1))
    if pattern[0] == "\\":
        pattern = pattern[1:]
    return value[:1] == pattern[0] and _like(value[1:], pattern[1:])


def _in_network(value: str, block: str) -> bool:
    address, bits = block.split("/")
    try:
        unused = 32 - int(bits)
        return int(ipaddress.IPv4Address(value)) >> unused == int(ipaddress.IPv4Address(address)) >> unused
    except ValueError:
        return False


def _in_range(value: Decimal, terms: list[Any]) -> bool:
    holds = {
        "=": value.__eq__,
        "<": value.__lt__,
        "<=": value.__le__,
        ">": value.__gt__,
        ">=": value.__ge__,
    }
    return all(holds[sign](Decimal(str(bound))) for sign, bound in zip(terms[::2], terms[1::2], strict=True))


def _same(value: Any, wanted: Any) -> bool:
    if _is_number(value) and _is_number(wanted):
        return Decimal(str(value)) == Decimal(str(wanted))
    return type(value) is type(wanted) and value == wanted


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def choices(node: Any, path: str = "") -> Iterator[Leaves]:
    """The leaves of `node`, for every way of choosing one object or array from each array that has some."""
    if isinstance(node, dict):
        parts = [list(choices(value, f"{path}.{key}" if path else key)) for key, value in node.items()]
        for chosen in itertools.product(*parts):
            yield _together(chosen)
    elif isinstance(node, list):
        scalars = {path: [each for each in node if not isinstance(each, dict | list)]}
        deeper = [each for each in node if isinstance(each, dict | list)]
        for each in deeper or [{}]:
            for leaves in choices(each, path):
                yield _together([scalars, leaves])
    else:
        yield {path: [node]}


def _together(parts: Any) -> Leaves:
    leaves: Leaves = {}
    for part in parts:
        for path, values in part.items():
            leaves.setdefault(path, []).extend(values)
    return leaves


# --- what is tried -----------------------------------------------------------------------------------------

TEXTS = ["", "a", "A", "b", "ab", "aB", "ba", "a*", "\\", '"', "10.0.0.7", "10.0.1.7", "5", "true"]
NUMBERS = [0, 1, 1.0, -2, 2.5, 301.5, 3.015e2, 10**9, 10**9 + 1]
KEYS = ["a", "b", "a.b"]
OR_KEYS = ["c", "d"]  # not those beside $or: a path that is stated twice keeps only its later conditions

LIMITS = ("Filter policy can not have more than 5 keys", "Filter policy is too complex")

texts = st.sampled_from(TEXTS)
some_texts = st.sampled_from([text for text in TEXTS if text])
numbers = st.sampled_from(NUMBERS)
bounded = st.sampled_from([number for number in NUMBERS if number <= 10**9])
scalars = texts | numbers | st.booleans() | st.none()
wildcards = st.sampled_from(["*", "a*", "*a", "a*b", "*b*", "a", r"a\*", r"\\", "*.7"])
blocks = st.sampled_from(["10.0.0.0/24", "10.0.0.9/16", "10.0.0.7/31", "0.0.0.0/0"])


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


def an(operator: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return values.map(lambda value: {operator: value})


ranges = st.one_of(
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), bounded).map(list),
    st.tuples(st.sampled_from([">", ">="]), bounded, st.sampled_from(["<", "<="]), bounded)
    .filter(lambda terms: terms[1] < terms[3])
    .map(list),
)
negated = st.one_of(
    one_or_more(texts),
    one_or_more(bounded),
    an("prefix", one_or_more(some_texts)),
    an("suffix", one_or_more(some_texts)),
    an("equals-ignore-case", one_or_more(texts)),
    an("wildcard", one_or_more(wildcards)),
)
conditions = st.one_of(
    scalars,
    an("prefix", texts | an("equals-ignore-case", texts)),
    an("suffix", texts | an("equals-ignore-case", texts)),
    an("equals-ignore-case", texts),
    an("wildcard", wildcards),
    an("cidr", blocks),
    an("numeric", ranges),
    an("anything-but", negated),
    st.just({"exists": True}),
)
absence = st.just({"exists": False})


def policies(conditions: st.SearchStrategy[Any], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.lists(conditions, min_size=1, max_size=2)
    inner = leaf if depth == 0 else leaf | policies(conditions, depth - 1)
    plain = st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=2)
    alternative = st.dictionaries(st.sampled_from(OR_KEYS), inner, min_size=1, max_size=2)
    alternatives = st.fixed_dictionaries({"$or": st.lists(alternative, min_size=2, max_size=2)})
    return st.one_of(plain, alternatives, st.builds(lambda one, other: {**one, **other}, plain, alternatives))


def states_each_path_once(policy: dict[str, Any]) -> bool:
    stated = list(_stated(policy, ""))
    return len(stated) == len(set(stated))


def _stated(policy: dict[str, Any], above: str) -> Iterator[str]:
    for key, wanted in policy.items():
        if key == "$or":
            yield from {path for each in wanted for path in _stated(each, above)}
        elif isinstance(wanted, dict):
            yield from _stated(wanted, above + key + ".")
        else:
            yield above + key


def bodies(arrays_of_objects: bool) -> st.SearchStrategy[dict[str, Any]]:
    def around(node: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        objects = st.dictionaries(st.sampled_from(KEYS + OR_KEYS), node, max_size=3)
        return objects | st.lists(node if arrays_of_objects else scalars, max_size=3)

    node = st.recursive(scalars, around, max_leaves=8)
    return st.dictionaries(st.sampled_from(KEYS + OR_KEYS), node, max_size=3)


attribute_values = st.one_of(
    some_texts.map(lambda text: ("String", json.dumps(text)[1:-1], [text])),
    numbers.map(lambda number: ("Number", json.dumps(number), [number])),
    st.lists(scalars, max_size=3).map(lambda values: ("String.Array", json.dumps(values), values)),
)


def says_the_same_as_the_grammar(policy: dict[str, Any], scope: Scope, message: Candidates, expected: bool) -> None:
    assume(states_each_path_once(policy))
    try:
        compiled = compile_policy(json.dumps(policy), scope)
    except FilterPolicyError as refused:
        assume(str(refused) not in LIMITS)
        raise
    assert compiled.matches(message) is expected
    assert (compiled.mismatch(message) is None) is expected
    index = PolicyIndex({"holder": compiled})
    assert "holder" in index.possible(message) or not expected
    assert index.matching(message) == ["holder"] * expected


@settings(deadline=None)
@given(
    policies(conditions | absence, depth=0),
    st.dictionaries(st.sampled_from(KEYS + OR_KEYS), attribute_values, max_size=4),
)
def test_on_attributes(policy: dict[str, Any], attributes: dict[str, tuple[str, str, list[Any]]]) -> None:
    sent = {name: {"DataType": kind, "StringValue": text} for name, (kind, text, _) in attributes.items()}
    leaves = {name: values for name, (_, _, values) in attributes.items()}
    expected = bool(attributes) and evaluate(policy, leaves)
    says_the_same_as_the_grammar(policy, "MessageAttributes", Candidates("", sent), expected)


@settings(deadline=None)
@given(policies(conditions | absence, depth=2), bodies(arrays_of_objects=False))
def test_on_bodies(policy: dict[str, Any], body: dict[str, Any]) -> None:
    [leaves] = choices(body)
    says_the_same_as_the_grammar(policy, "MessageBody", Candidates(json.dumps(body)), evaluate(policy, leaves))


@settings(deadline=None)
@given(policies(conditions, depth=2), bodies(arrays_of_objects=True))
def test_on_bodies_with_arrays_of_objects(policy: dict[str, Any], body: dict[str, Any]) -> None:
    expected = any(evaluate(policy, leaves) for leaves in choices(body))
    says_the_same_as_the_grammar(policy, "MessageBody", Candidates(json.dumps(body)), expected)
