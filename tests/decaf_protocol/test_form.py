"""A form's fields: what is escaped, what only looks like it, and that C finds what Python does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decaf_protocol.form import TEXT, Form, decoded, numbered, parse_form, read_tree, text_of
from decaf_protocol.wire import AWSError

Tree = Callable[[str, int], Form]

ESCAPES = ["%", "%4", "%41", "%c3%A9", "%e2%98%95", "%zz", "%%41", "+", "%2B", "a", "é", "☕", "%25"]
ESCAPES += ["=", "%3d", "3D", "\n", "%0A"]
NAMES = ["&b=", "&b.1=", "&b.1.c=", "&b.é.c=", "&b.2.c=", "a.b.c.d.e.f.g"]
PIECES = st.lists(st.sampled_from(ESCAPES) | st.text()).map("".join)
LONG = 300
SURROGATE = "\ud83d"

FORMS = st.lists(
    st.sampled_from(
        [*ESCAPES, *NAMES, "&", "&&", "=&", ".", "%2e", "a=", "b.1=", "%ff", "%00", "\0", "%26", "%g1", "%1g", "%@0"]
    )
    | st.text()
    | st.sampled_from([SURROGATE, "%ed%a0%bd", "%f4%90%80%80"])
).map("".join)


@given(PIECES)
def test_a_long_text_is_decoded_as_a_short_one(text: str) -> None:
    try:
        expected = unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        with pytest.raises(AWSError):
            decoded("x" * LONG + text)
        with pytest.raises(AWSError):
            decoded(text)
    else:
        assert decoded(text) == expected
        assert decoded("x" * LONG + text) == "x" * LONG + expected


@given(st.binary())
def test_a_long_text_of_escapes_stands_for_its_bytes(some: bytes) -> None:
    long = "☕" * LONG + some.decode(errors="replace")
    assert decoded(quote_from_bytes(long.encode())) == long


@pytest.mark.parametrize("text", [SURROGATE, f"%41{SURROGATE}", "%ff"])
def test_a_text_that_is_not_utf8_is_malformed(text: str) -> None:
    with pytest.raises(AWSError, match="syntax error"):
        decoded(text)


def test_the_fields_of_a_form_are_found_by_name() -> None:
    assert read_tree("a=1&b=x%3dy=z+%2b&c&&=no&a=2&%61=3", 9) == {"a": "1", "b": "x=y=z +", "c": ""}
    assert read_tree("a=1.5&b%2E1=x", 9) == {"a": "1.5", "b": {"1": "x"}}
    assert read_tree("", 9) == {}


def test_names_with_dots_are_a_tree() -> None:
    root = parse_form("A=1&B.1.C=2&B.1.D=3&E=4&E.1=5&F.1=6&F=7&B.1.C=8&E.1=9&F=0")
    assert [text_of(root, name) for name in "ABEF"] == ["1", None, "4", "7"]
    assert numbered(root["B"]) == [{"C": "2", "D": "3"}]
    assert root["E"] == {TEXT: "4", "1": "5"}
    assert root["F"] == {TEXT: "7", "1": "6"}


def test_elements_are_in_the_order_of_their_numbers() -> None:
    assert numbered(parse_form("a.10=x&a.2=y&a.b=no&a.1.c=z")["a"]) == [{"c": "z"}, "y", "x"]
    assert numbered("text") == []


def test_a_name_deeper_than_any_parameter_is_no_field() -> None:
    assert parse_form("a.b.c.d.e.f.g.h.i=2&b=3") == {"b": "3"}
    assert parse_form("a.b.c.d.e.f.g.h=1") == {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": "1"}}}}}}}}
    assert parse_form(f"{'a.' * 2_000}b=1") == {}


def test_a_name_with_an_empty_part_is_no_field() -> None:
    assert parse_form(".a=1&a.=2&a..b=3&.=4&b.c=5") == {"b": {"c": "5"}}


@pytest.fixture(scope="module")
def native() -> Tree:
    """The form in C."""
    tree: Tree = pytest.importorskip("decaf_protocol._query", reason="the leaf in C is not built").tree
    return tree


def _found(tree: Tree, text: str, most: int) -> object:
    """What `tree` finds, in order, or the type of what it raises."""
    try:
        return _in_order(tree(text, most))
    except (UnicodeError, OverflowError) as error:
        return UnicodeError if isinstance(error, UnicodeError) else OverflowError


def _in_order(form: Form) -> list[tuple[str, object]]:
    return [(name, part if isinstance(part, str) else _in_order(part)) for name, part in form.items()]


@settings(max_examples=2_000, deadline=None, derandomize="DECAF_LONG" not in os.environ)
@given(FORMS, st.integers(1, 20))
@example(f"={SURROGATE}", 9)
@example("a=%ff&b=&c=", 2)
@example("a=1&a=2&%61=3&b.1=4&b%2e1=5", 9)
@example("b=1&b.1=2&b=3&b.1.c=4&b.1=5&b.1.c.d=6", 9)
@example("b.1.c=1&b.1=2&b=3&b.1=4&b=5", 9)
@example("a.b.c.d.e.f.g.h.i=%ff", 9)
@example("b..c=1&.b=2&b.=3&b.%00=4", 9)
def test_both_forms_find_the_same(native: Tree, text: str, most: int) -> None:
    assert _found(native, text, most) == _found(read_tree, text, most)


@pytest.mark.parametrize("tree", ["native", "read_tree"])
def test_more_fields_than_allowed_are_too_many(tree: str, request: pytest.FixtureRequest) -> None:
    form: Tree = read_tree if tree == "read_tree" else request.getfixturevalue(tree)
    assert form("a&b&c", 3) == {"a": "", "b": "", "c": ""}
    with pytest.raises(OverflowError):
        form("a&b&c&", 3)


@pytest.mark.parametrize(
    ("text", "most"),
    [("a=1&b.1=%41&a=2&b=3&b.1=4&b.1.c=5&b..c=6", 9), ("a=%ff", 9), ("%ff=a", 9), ("a&b", 1), ("☕.é=☕", 9)],
)
def test_the_native_form_keeps_nothing(native: Tree, text: str, most: int) -> None:
    def blocks() -> int:
        for _ in range(1_000):
            _found(native, text, most)
        return sys.getallocatedblocks()

    blocks()
    assert abs(blocks() - blocks()) < 100


@pytest.mark.parametrize("arguments", [(), ("",), (b"", 1), ("", "1"), ("", 1, 1)])
def test_the_native_form_refuses_other_types(native: Callable[..., object], arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        native(*arguments)
