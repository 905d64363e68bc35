"""Tables of TOML documents know their lines, whatever form they are written in."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.base.toml import Table, parse

TEXT = '''\
port = 1 # [[queues]]
text = """
[[queues]]
name = 'none of this counts'
""\\""""
lines = \'\'\'
a = 1\'\'\'

[[queues]]
name = "orders"
created = 1979-05-27 07:32:00.5
RedrivePolicy.deadLetterTargetArn = "dead"
RedrivePolicy."max.Receive" = 1.5

  [queues.Policy]
  Version = "2012-10-17"
    [[queues.Policy.Statement]]
    Effect = "Allow"
    [[queues.Policy.Statement]]
    Effect = "Deny"
    Action = [
      "sqs:SendMessage", # one
      "sqs:DeleteMessage",
    ]

[[ queues ]]
'name' = "dead"
tags = { team = "bar", 'floor ]' = { of = "]}", at = [1, 2] } }

[a.b.c]
d = {}
[a]
e = [ { f = 1 },
      { g = [[], [{ h = "" }]] } ]
'''


def at(text: str, *path: str | int) -> Any:
    value: Any = parse(text, "decaf.toml")
    for step in path:
        value = value[step]
    return value


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n")], ids=["unix", "windows"])
@pytest.mark.parametrize(
    ("path", "line", "keys"),
    [
        ((), 1, {"port": 1, "text": 2, "lines": 6, "queues": 9, "a": 30}),
        (("queues", 0), 9, {"name": 10, "created": 11, "RedrivePolicy": 12, "Policy": 15}),
        (("queues", 0, "RedrivePolicy"), 12, {"deadLetterTargetArn": 12, "max.Receive": 13}),
        (("queues", 0, "Policy"), 15, {"Version": 16, "Statement": 17}),
        (("queues", 0, "Policy", "Statement", 0), 17, {"Effect": 18}),
        (("queues", 0, "Policy", "Statement", 1), 19, {"Effect": 20, "Action": 21}),
        (("queues", 1), 26, {"name": 27, "tags": 28}),
        (("queues", 1, "tags", "floor ]"), 28, {"of": 28, "at": 28}),
        (("a",), 30, {"b": 30, "e": 33}),
        (("a", "b", "c"), 30, {"d": 31}),
        (("a", "e", 0), 33, {"f": 33}),
        (("a", "e", 1), 34, {"g": 34}),
        (("a", "e", 1, "g", 1, 0), 34, {"h": 34}),
    ],
)
def test_a_table_knows_its_line_and_those_of_its_keys(
    text: str, path: tuple[str | int, ...], line: int, keys: dict[str, int]
) -> None:
    table = at(text, *path)
    assert isinstance(table, Table)
    assert (table.source, table.line, table.lines) == ("decaf.toml", line, keys)


def test_the_values_are_those_of_tomllib() -> None:
    assert parse(TEXT, "decaf.toml") == tomllib.loads(TEXT)
    assert parse("", "decaf.toml") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = 1\nb = ", "decaf.toml:2: Invalid value"),
        ('a = 1\r\nb = "', "decaf.toml:2: Unterminated string"),
        ("a = 1\r\n[a.b]", "decaf.toml:2: Cannot overwrite a value"),
        ("a = '''\n", "decaf.toml:2: Expected \"'''\""),
        (f"a = {'[' * 5000}{']' * 5000}", "decaf.toml: values are nested too deeply"),
        ("a = 1\n[b", "decaf.toml:2: Expected ']' at the end of a table declaration"),
        (f"a = {'1' * 5000}", "decaf.toml: Exceeds the limit"),
    ],
)
def test_an_error_has_its_line(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="decaf") as raised:
        parse(text, "decaf.toml")
    assert str(raised.value).startswith(reason)


_TEXTS = st.text("ab \\\"'#[]{}=,.\n", max_size=4)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(_TEXTS, st.integers(0, 9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=8,
)


def _written(value: Any) -> str:
    """A value as TOML, in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)} = {_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@given(st.lists(_VALUES, max_size=4))
def test_every_value_of_a_document_is_passed_over(values: list[Any]) -> None:
    text = "".join(f"key-{number} = {_written(value)}\n\n" for number, value in enumerate(values))
    assert parse(text, "decaf.toml").lines == {f"key-{number}": 2 * number + 1 for number in range(len(values))}
