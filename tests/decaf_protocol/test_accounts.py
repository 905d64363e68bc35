"""Accounts are 12 ASCII digits, and regions are named as AWS names them."""

from __future__ import annotations

import pytest

from decaf_protocol import account_of, is_account, is_region


@pytest.mark.parametrize("text", ["000000000000", "123456789012"])
def test_an_account_has_12_digits(text: str) -> None:
    assert is_account(text)


@pytest.mark.parametrize("text", ["", "12345678901", "1234567890123", "12345678901a", "123456789012\n", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_anything_else_is_no_account(text: str) -> None:
    assert not is_account(text)


@pytest.mark.parametrize("text", ["us-east-1", "us-gov-west-1", "ap-southeast-12"])
def test_a_region_is_words_and_a_number(text: str) -> None:
    assert is_region(text)


@pytest.mark.parametrize(
    "text", ["", "local", "us-1", "us-east", "US-EAST-1", "us-east-1a", "us-east-1\n", "us-east-١"]
)
def test_anything_else_is_no_region(text: str) -> None:
    assert not is_region(text)


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("123456789012", "123456789012"),
        ("AKIAIOSFODNN7EXAMPLE", "000000000000"),
        ("12345678901", "000000000000"),
        ("١٢٣٤٥٦٧٨٩٠١٢", "000000000000"),
        (None, "000000000000"),
    ],
)
def test_a_key_of_twelve_digits_is_the_account(key: str | None, account: str) -> None:
    assert account_of(key) == account
