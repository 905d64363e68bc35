"""Filter criteria: which records a pattern matches, and which patterns are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.functions.event_pattern import passes, read_pattern, read_patterns
from decaf_protocol import AWSError


def record(body: Any, **more: Any) -> dict[str, Any]:
    return {"body": body if isinstance(body, str) else json.dumps(body), "awsRegion": "us-east-1", **more}


def matches(pattern: Any, body: Any, **more: Any) -> bool:
    return passes([read_pattern(json.dumps(pattern))], record(body, **more))


@pytest.mark.parametrize(
    ("conditions", "body", "expected"),
    [
        ({"kind": ["hot"]}, {"kind": "hot"}, True),
        ({"kind": ["hot"]}, {"kind": "cold"}, False),
        ({"kind": ["hot"], "size": [3]}, {"kind": "hot", "size": 2}, False),
        ({"order": {"table": [4]}}, {"order": {"table": 4}}, True),
        ({"shots": [{"numeric": [">", 1, "<=", 3]}]}, {"shots": 2}, True),
        ({"name": [{"prefix": "lat"}]}, {"name": "latte"}, True),
        ({"name": [{"suffix": "to"}]}, {"name": "espresso"}, False),
        ({"name": [{"anything-but": ["tea"]}]}, {"name": "tea"}, False),
        ({"name": [{"equals-ignore-case": "LATTE"}]}, {"name": "latte"}, True),
        ({"milk": [{"exists": False}]}, {"name": "espresso"}, True),
        ({"milk": [{"exists": True}]}, {"name": "espresso"}, False),
        ({"milk": [None]}, {"milk": None}, True),
        ({"milk": [""]}, {"milk": ""}, True),
        ({"$or": [{"kind": ["hot"]}, {"size": [9]}]}, {"size": 9}, True),
        ({"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}, dict.fromkeys("abcdef", 1), True),
    ],
)
def test_a_json_body_is_matched_by_its_fields(conditions: Any, body: Any, expected: bool) -> None:
    assert matches({"body": conditions}, body) is expected


def test_a_text_is_matched_as_a_whole() -> None:
    assert matches({"body": ["latte"]}, "latte")
    assert not matches({"body": ["latte"]}, "tea")
    assert matches({"body": [{"prefix": "lat"}]}, "latte")


@pytest.mark.parametrize("conditions", [{"milk": [{"exists": False}]}, {"kind": ["hot"]}])
@pytest.mark.parametrize("body", ["latte", "[1]", "3", '"hot"', "{", '{"kind": "hot"} and more'])
def test_a_pattern_for_json_does_not_match_a_text(conditions: Any, body: str) -> None:
    assert not matches({"body": conditions}, body)


@pytest.mark.parametrize("conditions", [["latte"], [{"anything-but": "tea"}], [{"exists": False}]])
def test_a_pattern_for_text_does_not_match_json(conditions: Any) -> None:
    assert not matches({"body": conditions}, {"kind": "latte"})


def test_a_pattern_without_a_body_is_about_the_other_members() -> None:
    pattern = {"messageAttributes": {"size": {"stringValue": ["3"]}}}
    assert matches(pattern, "latte", messageAttributes={"size": {"stringValue": "3"}})
    assert not matches(pattern, "latte", messageAttributes={})
    assert matches({"awsRegion": ["us-east-1"]}, {"kind": "hot"})


def test_one_pattern_of_several_is_enough() -> None:
    patterns = read_patterns({"Filters": [{"Pattern": '{"body":{"a":[1]}}'}, {"Pattern": '{"body":["b"]}'}]})
    assert [passes(patterns, record(body)) for body in ({"a": 1}, "b", "c")] == [True, True, False]


@pytest.mark.parametrize("criteria", [{}, {"Filters": []}, {"Filters": None}])
def test_criteria_without_filters_are_none(criteria: Any) -> None:
    assert read_patterns(criteria) == ()


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "null",
        '"text"',
        "1",
        "[]",
        "{}",
        "{",
        '{"body": "latte"}',
        '{"body": null}',
        '{"body": {"a": 1}}',
        '{"body": {"a": []}}',
        '{"body": {"a": [{"unknown": 1}]}}',
        '{"body": ["' + "x" * 5_000 + '"]}',
    ],
)
def test_a_bad_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(AWSError) as error:
        read_patterns({"Filters": [{"Pattern": pattern}]})
    assert error.value.shape == "InvalidParameterValueException"
    assert error.value.message == "Invalid filter pattern definition."


def test_a_filter_without_a_pattern_is_refused() -> None:
    with pytest.raises(AWSError, match="Invalid filter pattern definition"):
        read_patterns({"Filters": [{}]})


def test_more_than_five_filters_are_refused() -> None:
    with pytest.raises(AWSError, match="at most 5 filters"):
        read_patterns({"Filters": [{"Pattern": '{"body":["b"]}'}] * 6})
