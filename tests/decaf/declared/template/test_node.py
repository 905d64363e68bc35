"""Templates are read as CloudFormation reads YAML and JSON, and every value knows its line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.declared.template.node import BadTemplate, Node, read


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {name: plain(inner) for name, inner in node.value.items()}
    return [plain(inner) for inner in node.value] if isinstance(node.value, list) else node.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2012-10-17", "2012-10-17"),
        ("30", 30),
        ("-30", -30),
        ("012345670123", "012345670123"),
        ("000000000000", "000000000000"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0x1F", "0x1F"),
        ("1.5", 1.5),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("'30'", "30"),
        ("~", None),
        ("", None),
        ("!Ref Orders", {"Ref": "Orders"}),
        ("!GetAtt Orders.Arn", {"Fn::GetAtt": ["Orders", "Arn"]}),
        ("!GetAtt [Orders, Arn]", {"Fn::GetAtt": ["Orders", "Arn"]}),
        ("!Sub '${Stage}-orders'", {"Fn::Sub": "${Stage}-orders"}),
        ("!Join ['-', [a, !Ref b]]", {"Fn::Join": ["-", ["a", {"Ref": "b"}]]}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!Equals [!Ref a, 1]", {"Fn::Equals": [{"Ref": "a"}, 1]}),
    ],
)
def test_a_yaml_value(text: str, value: Any) -> None:
    assert plain(read(f"key: {text}")) == {"key": value}


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_read_as_json(indent: int | str | None) -> None:
    document = {
        "a": [1, 1.5, True, None, 'two\twords/"quoted"', "caf\u00e9"],
        "b": {"c": [], "d": {}},
        "e": "2012-10-17",
    }
    assert plain(read(json.dumps(document, indent=indent, ensure_ascii=False))) == document


def test_an_empty_key_may_be_followed_by_another_of_its_name() -> None:
    assert plain(read("a:\nb: 1\na: 2")) == {"a": 2, "b": 1}


def test_values_know_their_lines() -> None:
    root = read("a: 1\nb:\n  c: x\n  d:\n    - 1\n    - 2\n")
    inner = root.mapping("root")["b"].mapping("b")
    assert (root.line, inner["c"].line, inner["d"].line) == (1, 3, 4)
    assert [one.line for one in inner["d"].sequence("d")] == [5, 6]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "the template is empty"),
        ("a: 1\nb: [1", 2, "expected"),
        ("a: 1\n\tb: 2", 2, "cannot start any token"),
        ("a: 1\nb: 2\na: 3", 3, "a is there twice"),
        ("a: &x {b: 1}\nc: *x", 2, "no aliases"),
        ("a: &x {b: 1}\nc:\n  <<: *x", 3, "is not text"),
        ("? [a]\n: 1", 1, "a key is not text"),
        ("a: 1\n---\nb: 2", 2, "another document"),
        ("a: \x07", 1, "special characters are not allowed"),
        ("[" * 3000, 1, "nested too deeply"),
    ],
)
def test_a_text_that_is_not_a_template_is_an_error_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(BadTemplate) as raised:
        plain(read(text))
    assert (raised.value.line, reason in raised.value.reason) == (line, True), raised.value.reason
