"""The log of functions."""

from __future__ import annotations

import pytest

from decaf.functions import log
from decaf.functions.function import Function
from decaf.functions.invocation import Invocation
from decaf.functions.log import FunctionLog, log_of

BREW = "arn:aws:lambda:us-east-1:111111111111:function:brew"
GRIND = "arn:aws:lambda:us-east-1:222222222222:function:grind"


def test_an_invocation_is_written_as_lambda_writes_it() -> None:
    invocation = Invocation("id", BREW, log="brewing", duration=0.0123)
    assert log_of(Function("brew", "coffee.brew"), invocation, init=0.25, memory=30_000_000).splitlines() == [
        "START RequestId: id Version: $LATEST",
        "brewing",
        "END RequestId: id",
        "REPORT RequestId: id\tDuration: 12.30 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 29 MB\tInit Duration: 250.00 ms",
    ]
    late = log_of(Function("brew", "coffee.brew"), Invocation("id", BREW, timed_out=True, duration=3.0))
    assert late.splitlines()[-1].endswith("\tStatus: timeout")


def test_entries_are_found_by_function_account_invocation_and_number() -> None:
    kept = FunctionLog()
    for number, arn in enumerate((BREW, GRIND, f"{BREW}:live"), 1):
        kept.add(arn, f"id-{number}", float(number), "text")
    for how, found in (
        ({}, [1, 2, 3]),
        ({"name": "brew"}, [1, 3]),
        ({"name": BREW}, [1, 3]),
        ({"account": "222222222222"}, [2]),
        ({"request_id": "id-3"}, [3]),
        ({"after": 2}, [3]),
    ):
        assert [entry.number for entry in kept.find(**how)] == found


def test_the_oldest_entries_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST", 10)
    kept = FunctionLog()
    for text in ("12345", "12345", "123456", "x" * 11):
        kept.add(BREW, "id", 0.0, text)
        assert sum(len(entry.text) for entry in kept.find()) <= 10
    kept.add(BREW, "id", 0.0, "12345")
    assert [entry.number for entry in kept.find()] == [5]
