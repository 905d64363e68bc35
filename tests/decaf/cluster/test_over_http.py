"""A client at a node that is not the active one sees what it would see at the active one: over sockets on both ways."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from decaf.testing.sessions import shared_session
from tests.decaf.cluster.two_nodes import ACCOUNT, Two, two_nodes, until, waiters
from tests.decaf.http.wire import Answer, answers, call
from tests.decaf.triggers.kitchen import in_loop

QUEUE = f"http://localhost/{ACCOUNT}/orders"


class Client:
    """A connection to a node, as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> Answer | None:
        """Returns the next response, None when the server closes instead."""
        received = b""
        async with asyncio.timeout(20):
            while piece := await self.reader.read(65_536):
                received += piece
                if found := answers(received):
                    return found[0]
        return None


@asynccontextmanager
async def dialled(url: str) -> AsyncIterator[Client]:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def ask(url: str, data: bytes) -> Answer:
    """Returns the response to a request on a connection of its own."""
    async with dialled(url) as there:
        there.send(data)
        found = await there.answer()
        assert found is not None
        return found


async def with_queue(two: Two) -> None:
    await two.connect()
    assert (await ask(two.front.url, call("CreateQueue", ACCOUNT, QueueName="orders"))).status == 200


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


@in_loop
async def test_botocore_clients_see_no_difference() -> None:
    def work(url: str) -> None:
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        sqs = shared_session().client("sqs", endpoint_url=url, **keys)
        sns = shared_session().client("sns", endpoint_url=url, **keys)
        queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
        assert queue == f"{url}/{ACCOUNT}/orders"
        topic = sns.create_topic(Name="menu")["TopicArn"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        sns.publish(TopicArn=topic, Message="x" * 200_000)
        (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
        assert message["Body"] == "x" * 200_000
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            sqs.get_queue_url(QueueName="none")
        sqs.close()
        sns.close()

    async with two_nodes() as two:
        await two.connect()
        await asyncio.to_thread(work, two.front.url)


@pytest.mark.parametrize(
    "request_",
    [
        call("SendMessage", ACCOUNT, QueueUrl=QUEUE, MessageBody="x" * 1_000_000),
        call("SendMessage", ACCOUNT, QueueUrl=QUEUE),
        call("NoOperation", ACCOUNT),
        call("GetQueueUrl", ACCOUNT, "Connection: close", QueueName="orders"),
        get("/_decaf/queues"),
        get("/_decaf/nothing"),
        get("/_localstack/health"),
        get("/?Action=ListTopics&Version=2010-03-31"),
        get("/_decaf/queues", "Origin: http://other.example"),
        get("/_decaf/queues").replace(b"localhost", b"other.example"),
        b"POST /?a=%ff HTTP/1.1\r\nHost: localhost\r\nX: \xff\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\n\r\n",
    ],
    ids=["long", "invalid", "unknown", "last", "control", "no such", "localstack", "link", "page", "host", "chunked"],
)
@in_loop
async def test_a_request_has_the_same_status_and_kind_of_body(request_: bytes) -> None:
    async with two_nodes() as two:
        await with_queue(two)
        passed_on = await ask(two.front.url, request_)
        direct = await ask(two.server.url, request_)
        assert passed_on.status == direct.status
        assert passed_on.body[:8] == direct.body[:8]


@in_loop
async def test_files_of_the_page_arrive_whole() -> None:
    async with two_nodes() as two:
        await two.connect()
        page = await ask(two.front.url, get("/_decaf/ui/"))
        assert page.status == 200
        assert page == await ask(two.server.url, get("/_decaf/ui/"))


@in_loop
async def test_events_are_streamed_until_the_client_goes() -> None:
    async with two_nodes() as two:
        await with_queue(two)
        async with dialled(two.front.url) as there:
            there.send(get("/_decaf/events/stream"))
            head = await asyncio.wait_for(there.reader.readuntil(b"\r\n\r\n"), 20)
            assert b"text/event-stream" in head
            streams = len(_streams(two))
            await ask(two.front.url, call("SendMessage", ACCOUNT, QueueUrl=QUEUE, MessageBody="latte"))
            await asyncio.wait_for(there.reader.readuntil(b"MessageSent"), 20)
        assert streams == 1
        while _streams(two):  # a client that has gone is noticed by what is written to it
            await ask(two.front.url, call("SendMessage", ACCOUNT, QueueUrl=QUEUE, MessageBody="latte"))


def _streams(two: Two) -> list[Any]:
    """Returns the calls of the other node that the active one has under way."""
    return [each for connection in two.answering._connections for each in connection._calls.values()]


@in_loop
async def test_a_client_that_reads_slowly_holds_up_its_own_stream_alone(tmp_path: Path) -> None:
    async with two_nodes(data_dir=str(tmp_path)) as two:
        await with_queue(two)
        for _ in range(30):
            await ask(two.front.url, call("SendMessage", ACCOUNT, QueueUrl=QUEUE, MessageBody="x" * 1_000_000))
        async with dialled(two.front.url) as slow:
            slow.send(get("/_decaf/backup"))
            assert b"200 OK" in await asyncio.wait_for(slow.reader.readuntil(b"\r\n\r\n"), 20)
            for _ in range(20):
                sent = await ask(two.front.url, call("SendMessage", ACCOUNT, QueueUrl=QUEUE, MessageBody="x"))
                assert sent.status == 200
            assert len(_streams(two)) == 1
            received = 0
            while piece := await asyncio.wait_for(slow.reader.read(1 << 20), 20):
                received += len(piece)
                if piece.endswith(b"0\r\n\r\n"):
                    break
            assert received > 30_000_000
        await until(lambda: not _streams(two))


@pytest.mark.parametrize("lines", [(), ("Expect: 100-continue",)], ids=["fast edge", "aiohttp"])
@pytest.mark.parametrize("resets", [False, True], ids=["closes", "resets"])
@in_loop
async def test_a_client_that_hangs_up_in_a_poll_loses_no_message(resets: bool, lines: tuple[str, ...]) -> None:
    async with two_nodes() as two:
        await with_queue(two)
        async with dialled(two.front.url) as there:
            there.send(call("ReceiveMessage", ACCOUNT, *lines, QueueUrl=QUEUE, WaitTimeSeconds=20))
            await until(lambda: waiters(two.world) == 1)
            if resets:
                linger = struct.pack("ii", 1, 0)
                there.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        await until(lambda: waiters(two.world) == 0)
        await ask(two.front.url, call("SendMessage", ACCOUNT, QueueUrl=QUEUE, MessageBody="latte"))
        received = await ask(two.front.url, call("ReceiveMessage", ACCOUNT, QueueUrl=QUEUE))
        assert len(json.loads(received.body)["Messages"]) == 1


@pytest.mark.parametrize("lines", [(), ("Expect: 100-continue",)], ids=["fast edge", "aiohttp"])
@in_loop
async def test_the_poll_of_a_client_that_sends_no_more_ends(lines: tuple[str, ...]) -> None:
    async with two_nodes() as two:
        await with_queue(two)
        async with dialled(two.front.url) as there:
            there.send(call("ReceiveMessage", ACCOUNT, *lines, QueueUrl=QUEUE, WaitTimeSeconds=20))
            await until(lambda: waiters(two.world) == 1)
            there.writer.write_eof()
            found = await there.answer()
            assert found is not None
            assert (found.status, found.body) == (200, b"{}")


@in_loop
async def test_a_fault_that_drops_a_call_closes_the_connection_of_its_client() -> None:
    async with two_nodes() as two:
        await with_queue(two)
        fault = json.dumps({"effect": {"type": "drop"}}).encode()
        head = f"POST /_decaf/faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(fault)}\r\n\r\n"
        assert (await ask(two.front.url, head.encode() + fault)).status == 200
        for lines in ((), ("Expect: 100-continue",)):
            async with dialled(two.front.url) as there:
                there.send(call("ListQueues", ACCOUNT, *lines))
                assert await there.answer() is None


@in_loop
async def test_calls_of_a_lost_node_are_refused_and_the_connection_stays() -> None:
    async with two_nodes() as two:
        await with_queue(two)
        async with dialled(two.front.url) as there:
            there.send(call("ReceiveMessage", ACCOUNT, QueueUrl=QUEUE, WaitTimeSeconds=20))
            await until(lambda: waiters(two.world) == 1)
            await two.answering.stop()
            refused = await there.answer()
            assert refused is not None
            assert refused.status == 503
            assert json.loads(refused.body)["__type"].endswith("#ServiceUnavailable")
            two.forwarding.use_own(two.server.site.answer)
            there.send(call("ListQueues", ACCOUNT))
            assert (await there.answer()) is not None


@in_loop
async def test_a_stream_of_a_lost_node_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async with two_nodes() as two:
        await with_queue(two)
        async with dialled(two.front.url) as there:
            there.send(get("/_decaf/events/stream"))
            await asyncio.wait_for(there.reader.readuntil(b"\r\n\r\n"), 20)
            await two.answering.stop()
            rest = await asyncio.wait_for(there.reader.read(), 20)
            assert not rest.endswith(b"0\r\n\r\n")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
