"""Two nodes in this process that share out the accounts, in an event loop of their own, and accounts of each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3

from decaf.base.clock import pause
from decaf.base.settings import Settings
from decaf.base.shard import shard_of
from decaf.cluster.hop.answer import Site
from decaf.http.rendering import Stream
from decaf.node.node import Node
from decaf.node.own_answers import json_reply
from decaf.testing.control import Control
from decaf_protocol import Reply, Request

SHARDS = 4
TTL = 3.0
REGION = "us-east-1"
_REGIONS = ("eu-west-1", "eu-central-1", "us-west-2", "ap-southeast-1", "ap-northeast-1", "sa-east-1", "ca-central-1")


@dataclass(slots=True)
class Sharded:
    """`first` and `second` are the nodes. In REGION, `accounts` are two, one in a shard of each, and `neighbours` two
    in different shards of the first; in the region `abroad` the first of them is in a shard of the second node.
    """

    loop: asyncio.AbstractEventLoop
    first: Node
    second: Node
    accounts: tuple[str, str]
    neighbours: tuple[str, str]
    abroad: str

    @property
    def control(self) -> Control:
        """A client of the control API, by way of the first node."""
        return Control(self.first.url)

    def client(self, service: str, account: str, region: str = REGION) -> Any:
        """A client of boto3 in an account, by way of the first node."""
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "secret"}
        return boto3.client(service, region, endpoint_url=self.first.url, **keys)

    def watchers(self) -> int:
        """Returns how many wait for events in all worlds."""
        worlds = [seat.active.world for node in (self.first, self.second) for seat in node._seats if seat.active]
        return sum(world.history.watcher_count + len(world._onlookers) for world in worlds)

    def until(self, happened: Callable[[], bool]) -> None:
        for _ in range(3_000):
            if happened():
                return
            pause(0.01)
        raise AssertionError("it did not happen")

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
def sharded(store: str, **settings: Any) -> Iterator[Sharded]:
    """Start two nodes, and wait until each owns half of the shards."""
    loop, ended = asyncio.new_event_loop(), Event()

    def run() -> None:
        loop.run_forever()
        loop.close()
        ended.set()

    Thread(target=run, name="nodes", daemon=True).start()
    nodes = []
    for _ in range(2):
        node = Node(Settings(port=0, store=store, lease=TTL, shards=SHARDS, shutdown_grace=1, **settings))
        nodes.append(node)
        asyncio.run_coroutine_threadsafe(node.start(), loop).result(60)
    try:
        shards = [_shards(node) for node in nodes]
        one, neighbour, *_ = map(_account_in, shards[0])
        abroad = next(name for name in _REGIONS if shard_of(one, name, SHARDS) in shards[1])
        yield Sharded(loop, nodes[0], nodes[1], (one, _account_in(shards[1][0])), (one, neighbour), abroad)
    finally:
        for node in nodes:
            asyncio.run_coroutine_threadsafe(node.stop(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        ended.wait(60)


def _shards(node: Node) -> list[int]:
    """Returns the shards that a node owns, once it owns half of them."""
    for _ in range(6_000):
        found: list[int] = []
        with suppress(HTTPError), urlopen(f"{node.url}/_decaf/health") as response:  # 503 before its first beat
            found = json.load(response)["shards"]
        if len(found) == SHARDS // 2:
            return found
        pause(0.01)
    raise AssertionError("the nodes do not share the shards out")


def _account_in(shard: int) -> str:
    return next(name for name in (f"{number:012}" for number in range(100)) if shard_of(name, REGION, SHARDS) == shard)
