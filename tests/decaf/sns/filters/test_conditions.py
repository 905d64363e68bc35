"""What each operator takes and refuses, as attributes and as a body: mostly the Developer Guide's own examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.sns.filters import Candidates, compile_policy


def as_attribute(value: Any) -> dict[str, dict[str, Any]]:
    if isinstance(value, list):
        return {"key": {"DataType": "String.Array", "StringValue": json.dumps(value)}}
    if isinstance(value, str):
        return {"key": {"DataType": "String", "StringValue": json.dumps(value)[1:-1]}}
    return {"key": {"DataType": "Number", "StringValue": json.dumps(value)}}


def takes(conditions: list[Any], value: Any) -> bool:
    """Whether a policy with `conditions` on one key takes `value`: in both scopes, which have to agree."""
    text = json.dumps({"key": conditions})
    on_body = compile_policy(text, "MessageBody").matches(Candidates(json.dumps({"key": value})))
    if not isinstance(value, bool | None) and value != "":  # such an attribute cannot be published
        on_attributes = compile_policy(text, "MessageAttributes").matches(Candidates("", as_attribute(value)))
        assert on_attributes is on_body
    return on_body


@pytest.mark.parametrize(
    ("conditions", "taken", "refused"),
    [
        (["rugby", "tennis"], ["rugby", "tennis", ["rugby", "chess"]], ["baseball", ["baseball"], "Rugby", [], 5]),
        ([301.5], [301.5, 3.015e2, [1, 301.5]], [301, "301.5", 300]),
        ([0, 1], [0, 1, 1.0], [True, False, "1", None]),
        ([True], [True, [False, True]], ["true", 1, False]),
        ([False], [False], [0, "", None]),
        ([None], [None, [None]], ["null", "", 0]),
        ([1_000_000_001], [1_000_000_001], [1_000_000_000]),
        ([{"exactly": "a"}], ["a"], ["A", "ab"]),
        ([{"prefix": "bas"}], ["baseball", "basketball", "bas", ["x", "basil"]], ["rugby", "Bas", 5, None]),
        ([{"prefix": ""}], ["", "a"], [1, None]),
        ([{"prefix": {"equals-ignore-case": "BAS"}}], ["baseball", "Bas"], ["ba"]),
        ([{"suffix": "ball"}], ["baseball", "ball"], ["Ball", "balls"]),
        ([{"suffix": {"equals-ignore-case": "BALL"}}], ["baseBall"], ["ba"]),
        ([{"equals-ignore-case": "TENNIS"}], ["tennis", "Tennis"], ["tenni", "tenniss"]),
        ([{"wildcard": "*ball"}], ["baseball", "ball"], ["balls"]),
        ([{"wildcard": "a*b*c"}], ["abc", "a b\nc", "abxbc"], ["ab", "abcd", 5]),
        ([{"wildcard": "*a*b*"}], ["ab", "aba"], ["ba"]),  # a part is taken where it is found first
        ([{"wildcard": "x*ab*b"}], ["xabb"], ["xab"]),  # and before the last one
        ([{"wildcard": r"\*.t?t"}], ["*.t?t"], ["x.t?t", "*.text"]),
        ([{"wildcard": r"a\\*"}], ["a\\", "a\\b"], ["a*", "ab"]),
        ([{"cidr": "10.0.0.0/24"}], ["10.0.0.0", "10.0.0.255"], ["10.1.1.0", "10.0.0", "::1", 5]),
        ([{"cidr": "2001:db8::/32"}], ["2001:db8::1", "2001:DB8:0::2"], ["2001:db9::1", "10.0.0.1"]),
        ([{"numeric": ["=", 301.5]}], [301.5, 3.015e2], [301, "301.5"]),
        ([{"numeric": ["<", 0]}], [-1, -0.00001], [0, 1, "-1"]),
        ([{"numeric": ["<=", 0]}], [-1, 0], [0.00001]),
        ([{"numeric": [">", 0, "<=", 150]}], [0.5, 150, 100], [0, 151, "100"]),
        ([{"numeric": [">=", -1, "<", 1]}], [-1, 0], [1]),
        ([{"numeric": [">", 0]}], [10**9], [10**9 + 1, -1]),
        ([{"exists": True}], ["a", 0, False, [1]], [None, "", []]),
        ([{"prefix": "a"}, 5, {"numeric": [">", 10]}], ["ab", 5, 11], ["b", 6, None]),
    ],
)
def test_a_value_satisfies_one_of_the_conditions(conditions: list[Any], taken: list[Any], refused: list[Any]) -> None:
    assert [value for value in taken if not takes(conditions, value)] == []
    assert [value for value in refused if takes(conditions, value)] == []


@pytest.mark.parametrize(
    ("excluded", "taken", "refused"),
    [
        (["rugby", "tennis"], ["baseball", 5, None, True, ["rugby", "baseball"]], ["rugby", ["rugby"], []]),
        ("rugby", ["Rugby"], ["rugby"]),
        ([100, 500], [101, "100", [100, 50]], [100, 100.0, [100, 500]]),
        (100, [99], [100]),
        ({"prefix": "order-"}, ["data-entry", "Order-7", 5], ["order-cancelled"]),
        ({"prefix": ["order-", "ship-"]}, ["data"], ["order-", "ship-x"]),
        ({"suffix": "ball"}, ["soccer", "baseBall"], ["baseball"]),
        ({"suffix": ["ball", "er"]}, ["chess"], ["baseball", "soccer"]),
        ({"wildcard": "*ball"}, ["soccer"], ["baseball"]),
        ({"wildcard": ["*ball", "s*"]}, ["chess"], ["baseball", "soccer"]),
        ({"equals-ignore-case": "Tennis"}, ["chess"], ["TENNIS"]),
        ({"equals-ignore-case": ["Tennis", "Go"]}, ["chess"], ["TENNIS", "go"]),
    ],
)
def test_anything_but_takes_any_other_value(excluded: Any, taken: list[Any], refused: list[Any]) -> None:
    conditions = [{"anything-but": excluded}]
    assert [value for value in taken if not takes(conditions, value)] == []
    assert [value for value in refused if takes(conditions, value)] == []


@pytest.mark.parametrize("conditions", [["a"], [None], [{"anything-but": "a"}], [{"exists": True}]])
def test_a_missing_key_satisfies_no_condition_but_exists_false(conditions: list[Any]) -> None:
    other = {"other": {"DataType": "String", "StringValue": "x"}}
    for more, taken in (([], False), ([{"exists": False}], True)):
        text = json.dumps({"key": conditions + more})
        assert compile_policy(text, "MessageAttributes").matches(Candidates("", other)) is taken
        assert compile_policy(text, "MessageBody").matches(Candidates('{"other": 1}')) is taken


def test_exists_false_does_not_take_a_message_that_has_the_key() -> None:
    assert not takes([{"exists": False}], "a")
    assert not takes([{"exists": False}], 0)
