"""The fast edge: which requests are plain, and how it reads them."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from decaf.faults.calls import Dropped
from decaf.http.aiohttp_server import AiohttpConnection, AiohttpServer
from decaf.http.connections import Bounds, Connections
from decaf.http.edge import Answer as AnswerCall
from decaf.http.edge import Edge, FastConnection
from decaf.persistence.deferred_reply import DeferredReply, Pending
from decaf.persistence.errors import CommitFailed
from decaf_protocol import AWSError, Reply, Request
from tests.decaf.http.wire import Answer, answer, call, dial, head
from tests.live import Live

LINE = b"POST / HTTP/1.1"
HOST = b"\r\nHost: decaf"


@pytest.mark.parametrize(("head_size", "body_size"), [(65_536, 2), (1_024, 1_000)], ids=["head", "body"])
def test_the_longest_head_and_body_are_read_here(head_size: int, body_size: int) -> None:
    start = LINE + HOST + b"\r\nContent-Length: %d\r\nX-Long: " % body_size
    whole = start + b"x" * (head_size - len(start) - 4) + b"\r\n\r\n" + b"b" * body_size
    bodies: list[int] = []

    def answers(request: Request) -> Reply:
        bodies.append(len(request.body))
        return Reply(200, (), b"")

    async def play() -> None:
        async with served(answers) as client:
            client.writer.write(whole)
            await client.until(lambda: bool(client.connections.open))
            await client.until(lambda: bool(bodies) or not client.connections.open)

    asyncio.run(play())
    assert bodies == [body_size]


class _Full:
    """A transport whose client has left so many bytes unread."""

    def __init__(self, unread: int) -> None:
        self.unread = unread

    def write(self, _: bytes) -> None: ...

    def pause_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.unread


def test_a_mebibyte_may_be_unread_and_a_mebibyte_may_come_ahead() -> None:
    mebibyte = 1024 * 1024

    async def play() -> None:
        async with served(lambda request: Reply(200, (), b"")) as client:
            await client.until(lambda: bool(client.connections.open))
            connection, transport = client.connection, client.connection.transport
            connection._store_ahead(b"x" * mebibyte)
            assert not connection._stopped_reading
            connection._store_ahead(b"x")
            assert connection._stopped_reading
            for unread, reads in ((mebibyte, True), (mebibyte + 1, False)):
                connection.transport = _Full(unread)
                connection._write(Reply(200, (), b""))
                assert connection._reads is reads
            connection.transport = transport
            assert transport is not None
            transport.abort()
            await client.until(lambda: not client.connections.open)

    asyncio.run(play())


def test_a_post_to_another_path_than_a_queue_s_is_answered_there(live: Live, account: str) -> None:
    with dial(live.url) as connection:
        body = json.dumps({"account": account}).encode()
        head = f"POST /_decaf/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head + body)
        answered = answer(connection)
        assert answered is not None
        assert answered.status == 200


def _answer_to(live: Live, *pieces: bytes) -> Answer | None:
    """The response to a call that arrives in these pieces."""
    with dial(live.url) as connection:
        for piece in pieces:
            connection.sendall(piece)
            for _ in range(3):
                live.call(lambda: None)  # a turn of the server's loop, in which it reads
        return answer(connection)


@pytest.mark.parametrize("lacking", [1, 2, 20])
def test_a_body_is_waited_for_to_its_last_byte(live: Live, account: str, lacking: int) -> None:
    whole = call("CreateQueue", account, QueueName="a-queue-with-a-name")
    answered = _answer_to(live, whole[: -lacking - 1], whole[-lacking - 1 : -lacking], whole[-lacking:])
    assert answered is not None
    assert answered.status == 200


def test_a_head_is_waited_for_to_its_end_even_where_its_start_could_be_one(live: Live, account: str) -> None:
    start, end = head("ListQueues", account, "Content-Length: 2"), b"X-Trace: 1\r\n\r\n{}"
    answered = _answer_to(live, start[:-2] + end[:10], end[10:])
    assert answered is not None
    assert answered.status == 200


def test_what_looks_like_a_call_in_the_body_of_an_unusual_one_is_none(live: Live, account: str) -> None:
    inner = call("CreateQueue", account, QueueName="smuggled")
    unusual = head("ListQueues", account, "Content-Encoding: identity", f"Content-Length: {len(inner)}")
    answered = _answer_to(live, unusual, inner)
    assert answered is not None
    assert answered.status == 400
    assert live.world.store.find_queue(account, "us-east-1", "smuggled") is None


@dataclass(slots=True)
class Client:
    """A client of an edge, with the connections of the edge: both in the test's event loop."""

    connections: Connections
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def connection(self) -> FastConnection:
        """The edge's end."""
        (connection,) = self.connections.open
        assert isinstance(connection, FastConnection)
        return connection

    async def until(self, happened: Callable[[], bool]) -> None:
        """Return once `happened()`."""
        while not happened():
            await asyncio.sleep(0)


