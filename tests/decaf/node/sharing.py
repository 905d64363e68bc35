"""Two nodes in this process that share out two shards, and clients of the accounts of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import boto3
from botocore.config import Config

from decaf.base.settings import Settings
from decaf.base.shard import shard_of
from decaf.node.node import Node
from decaf.world import World

TTL = 1.0
FIRST, SECOND = "000000000004", "000000000001"  # accounts of the shards 0 and 1


class Pair:
    """The nodes, of which `first` owns the shard of FIRST, and `second` that of SECOND."""

    def __init__(self, first: Node, second: Node) -> None:
        self.first = first
        self.second = second

    def world(self, account: str) -> World:
        """Returns the world that has an account."""
        node = self.first if account == FIRST else self.second
        active = node._seats[shard_of(account, 2)].active
        assert active is not None
        return active.world


@asynccontextmanager
async def pair(settings: Settings) -> AsyncIterator[Pair]:
    """Two nodes that each own one shard of a new database, until the context is left."""
    nodes = [Node(settings), Node(settings)]
    try:
        for node in nodes:
            await node.start()
        await until(lambda: all(len(shards_of(node)) == 1 for node in nodes))
        first, second = sorted(nodes, key=shards_of)
        yield Pair(first, second)
    finally:
        for node in nodes:
            await node.stop()


def shards_of(node: Node) -> list[int]:
    """Returns the shards that a node has loaded, and owns."""
    return [seat.shard for seat in node._seats if seat.owns]


async def until(holds: Callable[[], bool]) -> None:
    """Return once something holds. Raises TimeoutError when it does not for long."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)


def client(node: Node, service: str, account: str) -> Any:
    """A client of a node that signs as an account, and tries each call once."""
    return boto3.client(
        service,
        endpoint_url=node.url,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
    )


def received(sqs: Any, queue: str, wait: int = 10) -> list[dict[str, Any]]:
    """Returns the messages of a queue that come within `wait` seconds, and deletes them."""
    found = sqs.receive_message(
        QueueUrl=queue,
        WaitTimeSeconds=wait,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    ).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return list(found)


def arn_of(sqs: Any, queue: str) -> str:
    """Returns the ARN of a queue."""
    return str(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
