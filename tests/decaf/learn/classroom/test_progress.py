"""How far a learner is: what their own server's wire shows, and nothing that a program says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from decaf.learn.classroom.progress import lesson_of
from decaf.testing.environment import REGION, SECRET
from tests.decaf.learn.classroom.conftest import Visit

ACCOUNT = "345678901202"  # of lesson 2, as that of a folder
Play = Callable[..., None]


def _sqs(url: str, account: str) -> Any:
    return boto3.client("sqs", REGION, endpoint_url=url, aws_access_key_id=account, aws_secret_access_key=SECRET)


def _work(url: str, deletes: bool, account: str = ACCOUNT) -> None:
    """Does what the programs of lesson 2 do."""
    sqs = _sqs(url, account)
    orders, made = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders", "made"))
    for order in range(1, 7):
        sqs.send_message(QueueUrl=orders, MessageBody=f'{{"order": {order}}}')
    for message in sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10)["Messages"]:
        sqs.send_message(QueueUrl=made, MessageBody=message["Body"])
        if deletes:
            sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
    sqs.close()


async def _learner(visit: Visit) -> dict[str, Any]:
    _, board = await visit.call("GET", "/board", key=visit.classroom.code)
    found: dict[str, Any] = board["learners"][0]
    return found


def test_a_lesson_is_passed_when_the_wire_shows_it_and_stays_so(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        _, ada = await visit.join("Ada")
        assert (await _learner(visit))["current"] is None
        await asyncio.to_thread(_work, ada["url"], deletes=False)

        async def is_told_what_is_missing() -> bool:
            learner = await _learner(visit)
            return bool(learner["current"] == 2 and "order" in learner["sentence"])

        await visit.until(is_told_what_is_missing)
        assert (await _learner(visit))["passed"] == []
        headers = {"Authorization": f"Bearer {ada['token']}"}
        async with visit.session.post(
            f"{ada['url']}/_decaf/reset", json={"account": ACCOUNT}, headers=headers
        ) as reset:
            assert reset.status == 200
        await asyncio.to_thread(_work, ada["url"], deletes=True)

        async def has_passed() -> bool:
            return bool((await _learner(visit))["passed"] == [2])

        await visit.until(has_passed)
        assert await visit.call("POST", "/restart", {}, ada["token"]) == (200, {})
        await asyncio.to_thread(_work, ada["url"], deletes=False, account="345678901203")
        assert (await _learner(visit))["passed"] == [2]

    play(scene)


def test_a_run_that_has_ended_is_looked_at_before_the_next_one_kills_the_server(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        _, ada = await visit.join("Ada")
        await asyncio.to_thread(_work, ada["url"], deletes=True)
        assert await visit.call("POST", "/look", {}, ada["token"]) == (200, {})
        assert await visit.call("POST", "/restart", {}, ada["token"]) == (200, {})
        assert (await _learner(visit))["passed"] == [2]

    play(scene)


@pytest.mark.parametrize(
    ("account", "number"), [("345678901202", 2), ("100000000017", 17), ("000000000000", None), ("", None)]
)
def test_an_account_is_of_the_lesson_that_its_last_digits_name(account: str, number: int | None) -> None:
    assert lesson_of(account) == number