@asynccontextmanager
async def served(answers: AnswerCall, most_unread: int | None = None) -> AsyncIterator[Client]:
    """A client of an edge that answers with `answers`; it fails when anything is raised in the edge.

    `most_unread` is how many bytes the client's socket takes before it is read from.
    """
    loop = asyncio.get_running_loop()
    raised: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: raised.append(context))
    edge = edge_of(answers)
    server = await loop.create_server(edge, "127.0.0.1", 0)
    client = socket.socket()
    if most_unread is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most_unread)
    client.connect(server.sockets[0].getsockname())
    reader, writer = await asyncio.open_connection(sock=client)
    try:
        yield Client(edge.connections, reader, writer)
    finally:
        writer.close()
        server.close()
        await server.wait_closed()
    assert raised == []


PARKED = call("ReceiveMessage", "0", A=1)


def test_a_parked_call_whose_reply_is_dropped_is_hung_up_on() -> None:
    async def drop() -> Reply:
        await asyncio.sleep(0)
        raise Dropped

    async def go() -> None:
        async with served(lambda request: drop()) as client:
            client.writer.write(PARKED)
            assert await client.reader.read() == b""

    asyncio.run(go())


def test_what_was_sent_behind_a_call_whose_reply_is_dropped_is_not_done() -> None:
    async def go() -> None:
        asked: list[Request] = []

        def drop(request: Request) -> Reply:
            asked.append(request)
            raise Dropped

        async with served(drop) as client:
            client.writer.write(PARKED + PARKED)
            assert await client.reader.read() == b""
            assert len(asked) == 1

    asyncio.run(go())


def test_a_connection_idles_anew_once_a_call_that_came_in_pieces_is_answered() -> None:
    async def go() -> None:
        async with served(lambda request: Reply(200, (), b"kept")) as client:
            await client.until(lambda: bool(client.connections.open))
            connected_until = client.connection.due
            client.writer.write(PARKED[:-3])
            await client.until(lambda: not client.connection.is_idle)
            client.writer.write(PARKED[-3:])
            await client.reader.readuntil(b"kept")
            assert client.connection.is_idle
            assert client.connection.due >= connected_until

    asyncio.run(go())


def test_while_the_server_stops_a_half_sent_call_is_answered_and_its_connection_closed() -> None:
    async def go() -> None:
        async with served(lambda request: Reply(200, (), request.body)) as client:
            client.writer.write(PARKED[:-3])
            await client.until(lambda: bool(client.connections.open) and not client.connection.is_idle)
            client.connections.stopping = True
            client.writer.write(PARKED[-3:] + PARKED)
            answered = await client.reader.read()
            assert answered.startswith(b"HTTP/1.1 200 ")
            assert answered.count(b'{"A": 1}') == 1

    asyncio.run(go())


def test_while_the_server_stops_a_parked_call_is_answered_and_what_was_sent_behind_it_is_not() -> None:
    async def go() -> None:
        asked: list[Request] = []
        free = asyncio.Event()

        async def wait() -> Reply:
            await free.wait()
            return Reply(200, (), b"kept")

        def answer(request: Request) -> Awaitable[Reply]:
            asked.append(request)
            return wait()

        async with served(answer) as client:
            client.writer.write(PARKED + PARKED)
            await client.until(lambda: bool(asked))
            client.connections.stopping = True
            free.set()
            assert (await client.reader.read()).endswith(b"kept")
            assert len(asked) == 1

    asyncio.run(go())


