"""The fast edge: which requests are plain, and how it reads them."""

from __future__ import annotations

import asyncio

import pytest

from decaf.http.connections import Bounds
from decaf.http.edge import Edge, read_head
from decaf.persistence.deferred_reply import DeferredReply
from decaf.persistence.errors import CommitFailed
from decaf_protocol import Reply, Request
from tests.decaf.http.wire import call

LINE = b"POST / HTTP/1.1"
HOST = b"\r\nHost: decaf"
LENGTH = b"\r\nContent-Length: 12"


def test_headers_are_found_whatever_their_case() -> None:
    head = (
        LINE
        + b"\r\nHost: decaf\r\nX-Amz-Target:AmazonSQS.SendMessage\r\nContent-Length:  12 \r\nUser-Agent: caf\xc3\xa9"
    )
    assert read_head(head) == (
        "/",
        {
            "host": "decaf",
            "x-amz-target": "AmazonSQS.SendMessage",
            "content-length": "12",
            "user-agent": "café",
        },
        12,
    )


@pytest.mark.parametrize(
    "head",
    [
        LINE + HOST + LENGTH,
        LINE + HOST + LENGTH + b"\r\nConnection: Keep-Alive",
        LINE + HOST + b"\r\ncontent-length:12",
        LINE + HOST + LENGTH + b"\r\nX-Empty:",
        b"POST /000000000000/orders?a=%20b HTTP/1.1" + HOST + LENGTH,
    ],
)
def test_a_plain_call_is_usual(head: bytes) -> None:
    read = read_head(head)
    assert read is not None
    assert read[2] == 12


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1" + HOST + LENGTH,
        b"POST / HTTP/1.0" + HOST + LENGTH,
        b"POST  / HTTP/1.1" + HOST + LENGTH,
        b"POST http://decaf/ HTTP/1.1" + HOST + LENGTH,
        b"POST /caf\xc3\xa9 HTTP/1.1" + HOST + LENGTH,
        b"POST /a b HTTP/1.1" + HOST + LENGTH,
        b"POST /_decaf/reset HTTP/1.1" + HOST + LENGTH,
        b"POST /moto-api/reset HTTP/1.1" + HOST + LENGTH,
        LINE,
        LINE + HOST,
        LINE + HOST + LENGTH + LENGTH,
        LINE + HOST + HOST + LENGTH,
        LINE + HOST + b"\r\nContent-Length: -1",
        LINE + HOST + b"\r\nContent-Length: 1_0",
        LINE + HOST + b"\r\nContent-Length: \xb2",
        LINE + HOST + b"\r\nContent-Length: 999999999999",
        LINE + HOST + LENGTH + b"\r\nTransfer-Encoding: chunked",
        LINE + HOST + LENGTH + b"\r\nContent-Encoding: gzip",
        LINE + HOST + LENGTH + b"\r\nExpect: 100-continue",
        LINE + HOST + LENGTH + b"\r\nUpgrade: h2c",
        LINE + HOST + LENGTH + b"\r\nConnection: close",
        LINE + HOST + LENGTH + b"\r\nNo colon",
        LINE + HOST + LENGTH + b"\r\nlonely",
        LINE + HOST + LENGTH + b"\r\n: no name",
        LINE + HOST + LENGTH + b"\r\nSpaced : name",
        LINE + HOST + LENGTH + b"\r\nX: folded\r\n line",
        LINE + HOST + LENGTH + b"\r\nX: bare\nfeed",
        LINE + HOST + LENGTH + b"\r\nX: bare\rreturn",
        LINE + HOST + LENGTH + b"\r\nX: nul\0",
    ],
)
def test_anything_else_is_left_to_aiohttp(head: bytes) -> None:
    assert read_head(head, ("/_decaf", "/moto-api/")) is None


class Slow:
    """A server whose answers wait until `kept` is done, and a client of it that sends two calls in one go."""

    async def __aenter__(self) -> Slow:
        loop = asyncio.get_running_loop()
        self.done: list[bytes] = []  # bodies of the calls that have been done
        self.kept = loop.create_future()
        self._edge = Edge(self._answer, None, Bounds(9, 60, 60), 1_000, (), request_factory=None)
        self._server = await loop.create_server(self._edge, "127.0.0.1", 0)
        self.reader, self.writer = await asyncio.open_connection(*self._server.sockets[0].getsockname())
        self.writer.write(call("SendMessage", "0", A=1) + call("SendMessage", "0", A=2))
        while not self.done:
            await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        self._server.close()
        await self._server.wait_closed()

    async def hang_up(self) -> None:
        """Have the server see that the client is gone."""
        self.writer.transport.abort()
        while self._edge.connections:
            await asyncio.sleep(0)

    async def keep(self, error: Exception | None = None) -> None:
        """Let the answers go."""
        self.kept.set_result(None) if error is None else self.kept.set_exception(error)
        await asyncio.sleep(0)

    def _answer(self, request: Request) -> DeferredReply:
        self.done.append(request.body)
        return DeferredReply(Reply(200, (), b"kept"), self.kept, lambda: Reply(503, (), b"refused"))


def test_calls_sent_ahead_are_done_one_after_the_other_as_each_is_kept() -> None:
    async def go() -> None:
        async with Slow() as slow:
            assert slow.done == [b'{"A": 1}']
            await slow.keep()
            assert (await slow.reader.readuntil(b"kept")).startswith(b"HTTP/1.1 200 ")
            assert (await slow.reader.readuntil(b"kept")).startswith(b"HTTP/1.1 200 ")
            assert slow.done == [b'{"A": 1}', b'{"A": 2}']

    asyncio.run(go())


def test_what_could_not_be_kept_is_refused() -> None:
    async def go() -> None:
        async with Slow() as slow:
            await slow.keep(CommitFailed())
            assert (await slow.reader.readuntil(b"refused")).startswith(b"HTTP/1.1 503 ")

    asyncio.run(go())


def test_what_a_client_sent_ahead_before_it_hung_up_is_not_done() -> None:
    async def go() -> None:
        async with Slow() as slow:
            await slow.hang_up()
            await slow.keep()
            assert slow.done == [b'{"A": 1}']

    asyncio.run(go())
