"""Two nodes in this process that share out two shards, and clients of the accounts of each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from decaf.base.settings import Settings
from decaf.base.shard import shard_of
from decaf.node.node import Node
from decaf.world import World

TTL = 1.0
REGION, ABROAD = "us-east-1", "eu-west-1"
FIRST, SECOND = "000000000001", "000000000003"  # of the shards 0 and 1 in REGION, and the other way round in ABROAD

T = TypeVar("T")


class Pair:
    """Two nodes, which live in `loop`. In REGION, `first` owns the shard of FIRST, and `second` that of SECOND."""

    def __init__(self, first: Node, second: Node) -> None:
        self.first = first
        self.second = second
        self.loop = asyncio.get_running_loop()

    def world(self, account: str, region: str = REGION) -> World:
        """Returns the world that has an account in a region."""
        shard = shard_of(account, region, 2)
        active = (self.first if shard == 0 else self.second)._seats[shard].active
        assert active is not None
        return active.world

    def do(self, what: Callable[[], T]) -> T:
        """Returns what something returns that is done where the nodes live."""
        done: Future[T] = Future()
        self.loop.call_soon_threadsafe(lambda: done.set_result(what()))
        return done.result(30)

    def sns(self, account: str = FIRST) -> Any:
        """A client of the node that does not have the account's shard."""
        return client(self.second if account == FIRST else self.first, "sns", account)

    def sqs(self, account: str = SECOND) -> Any:
        return client(self.first if account == SECOND else self.second, "sqs", account)


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


@contextmanager
def running_pair(settings: Settings) -> Iterator[Pair]:
    """As `pair`, in a thread of their own."""
    started: Future[Pair] = Future()

    async def live() -> None:
        try:
            async with pair(settings) as nodes:
                over.append(asyncio.Event())
                started.set_result(nodes)
                await over[0].wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise

    over: list[asyncio.Event] = []
    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        nodes = started.result(60)
        yield nodes
        nodes.loop.call_soon_threadsafe(over[0].set)
    finally:
        thread.join(60)


def shards_of(node: Node) -> list[int]:
    """Returns the shards that a node has loaded, and owns."""
    return [seat.shard for seat in node._seats if seat.owns]


async def until(holds: Callable[[], bool]) -> None:
    """Return once something holds. Raises TimeoutError when it does not for long."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)


def client(node: Node, service: str, account: str, secret: str = "secret", region: str = REGION) -> Any:
    """A client of a node that signs as an account, and tries each call once."""
    return boto3.client(
        service,
        endpoint_url=node.url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
    )


def received(sqs: Any, queue: str, count: int = 1, wait: int = 10) -> list[dict[str, Any]]:
    """Returns so many messages of a queue, which come within `wait` seconds each, and deletes them."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        messages = sqs.receive_message(
            QueueUrl=queue,
            WaitTimeSeconds=wait,
            MaxNumberOfMessages=min(10, count - len(found)),
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        assert messages, found
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        found += messages
    return found


def arn_of(sqs: Any, queue: str) -> str:
    """Returns the ARN of a queue."""
    return str(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
