"""Deliveries and lists across the worlds of two nodes, with accounts of different shards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest

from decaf.base.settings import Settings
from tests.decaf.node.sharing import FIRST, SECOND, TTL, Pair, arn_of, client, pair, received
from tests.postgres.server import Postgres, running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def settings(postgres: Postgres) -> Settings:
    return Settings(port=0, store=postgres.make_database(), lease=TTL, shutdown_grace=1, shards=2)


def played(settings: Settings, play: Callable[[Pair], None]) -> None:
    """Let a test play with two nodes, in another thread than theirs."""

    async def run() -> None:
        async with pair(settings) as nodes:
            await asyncio.to_thread(play, nodes)

    asyncio.run(run())


def test_a_topic_delivers_to_a_queue_whose_account_is_in_another_shard(settings: Settings) -> None:
    def play(nodes: Pair) -> None:
        sns, sqs = client(nodes.first, "sns", FIRST), client(nodes.second, "sqs", SECOND)
        topic = sns.create_topic(Name="orders")["TopicArn"]
        queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
        client(nodes.second, "sns", SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
        sent = sns.publish(TopicArn=topic, Message="espresso", Subject="an order")
        (message,) = received(sqs, queue)
        envelope = json.loads(message["Body"])
        assert (envelope["Message"], envelope["Subject"]) == ("espresso", "an order")
        assert (envelope["MessageId"], envelope["TopicArn"]) == (sent["MessageId"], topic)

    played(settings, play)