def test_a_client_that_does_not_read_is_not_listened_to_until_it_does() -> None:
    async def go() -> None:
        calls = 60
        done = 0

        def answer(request: Request) -> Reply:
            nonlocal done
            done += 1
            return Reply(200, (), bytes(1_000_000))

        async def read_all() -> int:
            received = 0
            while done < calls or received < calls * 1_000_000:
                received += len(await client.reader.read(1 << 20))
            return done

        async with served(answer, most_unread=65_536) as client:
            await client.until(lambda: bool(client.connections.open))
            transport = client.connection.transport
            assert isinstance(transport, asyncio.Transport)
            for number in range(calls):
                client.writer.write(PARKED)
                while done <= number and transport.is_reading():
                    await asyncio.sleep(0)
            assert not transport.is_reading()
            assert done < calls
            assert await read_all() == calls
            assert transport.is_reading()

    asyncio.run(go())


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection off: the other side sees more than that no bytes come."""
    made: socket.socket = writer.get_extra_info("socket")
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def edge_of(answers: AnswerCall) -> Edge:
    """Returns an edge without a server for what is not plain."""

    def others() -> Any:
        raise AssertionError("the request is not plain")

    return Edge(answers, Connections(Bounds(9, 60, 60), refuse), others, 1_000, ())


def refuse(start: bytes, error: AWSError) -> Reply:
    return Reply(400, (), error.message.encode())


class Slow:
    """A server whose answers wait until `kept` is done, and a client of it that sends two calls in one go."""

    async def __aenter__(self) -> Slow:
        loop = asyncio.get_running_loop()
        self._raised: list[dict[str, Any]] = []  # in the edge
        loop.set_exception_handler(lambda _, context: self._raised.append(context))
        self.done: list[bytes] = []  # bodies of the calls that have been done
        self.kept = loop.create_future()
        self._edge = edge_of(self._answer)
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
        assert self._raised == []

    async def hang_up(self) -> None:
        """Have the server see that the client is gone: a reset, since one that only sends no more is answered."""
        reset(self.writer)
        while self._edge.connections.open:
            await asyncio.sleep(0)

    async def keep(self, error: Exception | None = None) -> None:
        """Let the answers go."""
        self.kept.set_result(frozenset()) if error is None else self.kept.set_exception(error)
        await asyncio.sleep(0)

    def _answer(self, request: Request) -> DeferredReply:
        self.done.append(request.body)
        return DeferredReply(Reply(200, (), b"kept"), Pending(self.kept, []), lambda: Reply(503, (), b"refused"))


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


GET = b"GET / HTTP/1.1\r\nHost: decaf\r\n\r\n"


class Loading:
    """An edge whose server for what is not plain is not loaded yet, and a client of it."""

    async def __aenter__(self) -> Loading:
        loop = asyncio.get_running_loop()
        self.raised: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, context: self.raised.append(context))
        self._others: asyncio.Future[AiohttpServer] = loop.create_future()
        self.connections = Connections(Bounds(9, 60, 60), refuse)
        edge = Edge(lambda request: Reply(200, (), b"plain"), self.connections, lambda: self._others, 1_000, ())
        self._server = await loop.create_server(edge, "127.0.0.1", 0)
        self.reader, self.writer = await asyncio.open_connection(*self._server.sockets[0].getsockname())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        self._server.close()
        await self._server.wait_closed()
        assert self.raised == []

    async def until_it_waits(self) -> None:
        while not any(isinstance(each, FastConnection) and each._parked for each in self.connections.open):
            await asyncio.sleep(0)

    def load(self) -> None:
        """Be loaded: each request is answered with its method and the length of its body."""

        async def answers(http: web.BaseRequest) -> web.StreamResponse:
            assert isinstance(http.protocol, AiohttpConnection)
            body = await http.read()
            http.protocol.answering()
            http.protocol.answered()
            return web.Response(text=f"read {len(body)} by {http.method}")

        def make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
            loop = asyncio.get_running_loop()
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=1_000_000)

        self._others.set_result(AiohttpServer(answers, self.connections, request_factory=make_request))


def test_what_comes_before_aiohttp_is_loaded_is_read_by_it_in_its_order() -> None:
    async def go() -> None:
        async with Loading() as edge:
            edge.writer.write(GET)
            await edge.until_it_waits()
            edge.writer.write(call("ListQueues", "0"))
            edge.load()
            assert await edge.reader.readuntil(b"by GET")
            assert await edge.reader.readuntil(b"by POST")

    asyncio.run(go())


def test_a_client_that_sends_no_more_before_aiohttp_is_loaded_is_answered() -> None:
    async def go() -> None:
        async with Loading() as edge:
            edge.writer.write(GET)
            edge.writer.write_eof()
            await edge.until_it_waits()
            edge.load()
            assert (await edge.reader.read()).endswith(b"by GET")

    asyncio.run(go())


def test_a_long_body_that_comes_before_aiohttp_is_loaded_is_read_whole_though_the_client_sends_no_more() -> None:
    async def go() -> None:
        async with Loading() as edge:
            body = b"b" * 900_000
            edge.writer.write(head("ListQueues", "0", "Connection: close", f"Content-Length: {len(body)}") + body)
            edge.writer.write_eof()
            await edge.until_it_waits()
            for _ in range(1_000):  # turns of the loop, in which as much as may be comes ahead
                await asyncio.sleep(0)
            edge.load()
            assert (await edge.reader.read()).endswith(b"read 900000 by POST")

    asyncio.run(go())


def test_a_client_that_has_gone_before_aiohttp_is_loaded_is_forgotten() -> None:
    async def go() -> None:
        async with Loading() as edge:
            edge.writer.write(GET)
            await edge.until_it_waits()
            reset(edge.writer)
            edge.load()
            while edge.connections.open:
                await asyncio.sleep(0)

    asyncio.run(go())
