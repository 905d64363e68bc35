"""A class of thirty at once: real servers, real programs, and all of them end with the room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import boto3

from decaf.testing.environment import REGION, SECRET
from tests.decaf.learn.classroom.conftest import Visit, runs

LEARNERS = 30


def _send(url: str, name: str) -> list[str]:
    """Sends an order with the learner's name. Returns all that is in their queue."""
    sqs: Any = boto3.client(
        "sqs", REGION, endpoint_url=url, aws_access_key_id="345678901202", aws_secret_access_key=SECRET
    )
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=name)
    found = [message["Body"] for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]]
    sqs.close()
    return found


def test_thirty_learners_come_at_once_and_each_has_a_shop_alone(play: Callable[..., None]) -> None:
    async def scene(visit: Visit) -> None:
        names = [f"Learner {number}" for number in range(LEARNERS)]
        joined = await asyncio.gather(*(visit.join(name) for name in names))
        assert [status for status, _ in joined] == [200] * LEARNERS
        urls = [place["url"] for _, place in joined]
        assert len(set(urls)) == LEARNERS
        for name, url in zip(names, urls, strict=True):
            assert await asyncio.to_thread(_send, url, name) == [name]
        _, board = await visit.call("GET", "/board", key=visit.classroom.code)
        assert [learner["name"] for learner in board["learners"]] == names
        assert {learner["state"] for learner in board["learners"]} == {"ready"}
        pids = [place.server.pid for place in visit.classroom.places]
        assert all(map(runs, pids))
        await visit.classroom.close()
        assert not any(map(runs, pids))

    play(scene, most=LEARNERS)
