"""The rules for names of message attributes, and for ids, that both services have."""

from __future__ import annotations

import pytest

from decaf.base.message_attributes import DotRule, broken_dot_rule, illegal_character, is_id


@pytest.mark.parametrize("name", ["a", "A.b_c-1", "x" * 256])
def test_letters_digits_and_three_symbols_make_a_name(name: str) -> None:
    assert illegal_character(name, in_ascii=True) is None
    assert broken_dot_rule(name) is None


@pytest.mark.parametrize(("name", "character"), [("a b", "#x20"), ("é", "#xE9"), ("a/b c", "#x2F"), ("٣", "#x663")])
def test_the_first_illegal_character_is_named(name: str, character: str) -> None:
    assert illegal_character(name, in_ascii=True) == character


def test_names_of_any_script_have_letters_and_digits_of_any_script() -> None:
    assert illegal_character("attr.1øßä٣", in_ascii=False) is None
    assert illegal_character("a€b", in_ascii=False) == "#x20AC"


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (".", DotRule.STARTS_WITH_DOT),
        (".a", DotRule.STARTS_WITH_DOT),
        ("a.", DotRule.ENDS_WITH_DOT),
        ("a..b", DotRule.SUCCESSIVE_DOTS),
    ],
)
def test_dots_stand_between_other_characters(name: str, rule: DotRule) -> None:
    assert broken_dot_rule(name) is rule


@pytest.mark.parametrize("text", ["a", "~" * 128, "!#$%&'()*+,-./:;<=>?@[]^_`{|}\"\\"])
def test_ids_are_alphanumeric_and_punctuation(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "a" * 129, "a b", "é", "a\n"])
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_id(text)
