"""Identifiers: of AWS's forms, and repeatable."""

from __future__ import annotations

import uuid

import pytest

from decaf.base.ids import Ids, read_uuid, write_uuid


def test_a_uuid_is_of_version_4() -> None:
    ids = Ids()
    texts = [ids.uuid() for _ in range(600)]  # of more than one pool
    assert len(set(texts)) == 600
    for text in texts:
        read = uuid.UUID(text)
        assert str(read) == text
        assert (read.version, read.variant) == (4, uuid.RFC_4122)


def test_a_uuid_in_bytes_is_of_version_4_too() -> None:
    ids = Ids()
    drawn = [ids.uuid_bytes() for _ in range(600)]
    assert len(set(drawn)) == 600
    for each in drawn:
        read = uuid.UUID(bytes=each)
        assert (read.version, read.variant) == (4, uuid.RFC_4122)
        assert write_uuid(each) == write_uuid(each + b"what follows") == str(read)
        assert read_uuid(str(read)) == each


@pytest.mark.parametrize("text", ["", "latte", "0" * 31, "0" * 34, "0" * 31 + "x", "0" * 31 + "é"])
def test_what_is_no_uuid_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="is no UUID"):
        read_uuid(text)


def test_a_seed_makes_ids_repeat() -> None:
    first, second = Ids(7), Ids(7)
    assert [first.uuid(), first.tag(), first.token()] == [second.uuid(), second.tag(), second.token()]
    assert first.uuid_bytes() == second.uuid_bytes()
    assert Ids(7).uuid() != Ids(8).uuid()


def test_without_a_seed_they_do_not_repeat() -> None:
    assert Ids().uuid() != Ids().uuid()


def test_tags_and_tokens_have_a_fixed_length() -> None:
    ids = Ids(1)
    assert {len(ids.tag()) for _ in range(300)} == {8}
    assert {len(ids.token()) for _ in range(300)} == {192}


def test_a_uuid_in_both_forms_is_one() -> None:
    ids = Ids()
    drawn = [ids.uuid_in_both() for _ in range(600)]
    assert len(set(drawn)) == 600
    for text, read in drawn:
        assert (write_uuid(read), read_uuid(text)) == (text, read)
