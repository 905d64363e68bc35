"""Nodes in this process, in an event loop of their own, that share out the accounts; and clients of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from decaf.base.settings import Settings
from decaf.cluster.hop.answer import Site
from decaf.http.rendering import Stream
from decaf.node.node import Node
from decaf.node.own_answers import json_reply
from decaf.node.seat import Seat
from decaf.testing.control import Control
from decaf.world import World
from decaf_protocol import Reply, Request
from tests.cluster.processes import until

SHARDS = 4
TTL = 3.0
REGION = "us-east-1"
_REGIONS = ("eu-west-1", "eu-central-1", "us-west-2", "ap-southeast-1", "ap-northeast-1", "sa-east-1", "ca-central-1")

T = TypeVar("T")


class Nodes:
    """Two nodes, which live in `loop`: `first` has the shard 0.

    In REGION, `accounts` are two, one in a shard of each, and `neighbours` two in different shards of the first; in the
    region `abroad` the first of them is in the other shard of the second node.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, first: Node, second: Node) -> None:
        self.loop = loop
        self.first = first
        self.second = second

    @property
    def count(self) -> int:
        """The number of shards."""
        return len(self.first._seats)

    @property
    def accounts(self) -> tuple[str, str]:
        return self._account_in(shards_of(self.first)[0]), self._account_in(shards_of(self.second)[0])

    @property
    def abroad(self) -> str:
        (_, other) = shards_of(self.second)
        return next(name for name in _REGIONS if self.shard(self.accounts[0], name) == other)

    @property
    def neighbours(self) -> tuple[str, str]:
        one, other = shards_of(self.first)
        return self._account_in(one), self._account_in(other)

    @property
    def control(self) -> Control:
        """A client of the control API, by way of the first node."""
        return Control(self.first.url)

    def shard(self, account: str, region: str = REGION) -> int:
        """Returns the shard of an account in a region, which gets one if it has none."""
        shard = self.first._shards.find(account, region)
        if shard is None:
            placing = self.first._membership.place([(account, region)])
            asyncio.run_coroutine_threadsafe(placing, self.loop).result(30)
            return self.shard(account, region)
        return shard

    def twin(self, account: str) -> str:
        """Returns an account that has made no call, and has the shard of another one in REGION."""
        new = (name for name in _names() if self.first._shards.find(name, REGION) is None)
        return next(name for name in new if self.shard(name) == self.shard(account))

    def _account_in(self, shard: int) -> str:
        return next(name for name in _names() if self.shard(name) == shard)

    def seat(self, node: Node, account: str, region: str = REGION) -> Seat:
        """Returns the shard of an account in a region at a node."""
        return node._seats[self.shard(account, region)]

    def world(self, account: str, region: str = REGION) -> World:
        """Returns the world that has an account in a region."""
        seats = [self.seat(node, account, region) for node in (self.first, self.second)]
        (world,) = [seat.active.world for seat in seats if seat.active is not None]
        return world

    def client(self, service: str, account: str, region: str = REGION) -> Any:
        """A client in an account, by way of the first node."""
        return client(self.first, service, account, region=region)

    def client_elsewhere(self, service: str, account: str, region: str = REGION) -> Any:
        """A client of the node that does not have an account in a region."""
        node = self.second if self.seat(self.first, account, region).owns else self.first
        return client(node, service, account, region=region)

    def do(self, what: Callable[[], T]) -> T:
        """Returns what something returns that is done where the nodes live."""
        done: Future[T] = Future()
        self.loop.call_soon_threadsafe(lambda: done.set_result(what()))
        return done.result(30)

    def watchers(self) -> int:
        """Returns how many wait for events in all worlds."""
        worlds = [seat.active.world for node in (self.first, self.second) for seat in node._seats if seat.active]
        return sum(world.history.watcher_count + len(world._onlookers) for world in worlds)

    @contextmanager
    def second_refuses(self, path: str = "", method: str = "") -> Iterator[None]:
        """The second node answers requests for such paths as one that cannot say whether it owns its shards."""
        answering = self.second._answering
        site_of = answering.site_of

        def refusing(shard: int) -> Site | None:
            site = site_of(shard)

            def answer(request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
                if path in request.target and method in request.method:
                    return json_reply(503, {"error": "no node answers: try again"})
                assert site is not None
                return site(request)

            return answer

        answering.site_of = refusing
        try:
            yield
        finally:
            answering.site_of = site_of

    def make_queue(self, account: str, name: str, *bodies: str, region: str = REGION) -> str:
        """Returns the URL of a new queue with messages."""
        sqs = self.client("sqs", account, region)
        url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
        for body in bodies:
            sqs.send_message(QueueUrl=url, MessageBody=body)
        return url


@contextmanager
def sharing(store: str, shards: int = SHARDS, **settings: Any) -> Iterator[Nodes]:
    """Two nodes over a new database, of which each owns half of the shards."""
    wanted = Settings(port=0, store=store, lease=TTL, shards=shards, shutdown_grace=1, **settings)
    with in_a_loop() as loop, started(loop, wanted) as one, started(loop, wanted) as other:
        until(lambda: len(shards_of(one)) == len(shards_of(other)) == shards // 2)
        yield Nodes(loop, *sorted((one, other), key=shards_of))


@contextmanager
def one_idle(store: str, **settings: Any) -> Iterator[Nodes]:
    """Two nodes over a new database, of which the first owns all shards: it hands none over for two leases."""
    wanted = Settings(port=0, store=store, lease=60, shards=SHARDS, shutdown_grace=1, **settings)
    with in_a_loop() as loop, started(loop, wanted) as one:
        until(lambda: len(shards_of(one)) == SHARDS)
        with started(loop, wanted) as other:
            yield Nodes(loop, one, other)


@contextmanager
def in_a_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop, which runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="nodes", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


@contextmanager
def started(loop: asyncio.AbstractEventLoop, settings: Settings) -> Iterator[Node]:
    """A node that lives in an event loop."""
    node = Node(settings)
    asyncio.run_coroutine_threadsafe(node.start(), loop).result(60)
    try:
        yield node
    finally:
        asyncio.run_coroutine_threadsafe(node.stop(), loop).result(60)


def shards_of(node: Node) -> list[int]:
    """Returns the shards that a node has loaded, and owns."""
    return [seat.shard for seat in node._seats if seat.owns]


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


def _names() -> Iterator[str]:
    """Yields the names of accounts."""
    return (f"{number:012}" for number in range(200))


def arn_of(sqs: Any, queue: str) -> str:
    """Returns the ARN of a queue."""
    return str(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
