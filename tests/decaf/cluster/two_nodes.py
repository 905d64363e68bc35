"""Two nodes in one event loop: the active one with a world, and another in front of it, each with a port of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from decaf.app import make_server, make_site
from decaf.base.errors import service_unavailable
from decaf.base.settings import Settings
from decaf.cluster.forwarding import Forwarding
from decaf.cluster.hop.answering import Answering
from decaf.cluster.hop.connection import Identity
from decaf.cluster.hop.dialling import Address, Dialling
from decaf.cluster.hop.links import Links
from decaf.cluster.parked import Parked
from decaf.http.rendering import Stream
from decaf.http.server import Server
from decaf.world import World
from decaf_protocol import Origin, Reply, Request, dialect, encode_error

SECRET = b"the secret of the cluster"
LONGEST = 4 * 1024 * 1024
ACCOUNT = "000000000001"


def identity(node: str, secret: bytes = SECRET, longest: int = LONGEST) -> Identity:
    return Identity(node, secret, longest)


def refuse(request: Request) -> Reply:
    return encode_error(dialect(request), service_unavailable(), "a request id")


@dataclass(slots=True)
class Two:
    """`server` is the active node's, `answering` its port for other nodes; `front` is the other node's server, `links`
    are its connections, and `looks` how often it has asked who is active."""

    server: Server
    world: World
    answering: Answering
    links: Links
    forwarding: Forwarding
    front: Server
    looks: list[None]

    @property
    def address(self) -> Address:
        return Address("active", *self.answering.address)

    @property
    def connection(self) -> Dialling:
        """The other node's connection to the active one."""
        channel = self.forwarding._channel
        assert channel is not None
        return channel._connection

    async def connect(self) -> None:
        """Have the other node pass requests on, once it is connected."""
        self.forwarding.use(self.address)
        await until(lambda: self.forwarding.is_connected)

    @asynccontextmanager
    async def other_shard(self, shard: int = 1) -> AsyncIterator[Forwarding]:
        """What passes the requests for another shard on at the other node, once it may."""
        forwarding = Forwarding(self.links, refuse, lambda: self.looks.append(None), shard=shard)
        forwarding.use(self.address)
        await until(lambda: forwarding.is_connected)
        try:
            yield forwarding
        finally:
            forwarding.stop()

    async def ask(self, request: Request) -> Reply:
        """Returns the reply to a request that came to the other node."""
        reply = await asyncio.wait_for(self.forwarding.answer(request), 20)
        assert isinstance(reply, Reply)
        return reply

    async def stream(self, request: Request) -> Stream:
        """Returns the stream that is the answer to a request that came to the other node."""
        stream = await asyncio.wait_for(self.forwarding.answer(request), 20)
        assert isinstance(stream, Stream)
        return stream

    async def call(self, operation: str, **params: Any) -> Any:
        """Returns the result of a call to SQS at the other node."""
        reply = await self.ask(sqs(operation, **params))
        assert reply.status == 200, reply
        return json.loads(reply.body or b"{}")


@asynccontextmanager
async def two_nodes(parked: Parked | None = None, **settings: Any) -> AsyncIterator[Two]:
    """Two nodes that listen, and do not know each other yet."""
    world = World(Settings(port=0, shutdown_grace=1, **settings))
    server = make_server(world)
    answering = Answering(identity("active"), lambda _: server.site.answer)
    await answering.start("127.0.0.1", 0)
    looks: list[None] = []
    links = Links(identity("front"))
    forwarding = Forwarding(links, refuse, lambda: looks.append(None), parked)
    front = make_front(forwarding)
    await server.start()
    await front.start()
    try:
        yield Two(server, world, answering, links, forwarding, front, looks)
    finally:
        forwarding.stop()
        await front.stop()
        await answering.stop()
        await server.stop()


def make_front(forwarding: Forwarding) -> Server:
    """Returns a server that passes all requests on."""
    settings = Settings(port=0, shutdown_grace=1)
    return Server(
        settings,
        make_site(World(settings)).answering(forwarding.answer, lambda request, _=None: forwarding.call(request)),
    )


def sqs(operation: str, **params: Any) -> Request:
    """A request of an SQS client, from another machine, over TLS."""
    headers = {
        "host": "localhost",
        "x-amz-target": f"AmazonSQS.{operation}",
        "content-type": "application/x-amz-json-1.0",
        "authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/sqs/aws4_request, Signature=0",
    }
    return Request("POST", "/", headers, json.dumps(params).encode(), Origin("127.0.0.1", True))


def noting(seen: list[Request]) -> Callable[[Request], Reply]:
    """Returns a site that answers every request at once, and adds it to `seen`."""

    def site(request: Request) -> Reply:
        seen.append(request)
        return Reply(200, (), b"")

    return site


async def until(holds: Callable[[], bool]) -> None:
    """Return once something holds. Raises TimeoutError when it does not for long."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.001)


def waiters(world: World) -> int:
    """Returns the number of long polls that are parked."""
    return sum(len(queue.waiters) for queue in world.queues())
