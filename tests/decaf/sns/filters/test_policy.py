"""Keys together: AND, $or, nesting, and arrays of objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.sns.filters import Candidates, clears, compile_policy


def body_matches(policy: Any, body: Any) -> bool:
    return compile_policy(json.dumps(policy), "MessageBody").matches(Candidates(json.dumps(body)))


S3 = {"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": [{"prefix": "ObjectCreated:"}]}}


def test_every_key_must_be_satisfied() -> None:
    policy = {"a": ["x"], "b": [1, 2]}
    assert body_matches(policy, {"a": "x", "b": 2, "c": "more"})
    assert not body_matches(policy, {"a": "x"})
    assert not body_matches(policy, {"a": "x", "b": 3})


def test_a_nested_policy_describes_a_nested_body() -> None:
    policy = {
        "object": {"key": [{"prefix": "auto-"}, "hard"], "no": [{"exists": False}]},
        "test": [{"exists": False}],
    }
    assert body_matches(policy, {"object": {"key": "auto-1"}})
    assert body_matches(policy, {"object": {"key": "hard"}})
    for refused in (
        {"object": {"key": "test-auto"}},
        {"object": {"key": "auto-1"}, "test": "is there"},
        {"object": {"key": "auto-1", "no": "is there"}},
        {"object": {"test": "auto-1"}},
        {"test": "auto-1"},
    ):
        assert not body_matches(policy, refused)


def test_a_dot_in_a_key_and_a_level_of_nesting_are_the_same() -> None:
    bodies = [
        {"object": {"nested": {"test": "yes"}}},
        {"object.nested.test": "yes"},
        {"object.nested": {"test": "yes"}},
        {"object": {"nested.test": "yes"}},
    ]
    for policy in ({"object.nested.test": ["yes"]}, {"object": {"nested": {"test": ["yes"]}}}):
        assert all(body_matches(policy, body) for body in bodies)
    assert not body_matches({"object.nested.test": ["yes"]}, {"object": {"nested": {"test": "no"}}})


def test_a_key_leads_to_leaves_only() -> None:
    assert not body_matches({"a": [{"exists": True}]}, {"a": {"b": 1}})
    assert body_matches({"a": [{"exists": False}]}, {"a": {"b": 1}})
    assert not body_matches({"a": {"b": [1]}}, {"a": 1})


def test_the_objects_of_an_array_are_looked_into() -> None:
    created = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "auto-1.xml"}}}
    assert body_matches(S3, {"Records": [created]})
    assert body_matches(S3, {"Records": [[created]]})


def test_one_object_of_an_array_must_satisfy_all_clauses() -> None:
    created_home = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "home-1.xml"}}}
    removed_auto = {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "auto-1.xml"}}}
    assert not body_matches(S3, {"Records": [created_home, removed_auto]})
    created_auto = {"eventName": "ObjectCreated:Put", "s3": {"object": [[{"key": "auto-1.xml"}]]}}
    assert body_matches(S3, {"Records": [removed_auto, created_auto]})


def test_an_object_outside_the_array_does_not_mix_its_elements() -> None:
    policy = {"a": {"x": [1], "y": [4]}}
    mixed = [{"x": 1, "y": 2}, {"x": 3, "y": 4}]
    for body in ({"a": mixed}, {"a": mixed, "b": {"c": 1}}, {"b": {"c": 1}, "a": mixed}):
        assert not body_matches(policy, body)
        assert body_matches(policy, {**body, "a": [*mixed, {"x": 1, "y": 4}]})


def test_objects_of_different_arrays_are_independent() -> None:
    body = {"a": [{"x": 1}, {"x": 2}], "b": [{"y": 1}, {"y": 2}]}
    assert body_matches({"a": {"x": [1]}, "b": {"y": [2]}}, body)


def test_exists_false_looks_at_the_object_of_an_array_that_the_keys_before_it_chose() -> None:
    policy = {"items": {"id": [2], "note": [{"exists": False}]}}
    assert body_matches(policy, {"items": [{"id": 1, "note": "x"}, {"id": 2}]})
    assert not body_matches(policy, {"items": [{"id": 1}, {"id": 2, "note": "x"}]})


WHY = 'detail.source is missing: it must be in ["aws.cloudwatch"], and detail.type is missing: it must be in ["Alarm"]'
OR = {
    "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}],
    "detail": {"scope": ["Service"], "$or": [{"source": ["aws.cloudwatch"]}, {"type": ["Alarm"]}]},
}


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({"metricName": "CPUUtilization", "detail": {"scope": "Service", "source": "aws.cloudwatch"}}, True),
        ({"namespace": "AWS/ES", "detail": {"scope": "Service", "type": "Alarm"}}, True),
        ({"metricName": "AWS/EC2", "detail": {"scope": "Service", "type": "Alarm"}}, False),
        ({"metricName": "CPUUtilization", "detail": {"scope": "Service"}}, False),
        ({"metricName": "CPUUtilization", "detail": {"type": "Alarm"}}, False),
        ({"detail": {"scope": "Service", "type": "Alarm"}}, False),
    ],
)
def test_or_takes_one_of_its_objects_at_every_level(body: Any, taken: bool) -> None:
    assert body_matches(OR, body) is taken


def test_or_works_on_attributes() -> None:
    policy = compile_policy('{"source": ["s"], "$or": [{"a": [1]}, {"b": [2], "c": [3]}]}', "MessageAttributes")

    def attributes(**values: Any) -> Candidates:
        numbers = {name: {"DataType": "Number", "StringValue": str(value)} for name, value in values.items()}
        return Candidates("", {"source": {"DataType": "String", "StringValue": "s"}, **numbers})

    assert policy.matches(attributes(a=1))
    assert policy.matches(attributes(b=2, c=3))
    assert not policy.matches(attributes(b=2))


def test_or_is_a_plain_key_unless_it_holds_two_objects_without_reserved_words() -> None:
    policy = {"$or": [{"prefix": "a"}, {"prefix": "b"}]}
    assert body_matches(policy, {"$or": "abc"})
    assert body_matches({"$or": ["x"]}, {"$or": "x"})
    assert body_matches({"$or": {"a": [1]}}, {"$or": {"a": 1}})


def test_a_key_stated_twice_has_its_later_conditions() -> None:
    policy = compile_policy('{"a": ["x"], "a": ["y"]}', "MessageBody")
    assert policy.matches(Candidates('{"a": "y"}'))
    assert not policy.matches(Candidates('{"a": "x"}'))


@pytest.mark.parametrize(
    ("policy", "body", "why"),
    [
        ({"a": [1], "b": [2]}, {"a": 1, "b": 3}, "b=3 is not in [2]"),
        ({"a": {"c": [1]}, "b": [2]}, {"b": 2}, "a.c is missing: it must be in [1]"),
        (
            {"kind": ["hot", "iced"]},
            {"kind": ["cold", True, None]},
            'kind=[cold, true, null] is not in ["hot","iced"]',
        ),
        ({"a": ["x"]}, {"a": False}, 'a=false is not in ["x"]'),
        (
            {"a": ["x"]},
            {"a": "y" * 80},
            f'a={"y" * 80} is not in ["x"]',
        ),
        ({"n": [{"numeric": [">", 1]}]}, {"n": 0.5}, 'n=0.5 does not match [{"numeric":[">",1]}]'),
        ({"n": [{"exists": False}]}, {"n": 1}, 'n=1 does not match [{"exists":false}]'),
        ({"a": ["x" * 100]}, {"a": "y" * 100}, f'a={"y" * 80}... is not in ["{"x" * 78}...'),
        (
            OR,
            {"metricName": "CPUUtilization", "detail": {"scope": "Service"}},
            WHY,
        ),
        (
            {"a": {"x": [1], "y": [2]}},
            {"a": [{"x": 1}, {"y": 2}]},
            "no element of an array has a.x and a.y as they must be",
        ),
        ({"a": [1]}, [1], "the body is not a JSON object"),
        ({"a": [1]}, {"a": 1}, None),
    ],
)
def test_a_mismatch_names_the_value_and_what_it_must_be(policy: Any, body: Any, why: str | None) -> None:
    compiled = compile_policy(json.dumps(policy), "MessageBody")
    mismatch = compiled.mismatch(Candidates(json.dumps(body)))
    assert mismatch == why


def test_a_message_without_attributes_is_a_mismatch_of_its_own() -> None:
    assert (
        compile_policy('{"a": [1]}', "MessageAttributes").mismatch(Candidates("x")) == "the message has no attributes"
    )


@pytest.mark.parametrize(("text", "cleared"), [("", True), ("{}", True), (" { } ", True), ('{"a": [1]}', False)])
def test_an_empty_policy_takes_the_policy_away(text: str, cleared: bool) -> None:
    assert clears(text) is cleared


def test_a_policy_is_the_same_with_its_keys_in_another_order_and_not_in_another_scope() -> None:
    one = compile_policy('{"a": ["x"], "b": [{"prefix": "y"}]}', "MessageBody")
    same = compile_policy('{ "b":[{"prefix":"y"}],"a":["x"] }', "MessageBody")
    assert (one == same, hash(one) == hash(same), one.text == same.text) == (True, True, False)
    assert one != compile_policy(one.text, "MessageAttributes")
    assert one != compile_policy('{"a": ["x"], "b": [{"prefix": "z"}]}', "MessageBody")
    assert compile_policy('{"a": ["x", "y"]}', "MessageBody") != compile_policy('{"a": ["y", "x"]}', "MessageBody")
