"""Codes and how often one may be tried, with the clock in hand."""

from __future__ import annotations

import re

import pytest

from decaf.learn.classroom.join_code import WAIT, WRONG, Door, TooMany, WrongCode, new_code


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def _try(door: Door, times: int, address: str) -> None:
    for _ in range(times):
        with pytest.raises(WrongCode):
            door.check("WRNG-CODE", address)


def test_a_code_is_read_and_typed_by_people() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    for code in codes:
        assert re.fullmatch("[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", code)
        for typed in (code, code.lower(), f" {code[:4]} {code[5:]} "):
            Door(code, Clock()).check(typed, "10.0.0.7")


@pytest.mark.parametrize("code", ["", "ABCD", "ABCD-EFG", "ABCD-EFGH-", "caf\udce9", "ABCD-EFGJ"])
def test_another_code_is_wrong(code: str) -> None:
    door = Door("ABCD-EFGH", Clock())
    if code == "ABCD-EFGH-":  # a dash more is the same code
        door.check(code, None)
    else:
        with pytest.raises(WrongCode):
            door.check(code, None)


def test_after_ten_wrong_codes_an_address_waits_a_minute() -> None:
    clock = Clock()
    door = Door("ABCD-EFGH", clock)
    _try(door, WRONG, "10.0.0.7")
    with pytest.raises(TooMany):
        door.check("ABCD-EFGH", "10.0.0.7")
    door.check("ABCD-EFGH", "10.0.0.8")  # others do not wait
    clock.time = WAIT - 1
    with pytest.raises(TooMany):
        door.check("ABCD-EFGH", "10.0.0.7")
    clock.time = WAIT
    door.check("ABCD-EFGH", "10.0.0.7")


@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8::1", "2001:db8::ffff:2"), ("::ffff:10.0.0.7", "10.0.0.7"), ("", "no address")],
)
def test_addresses_of_one_machine_wait_together(first: str, second: str) -> None:
    door = Door("ABCD-EFGH", Clock())
    _try(door, WRONG, first)
    with pytest.raises(TooMany):
        door.check("ABCD-EFGH", second)


def test_few_addresses_are_remembered() -> None:
    door = Door("ABCD-EFGH", Clock())
    for number in range(1_500):
        _try(door, 1, f"10.0.{number // 256}.{number % 256}")
    assert len(door._wrong) == 1_000
