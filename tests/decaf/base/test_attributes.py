"""Tables of attributes: reading, writing, defaults, and removing by the empty text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.base.attributes import (
    Attribute,
    apply,
    defaults,
    one_of,
    read_all,
    text,
    truth,
    whole,
    write_all,
    write_truth,
)


class Refused(Exception):
    pass


def refusal(name: str, value: str) -> Refused:
    return Refused(name, value)


TABLE = {
    "Wait": Attribute(whole(0, 20, refusal), default=5),
    "Fifo": Attribute(truth(refusal), write_truth),
    "Scope": Attribute(one_of(("Topic", "Group"), refusal), default="Topic"),
    "Policy": Attribute(text, clearable=True),
}


def read(given: dict[str, str]) -> dict[str, object]:
    return read_all(TABLE, given, lambda name: Refused(name, "unknown"))


def test_texts_become_typed_values_and_texts_again() -> None:
    texts = {"Wait": "7", "Fifo": "true", "Scope": "Group", "Policy": "{}"}
    values = read(texts)
    assert values == {"Wait": 7, "Fifo": True, "Scope": "Group", "Policy": "{}"}
    assert write_all(TABLE, values) == texts


@pytest.mark.parametrize(
    ("name", "value"),
    [("Wait", "21"), ("Wait", "-1"), ("Wait", ""), ("Wait", "٧"), ("Fifo", "yes"), ("Fifo", ""), ("Scope", "topic")],
)
def test_a_bad_text_raises_the_error_of_the_service(name: str, value: str) -> None:
    with pytest.raises(Refused) as raised:
        read({name: value})
    assert raised.value.args == (name, value)


def test_an_unknown_name_raises_its_own_error() -> None:
    with pytest.raises(Refused) as raised:
        read({"Colour": "red"})
    assert raised.value.args == ("Colour", "unknown")


def test_a_new_resource_has_the_attributes_with_a_default() -> None:
    assert defaults(TABLE) == {"Wait": 5, "Scope": "Topic"}


def test_the_empty_text_removes_a_clearable_attribute_alone() -> None:
    current: dict[str, object] = {"Wait": 5, "Policy": "{}"}
    apply(current, read({"Policy": "", "Fifo": "TRUE"}))
    assert current == {"Wait": 5, "Fifo": True}
    apply(current, read({"Policy": ""}))
    assert current == {"Wait": 5, "Fifo": True}


@given(st.text())
def test_whole_numbers_are_ascii_digits(value: str) -> None:
    try:
        number = read({"Wait": value})["Wait"]
    except Refused:
        return
    assert value.isascii()
    assert value.isdigit()
    assert number == int(value)
