"""The fields of a message that filter policies compare."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.sns.filters import Candidates, FilterPolicy, compile_policy

ANY = '{"key": [{"exists": true}]}'
NONE = '{"key": [{"exists": false}]}'


def on_attributes(text: str) -> FilterPolicy:
    return compile_policy(text, "MessageAttributes")


def on_body(text: str) -> FilterPolicy:
    return compile_policy(text, "MessageBody")


def with_attribute(data_type: str, **value: Any) -> Candidates:
    return Candidates("", {"key": {"DataType": data_type, **value}})


@pytest.mark.parametrize(
    ("data_type", "value", "policy"),
    [
        ("String", "a", '{"key": ["a"]}'),
        ("String.label", "a", '{"key": ["a"]}'),
        ("String", "5", '{"key": ["5"]}'),
        ("String", r"a\\b", r'{"key": ["a\\b"]}'),
        ("Number", "5", '{"key": [5]}'),
        ("Number.float", "+5.0", '{"key": [5]}'),
        ("Number", "123456789012345678901", '{"key": [123456789012345678901]}'),
        ("String.Array", '["a", 5, true, null]', '{"key": [true]}'),
        ("String.Array", '["a", 5, true, null]', '{"key": [{"numeric": ["=", 5]}]}'),
        ("Number.Array", "[100, 50]", '{"key": [50]}'),
    ],
)
def test_attributes_are_compared_by_their_type(data_type: str, value: str, policy: str) -> None:
    assert on_attributes(policy).matches(with_attribute(data_type, StringValue=value))


def test_a_string_is_not_a_number() -> None:
    assert not on_attributes('{"key": [5]}').matches(with_attribute("String", StringValue="5"))
    assert not on_attributes('{"key": ["5"]}').matches(with_attribute("Number", StringValue="5"))


@pytest.mark.parametrize(
    "candidates",
    [
        with_attribute("Binary", BinaryValue=b"a"),
        with_attribute("String.Array", StringValue="[]"),
        with_attribute("String.Array", StringValue='["a'),
        with_attribute("String.Array", StringValue='[["a"]]'),
        with_attribute("String.Array", StringValue="[NaN]"),
        with_attribute("Number", StringValue="five"),
        with_attribute("String", StringValue=r"C:\queue"),
        with_attribute("String", StringValue='a "quoted" word'),
    ],
)
def test_a_value_that_cannot_be_compared_counts_as_absent(candidates: Candidates) -> None:
    assert not on_attributes(ANY).matches(candidates)
    assert on_attributes(NONE).matches(candidates)


def test_quotes_and_backslashes_of_a_string_attribute_are_compared_unescaped() -> None:
    candidates = with_attribute("String", StringValue="say\n" + r"\"hi\" \\o/")
    assert on_attributes(r'{"key": ["say\n\"hi\" \\o/"]}').matches(candidates)


def test_a_message_without_attributes_matches_no_policy() -> None:
    assert not on_attributes(NONE).matches(Candidates("x"))
    assert not on_attributes(NONE).matches(Candidates("x", {}))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "plain text",
        '"key"',
        "5",
        "[]",
        '[{"key": "a"}]',
        '{"key": "a"',
        '{"key": NaN}',
        '{"key": "a", "other": NaN}',
    ],
)
def test_a_body_that_is_not_a_json_object_matches_no_policy(message: str) -> None:
    assert not on_body(ANY).matches(Candidates(message))
    assert not on_body(NONE).matches(Candidates(message))


def test_a_body_may_start_with_white_space() -> None:
    assert on_body(ANY).matches(Candidates('\n {"key": "a"}'))


def test_a_body_nested_beyond_reason_matches_no_policy() -> None:
    depth = 5_000
    assert not on_body(NONE).matches(Candidates('{"a":' * depth + "1" + "}" * depth))


def test_numbers_are_compared_to_five_decimals() -> None:
    assert on_body('{"key": [0.3]}').matches(Candidates('{"key": 0.30000000000000004}'))
    assert not on_body('{"key": [0.3]}').matches(Candidates('{"key": 0.30001}'))


def test_the_attributes_are_read_once_for_all_policies() -> None:
    candidates = Candidates('{"key": 1}', {"key": {"DataType": "Number", "StringValue": "1"}})
    assert candidates.attribute_fields is candidates.attribute_fields
    assert candidates.body_fields is candidates.body_fields
