"""GET and POST /_decaf/profile: the profile of the server, and of one account."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.control import profile
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT

OTHER = "222222222222"


def _twice(bench: Bench, account: str = ACCOUNT) -> bool:
    """Whether a message comes again after it was deleted."""
    bench.sqs("CreateQueue", account, QueueName="orders")
    bench.sqs("SendMessage", account, QueueUrl="orders", MessageBody="latte")
    return sum(_received_and_deleted(bench, account) for _ in range(30)) == 2


def _received_and_deleted(bench: Bench, account: str) -> int:
    messages = bench.sqs("ReceiveMessage", account, QueueUrl="orders").get("Messages", ())
    for message in messages:
        bench.sqs("DeleteMessage", account, QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


def test_by_default_it_is_strict() -> None:
    bench = Bench()
    assert bench.get("/profile") == {"profile": "strict", "seed": 7, "duplicates": 0.3, "accounts": {}}
    assert not _twice(bench)


def test_one_account_is_given_one_while_the_server_runs() -> None:
    bench = Bench()
    bench.sqs("CreateQueue", QueueName="orders")
    assert bench.post("/profile", profile="realistic", account=ACCOUNT, seed=3, duplicates=0.5) == {}
    own = {"profile": "realistic", "seed": 3, "duplicates": 0.5}
    assert bench.get("/profile")["accounts"] == {ACCOUNT: own}
    assert (_twice(bench), _twice(bench, OTHER)) == (True, False)
    bench.post("/profile", profile="strict", account=ACCOUNT)
    assert not _twice(bench)


def test_all_accounts_without_one_of_their_own_are_given_one() -> None:
    bench = Bench()
    bench.post("/profile", profile="strict", account=OTHER)
    bench.post("/profile", profile="realistic")
    assert (_twice(bench), _twice(bench, OTHER)) == (True, False)


def test_a_reset_brings_back_the_first() -> None:
    bench = Bench()
    bench.post("/profile", profile="realistic", account=ACCOUNT)
    bench.post("/reset", account=ACCOUNT)
    assert bench.get("/profile")["accounts"] == {}
    bench.post("/profile", profile="realistic")
    bench.post("/reset")
    assert bench.get("/profile")["profile"] == "strict"


def test_accounts_with_the_same_seed_see_the_same() -> None:
    def order(account: str, **seed: int) -> list[str]:
        bench = Bench()
        bench.post("/profile", profile="realistic", account=account, **seed)
        bench.sqs("CreateQueue", account, QueueName="orders")
        for number in range(8):
            bench.sqs("SendMessage", account, QueueUrl="orders", MessageBody=str(number))
        got: list[Any] = []
        for _ in range(10):
            got += bench.sqs("ReceiveMessage", account, QueueUrl="orders").get("Messages", ())
        return [message["Body"] for message in got]

    assert order(ACCOUNT, seed=1) == order(OTHER, seed=1)
    assert order(ACCOUNT) == order(ACCOUNT) != order(OTHER)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "Object missing required field `profile`"),
        ({"profile": "exact"}, "Invalid enum value 'exact' - at `$.profile`"),
        ({"profile": "strict", "seed": -1}, "Expected `int` >= 0 - at `$.seed`"),
        ({"profile": "strict", "duplicates": 2}, "Expected `float` <= 1.0 - at `$.duplicates`"),
    ],
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any], why: str) -> None:
    assert Bench().post("/profile", **body) == (400, why)


def test_their_number_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MAX_ACCOUNTS", 1)
    bench = Bench()
    bench.post("/profile", profile="realistic", account=ACCOUNT)
    assert bench.post("/profile", profile="strict", account=OTHER) == (
        409,
        "1 accounts have profiles of their own already",
    )
    assert bench.post("/profile", profile="strict", account=ACCOUNT) == {}
