"""Passing on: a request to any node is answered as the active one answers it, once, or refused, never twice."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from decaf.base.clock import ring_after
from decaf.base.shard import Misdirected, Place
from decaf.cluster.forwarding import Forwarding
from decaf.cluster.hop.answer import Site
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.hop.connection import VERSION
from decaf.cluster.hop.dialling import Address
from decaf.cluster.hop.frames import Kind, encode_frame
from decaf.cluster.hop.links import Links
from decaf.cluster.hop.payloads import Hello, NotActive, encode_hello, encode_request
from decaf.cluster.parked import Bodies, Limits, Parked
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream
from decaf_protocol import Origin, Reply, Request
from tests.decaf.cluster.two_nodes import LONGEST, Two, identity, noting, refuse, sqs, two_nodes, until, waiters
from tests.decaf.triggers.kitchen import in_loop

REGION = "us-east-1"

QUEUE = "http://localhost/000000000001/orders"


async def connected(two: Two) -> None:
    await two.connect()
    await two.call("CreateQueue", QueueName="orders")


# --- every kind of answer ------------------------------------------------------------------------------------


@in_loop
async def test_a_call_is_answered_as_the_active_node_answers_it() -> None:
    async with two_nodes() as two:
        await connected(two)
        sent = await two.call("SendMessage", QueueUrl=QUEUE, MessageBody="latte")
        (received,) = (await two.call("ReceiveMessage", QueueUrl=QUEUE))["Messages"]
        assert (received["MessageId"], received["Body"]) == (sent["MessageId"], "latte")
        assert await two.call("DeleteMessage", QueueUrl=QUEUE, ReceiptHandle=received["ReceiptHandle"]) == {}


@in_loop
async def test_the_host_and_the_address_of_the_client_arrive() -> None:
    seen: list[Request] = []
    async with two_nodes() as two:
        two.answering.site_of = lambda _: noting(seen)
        await two.connect()
        asked = Request("GET", "/a%20b?c", {"host": "decaf:1", "x": "é"}, b"body", Origin("10.0.0.1", True))
        await two.ask(asked)
        assert seen == [asked]


@in_loop
async def test_bodies_of_a_mebibyte_arrive_whole() -> None:
    async with two_nodes() as two:
        await connected(two)
        body = "é" * (1 << 19)
        await two.call("SendMessage", QueueUrl=QUEUE, MessageBody=body)
        (received,) = (await two.call("ReceiveMessage", QueueUrl=QUEUE))["Messages"]
        assert received["Body"] == body


@in_loop
async def test_an_internal_error_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def site(_: Request) -> Reply:
        raise ZeroDivisionError

    async with two_nodes() as two:
        two.answering.site_of = lambda _: site
        await two.connect()
        reply = await two.ask(sqs("ListQueues"))
    assert reply.status == 500
    assert "internal error in POST /" in caplog.text


@in_loop
async def test_a_fault_that_drops_the_call_reaches_its_client() -> None:
    async with two_nodes() as two:
        await two.connect()
        two.answering.site_of = lambda _: _dropping
        with pytest.raises(Dropped):
            await two.ask(sqs("ListQueues"))


def _dropping(_: Request) -> Reply:
    raise Dropped


# --- long polls ----------------------------------------------------------------------------------------------


@in_loop
async def test_sixteen_long_polls_wait_beside_other_calls() -> None:
    async with two_nodes() as two:
        await connected(two)
        poll = sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20)
        polls = [asyncio.ensure_future(two.ask(poll)) for _ in range(16)]
        await until(lambda: waiters(two.world) == 16)
        for number in range(16):
            await two.call("SendMessage", QueueUrl=QUEUE, MessageBody=str(number))
        bodies = [json.loads(reply.body)["Messages"][0]["Body"] for reply in await asyncio.gather(*polls)]
        assert sorted(bodies, key=int) == [str(number) for number in range(16)]


@in_loop
async def test_the_poll_of_a_client_that_hangs_up_is_handed_no_message() -> None:
    async with two_nodes() as two:
        await connected(two)
        poll = asyncio.ensure_future(two.ask(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20)))
        await until(lambda: waiters(two.world) == 1)
        poll.cancel()
        await until(lambda: waiters(two.world) == 0)
        await two.call("SendMessage", QueueUrl=QUEUE, MessageBody="latte")
        assert len((await two.call("ReceiveMessage", QueueUrl=QUEUE))["Messages"]) == 1


@in_loop
async def test_the_poll_of_a_client_that_sends_no_more_ends_once_there_is_an_active_node() -> None:
    async with two_nodes() as two:
        await connected(two)
        two.forwarding.use(None)
        poll = two.forwarding.answer(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20))
        poll.end_wait()
        assert two.forwarding.parked == 1
        await two.connect()
        reply = await asyncio.wait_for(poll, 10)
        assert isinstance(reply, Reply)
        assert (reply.status, reply.body) == (200, b"{}")


@in_loop
async def test_the_polls_of_a_node_that_has_gone_are_handed_no_message() -> None:
    async with two_nodes() as two:
        await connected(two)
        poll = asyncio.ensure_future(two.ask(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20)))
        await until(lambda: waiters(two.world) == 1)
        two.forwarding.use(None)
        await until(lambda: waiters(two.world) == 0)
        assert (await poll).status == 503


# --- streams -------------------------------------------------------------------------------------------------


@in_loop
async def test_a_stream_has_one_chunk_on_its_way() -> None:
    made: list[int] = []
    closed = asyncio.Event()

    async def numbers() -> Any:
        try:
            for number in range(1000):
                made.append(number)
                yield b"%d" % number
        finally:
            closed.set()

    async with two_nodes() as two:
        two.answering.site_of = lambda _: lambda _: Stream((("X", "1"),), numbers())
        await two.connect()
        stream = await two.stream(sqs("ListQueues"))
        assert stream.headers == (("X", "1"),)
        assert [await anext(stream.chunks) for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
        await until(lambda: len(made) == 5)
        two.answering.site_of = lambda _: two.server.site.answer
        await two.call("ListQueues")  # whose reply came after any further chunk
        assert len(made) == 5
        await stream.chunks.aclose()
        await asyncio.wait_for(closed.wait(), 20)


@in_loop
async def test_a_stream_that_begins_as_its_client_goes_is_ended() -> None:
    closed = asyncio.Event()

    async def chunks() -> Any:
        try:
            yield b"a"
        finally:
            closed.set()

    async with two_nodes() as two:
        two.answering.site_of = lambda _: lambda _: Stream((), chunks())
        await two.connect()
        call = two.forwarding.answer(sqs("ListQueues"))
        await until(lambda: call.holder is None)  # the stream has begun, and nobody reads it yet
        call.hang_up()
        await asyncio.wait_for(closed.wait(), 20)


@in_loop
async def test_a_long_chunk_is_sent_in_parts_and_a_stream_has_an_end() -> None:
    async def chunks() -> Any:
        yield b"a" * 200_000
        yield b"end"

    async with two_nodes() as two:
        two.answering.site_of = lambda _: lambda _: Stream((), chunks())
        await two.connect()
        stream = await two.stream(sqs("ListQueues"))
        parts = [chunk async for chunk in stream.chunks]
        assert max(map(len, parts)) == 65_536
        assert b"".join(parts) == b"a" * 200_000 + b"end"


@in_loop
async def test_a_stream_that_fails_is_cut_off_for_its_client(caplog: pytest.LogCaptureFixture) -> None:
    async def chunks() -> Any:
        yield b"a"
        raise ZeroDivisionError

    async with two_nodes() as two:
        two.answering.site_of = lambda _: lambda _: Stream((), chunks())
        await two.connect()
        stream = await two.stream(sqs("ListQueues"))
        assert await anext(stream.chunks) == b"a"
        with pytest.raises(Dropped):
            await anext(stream.chunks)
    assert "internal error in a stream" in caplog.text


# --- no active node ------------------------------------------------------------------------------------------


@in_loop
async def test_requests_wait_for_an_active_node_in_their_order() -> None:
    seen: list[Request] = []
    async with two_nodes() as two:
        two.answering.site_of = lambda _: noting(seen)
        waiting = [asyncio.ensure_future(two.ask(Request("GET", f"/{n}", {}, b""))) for n in range(5)]
        await until(lambda: two.forwarding.parked == 5)
        await two.connect()
        await asyncio.gather(*waiting)
        assert [request.target for request in seen] == ["/0", "/1", "/2", "/3", "/4"]


@in_loop
async def test_requests_that_wait_are_answered_here_when_this_node_becomes_the_active_one() -> None:
    async with two_nodes() as two:
        waiting = [asyncio.ensure_future(two.ask(sqs("CreateQueue", QueueName=f"q{n}"))) for n in range(3)]
        await until(lambda: two.forwarding.parked == 3)
        two.forwarding.use_own(two.server.site.answer)
        assert [reply.status for reply in await asyncio.gather(*waiting)] == [200, 200, 200]


@in_loop
async def test_a_request_that_waits_too_long_is_refused_in_its_protocol() -> None:
    async with two_nodes(Parked(Limits(wait=0.05))) as two:
        json_reply = await two.ask(sqs("ListQueues"))
        query_reply = await two.ask(Request("POST", "/", {}, b"Action=ListTopics&Version=2010-03-31"))
    assert (json_reply.status, query_reply.status) == (503, 503)
    assert json.loads(json_reply.body)["__type"].endswith("#ServiceUnavailable")
    assert b"<Code>ServiceUnavailable</Code>" in query_reply.body


@in_loop
async def test_the_poll_of_a_client_that_sends_no_more_ends_here_too() -> None:
    async with two_nodes() as two:
        await connected(two)
        two.forwarding.use(None)
        poll = two.forwarding.answer(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20))
        poll.end_wait()
        two.forwarding.use_own(two.server.site.answer)
        reply = await asyncio.wait_for(poll, 10)
        assert isinstance(reply, Reply)
        assert (reply.status, reply.body) == (200, b"{}")


@in_loop
async def test_requests_that_come_back_wait_before_those_that_came_later() -> None:
    parked, seen = Parked(), list[str]()
    calls = [ForwardedCall(Request("GET", f"/{n}", {}, b""), refuse, parked.add) for n in range(3)]
    for call in reversed(calls):
        parked.add(call)
    parked.take_all(lambda call: seen.append(call.request.target))
    assert seen == ["/0", "/1", "/2"]


@pytest.mark.parametrize("limits", [Limits(calls=2), Limits(size=8)])
def test_too_many_requests_that_wait_are_refused_at_once(limits: Limits) -> None:
    @in_loop
    async def run() -> None:
        async with two_nodes(Parked(limits)) as two:
            request = Request("POST", "/", {}, b"1234")
            first = [asyncio.ensure_future(two.ask(request)) for _ in range(2)]
            await until(lambda: two.forwarding.parked == 2)
            third = await two.ask(request)
            assert (third.status, two.forwarding.parked) == (503, 2)
            first[0].cancel()
            await until(lambda: two.forwarding.parked == 1)
            fourth = asyncio.ensure_future(two.ask(request))
            await until(lambda: two.forwarding.parked == 2)
            two.forwarding.stop()
            assert [(await waiting).status for waiting in (first[1], fourth)] == [503, 503]

    run()


@in_loop
async def test_the_bodies_of_requests_for_all_shards_have_one_limit() -> None:
    bodies, refused = Bodies(), list[str]()

    def refusing(request: Request) -> Reply:
        refused.append(request.target)
        return refuse(request)

    def call(target: str) -> ForwardedCall:
        return ForwardedCall(Request("POST", target, {}, b"1234"), refusing, lambda _: None)

    one, other = (Parked(Limits(size=8), bodies) for _ in range(2))
    one.add(call("/1"))
    other.add(call("/2"))
    other.add(call("/3"))
    assert (refused, bodies.size) == (["/3"], 8)
    one.take_all(lambda _: None)
    other.add(call("/4"))
    assert (refused, len(other), bodies.size) == (["/3"], 2, 8)
    other.refuse_all()
    assert (refused[1:], bodies.size) == (["/2", "/4"], 0)


@in_loop
async def test_a_plain_call_is_answered_with_the_bytes_for_its_client() -> None:
    responses: list[Reply | bytes | None] = []
    async with two_nodes() as two:
        await two.connect()
        two.forwarding.call(sqs("ListQueues")).then(responses.append)
        await until(lambda: bool(responses))
        assert isinstance(responses[0], bytes)
        head, _, body = responses[0].partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert body == b"{}"


@in_loop
async def test_a_plain_call_that_waited_is_answered_here_with_a_reply() -> None:
    responses: list[Reply | bytes | None] = []
    async with two_nodes() as two:
        two.forwarding.call(sqs("ListQueues")).then(responses.append)
        two.forwarding.use_own(lambda _: Reply(200, (), b"here"))
        assert responses == [Reply(200, (), b"here")]


@in_loop
async def test_a_plain_call_whose_response_is_too_long_is_refused() -> None:
    responses: list[Reply | bytes | None] = []
    async with two_nodes() as two:
        two.answering.site_of = lambda _: lambda _: Reply(200, (), bytes(LONGEST + 2 * 1024 * 1024))
        await two.connect()
        two.forwarding.call(sqs("ListQueues")).then(responses.append)
        await until(lambda: bool(responses))
        assert isinstance(responses[0], Reply)
        assert responses[0].status == 503


# --- a request that is for another shard ----------------------------------------------------------------------


class Shards:
    """The shards 0, which `two` nodes have, and 1, which `there` answers for; `passed_on` are those that got a request
    of another. A site says where a request is to go: the account of that is the number of the shard."""

    def __init__(self, two: Two, there: Site) -> None:
        self.there = Forwarding(Links(identity("front")), refuse, lambda: None)
        self.there.use_own(there)
        self.passed_on: list[int] = []
        self._two = two

    def pass_on(self, place: Place, call: ForwardedCall) -> None:
        shard = int(place[0])
        self.passed_on.append(shard)
        (self._two.forwarding, self.there)[shard].take(call)

    async def ask(self, request: Request) -> Reply:
        reply = await asyncio.wait_for(self._two.forwarding.answer(request, self.pass_on), 20)
        assert isinstance(reply, Reply)
        return reply


def for_shard(shard: int) -> Site:
    """Returns a site that answers every request as a world for which it is not."""
    return lambda request: Misdirected(503, (), request.body, (str(shard), REGION))


@in_loop
async def test_a_request_that_is_for_another_shard_is_answered_there() -> None:
    seen: list[Request] = []
    async with two_nodes() as two:
        two.answering.site_of = lambda _: for_shard(1)
        await two.connect()
        shards = Shards(two, noting(seen))
        assert await shards.ask(sqs("ListQueues")) == Reply(200, (), b"")
        assert (shards.passed_on, len(seen)) == ([1], 1)


@in_loop
async def test_so_it_is_when_it_waited_and_this_node_answers_for_both() -> None:
    seen: list[Request] = []
    async with two_nodes() as two:
        shards = Shards(two, noting(seen))
        waiting = [asyncio.ensure_future(shards.ask(Request("GET", f"/{n}", {}, b""))) for n in range(3)]
        await until(lambda: two.forwarding.parked == 3)
        two.forwarding.use_own(for_shard(1))
        assert [reply.status for reply in await asyncio.gather(*waiting)] == [200, 200, 200]
        assert [request.target for request in seen] == ["/0", "/1", "/2"]


@in_loop
async def test_two_shards_that_each_say_it_is_for_the_other_refuse_it() -> None:
    async with two_nodes() as two:
        two.answering.site_of = lambda _: for_shard(1)
        await two.connect()
        shards = Shards(two, for_shard(0))
        assert await shards.ask(sqs("ListQueues")) == Misdirected(503, (), b"{}", ("0", REGION))
        assert shards.passed_on == [1]


@in_loop
async def test_a_request_of_another_node_is_not_passed_on() -> None:
    async with two_nodes() as two:
        two.answering.site_of = lambda _: for_shard(1)
        await two.connect()
        assert await two.ask(sqs("ListQueues")) == Misdirected(503, (), b"{}", ("1", REGION))


@in_loop
async def test_a_request_that_was_passed_on_waits_there_and_goes_with_its_client() -> None:
    async with two_nodes() as two:
        two.answering.site_of = lambda _: for_shard(1)
        await two.connect()
        shards = Shards(two, two.server.site.answer)
        shards.there.use(None)
        first, second = (asyncio.ensure_future(shards.ask(sqs("ListQueues"))) for _ in range(2))
        await until(lambda: shards.there.parked == 2)
        first.cancel()
        await until(lambda: shards.there.parked == 1)
        shards.there.use_own(two.server.site.answer)
        assert (await second).status == 200


# --- the active node goes ------------------------------------------------------------------------------------


@in_loop
async def test_a_call_whose_node_is_lost_is_refused_and_not_carried_out_twice() -> None:
    seen: list[Request] = []
    forever: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def site(request: Request) -> asyncio.Future[Reply]:
        seen.append(request)
        return forever

    async with two_nodes() as two:
        two.answering.site_of = lambda _: site
        await two.connect()
        waiting = [asyncio.ensure_future(two.ask(sqs("SendMessage"))) for _ in range(3)]
        await until(lambda: len(seen) == 3)
        looks = len(two.looks)
        await two.answering.stop()
        assert [(await call).status for call in waiting] == [503, 503, 503]
        assert len(seen) == 3
        await until(lambda: len(two.looks) > looks)


@in_loop
async def test_a_call_that_was_not_written_yet_goes_to_the_next_active_node() -> None:
    async with two_nodes() as two:
        await connected(two)
        poll = asyncio.ensure_future(two.ask(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20)))
        await until(lambda: waiters(two.world) == 1)
        call = two.forwarding.answer(
            sqs("ListQueues")
        )  # written with others, at the end of this turn of the event loop
        two.forwarding.use(None)
        assert two.forwarding.parked == 1
        await two.connect()
        reply = await call
        assert isinstance(reply, Reply)
        assert (reply.status, (await poll).status) == (200, 503)


@in_loop
async def test_a_call_that_is_alone_is_written_at_once() -> None:
    async with two_nodes() as two:
        await two.connect()
        call = two.forwarding.answer(sqs("ListQueues"))
        two.forwarding.use(None)
        reply = await call
        assert isinstance(reply, Reply)
        assert reply.status == 503  # nobody knows whether it was carried out


@in_loop
async def test_a_node_that_is_not_active_passes_nothing_on_and_is_asked_again() -> None:
    refusals: list[Request] = []

    def site(request: Request) -> Reply:
        if len(refusals) < 2:
            refusals.append(request)
            raise NotActive("another", 7)
        return Reply(200, (), b"done")

    async with two_nodes() as two:
        two.answering.site_of = lambda _: site
        await two.connect()
        reply = await two.ask(sqs("ListQueues"))
        assert (reply.body, len(refusals)) == (b"done", 2)
        assert len(two.looks) >= 2


@in_loop
async def test_a_node_that_is_released_answers_what_it_has_and_gets_no_more() -> None:
    async with two_nodes() as two:
        await connected(two)
        poll = asyncio.ensure_future(two.ask(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20)))
        await until(lambda: waiters(two.world) == 1)
        two.answering.release()
        await until(lambda: not two.forwarding.is_connected)
        two.forwarding.use(None)
        later = asyncio.ensure_future(two.ask(sqs("ListQueues")))
        await until(lambda: two.forwarding.parked == 1)
        two.world.stop_waiting()
        assert (await poll).status == 200
        assert not later.done()
        two.forwarding.use_own(lambda _: Reply(200, (), b"the next"))
        assert (await later).body == b"the next"


@pytest.mark.parametrize("side", ["dialling", "answering"])
def test_a_node_that_is_silent_is_taken_for_lost(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decaf.cluster.hop.connection._TICK", 0.01)

    @in_loop
    async def run() -> None:
        async with two_nodes() as two:
            await connected(two)
            poll = asyncio.ensure_future(two.ask(sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=20)))
            await until(lambda: waiters(two.world) == 1)
            (answering,) = two.answering._connections
            silent = answering if side == "answering" else two.connection
            assert silent._alarm is not None
            silent._alarm.cancel()
            assert (await poll).status == 503
            await until(lambda: waiters(two.world) == 0)

    run()


@in_loop
async def test_a_node_that_takes_long_to_read_is_not_taken_for_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decaf.cluster.hop.connection._TICK", 0.01)
    async with two_nodes() as two:
        await two.connect()
        two.answering.site_of = lambda _: lambda _: Reply(200, (), bytes(LONGEST))
        connection = two.connection
        connection.pause_reading()
        calls = [asyncio.ensure_future(two.ask(sqs("ListQueues"))) for _ in range(5)]
        (answering,) = two.answering._connections
        await until(lambda: not answering._reads)
        for _ in range(20):
            turned = asyncio.Event()
            ring_after(0.01, turned.set)
            await turned.wait()
        connection.resume_reading()
        assert [(await call).status for call in calls] == [200] * 5


@in_loop
async def test_a_node_that_is_silent_is_logged_once_for_all_shards(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("decaf.cluster.hop.connection._TICK", 0.01)
    async with two_nodes() as two:
        await two.connect()
        async with two.other_shard() as other:
            shards = (two.forwarding, other)
            before = [shard._channel for shard in shards]
            two.connection._silent = 1_000
            await until(lambda: all(one._channel is not was for one, was in zip(shards, before, strict=True)))
    assert caplog.text.count("node active is silent") == 1


@in_loop
async def test_a_node_that_is_not_reached_is_logged_once_for_all_shards(caplog: pytest.LogCaptureFixture) -> None:
    looks, links = list[None](), Links(identity("front"))
    shards = [Forwarding(links, refuse, lambda: looks.append(None), shard=shard) for shard in range(3)]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        for shard in shards:
            shard.use(Address("gone", "127.0.0.1", nobody.getsockname()[1]))
        await until(lambda: len(looks) >= 6)
    for shard in shards:
        shard.stop()
    assert caplog.text.count("node gone is not reached") == 1


# --- who is not let in ---------------------------------------------------------------------------------------


@in_loop
async def test_a_node_with_another_secret_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with two_nodes(Parked(Limits(wait=0.2))) as two:
        two.answering.me = identity("active", b"another secret")
        two.forwarding.use(two.address)
        reply = await two.ask(sqs("ListQueues"))
        assert (reply.status, two.forwarding.hops) == (503, 0)
    assert "it does not know the cluster's secret" in caplog.text


@in_loop
async def test_another_node_at_the_address_is_not_taken_for_the_active_one(caplog: pytest.LogCaptureFixture) -> None:
    async with two_nodes(Parked(Limits(wait=0.2))) as two:
        two.forwarding.use(Address("gone", *two.answering.address))
        reply = await two.ask(sqs("ListQueues"))
        assert reply.status == 503
    assert "node gone was expected" in caplog.text


@in_loop
async def test_a_connection_that_has_proved_nothing_is_closed_when_the_node_is_released() -> None:
    async with two_nodes() as two:
        _, writer = await asyncio.open_connection(*two.answering.address)
        await until(lambda: bool(two.answering._connections))
        two.answering.release(0)
        assert two.answering._connections
        two.answering.release()
        assert not two.answering._connections
        writer.close()


def _garbage() -> dict[str, tuple[bytes, str]]:
    """Returns bytes that no node sends, and what the log says of them."""
    hello = encode_frame(0, Kind.HELLO, encode_hello(Hello(VERSION, "front", b"n" * 32, LONGEST)))
    request = encode_frame(1, Kind.REQUEST, encode_request(sqs("ListQueues"), 0))
    other = encode_frame(0, Kind.HELLO, encode_hello(Hello(9, "front", b"n" * 32, LONGEST)))
    no_id = encode_frame(0, Kind.HELLO, encode_hello(Hello(VERSION, "a\nb", b"n" * 32, LONGEST)))
    return {
        "HTTP": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "is longer than 1024"),
        "zeros": (bytes(1000), "kind 0 is not expected"),
        "a long frame": (b"\x7f\xff\xff\xff\0\0\0\0\1", "is longer than 1024"),
        "a request at once": (request, "kind 3 is not expected"),
        "a request instead of the proof": (hello + request, "kind 3 is not expected"),
        "a wrong proof": (hello + encode_frame(0, Kind.PROOF, b"p" * 32) + request, "does not know the cluster's"),
        "another version": (other, "it speaks version 9"),
        "an id of two lines": (no_id, "its id is none"),
        "no hello": (encode_frame(0, Kind.HELLO, b"\xc1"), "cannot be read"),
    }


@pytest.mark.parametrize("what", _garbage())
def test_bytes_of_others_end_the_connection(what: str, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Request] = []
    data, text = _garbage()[what]

    @in_loop
    async def run() -> None:
        async with two_nodes() as two:
            two.answering.site_of = lambda _: noting(seen)
            reader, writer = await asyncio.open_connection(*two.answering.address)
            writer.write(data)
            async with asyncio.timeout(20):
                with suppress(ConnectionResetError):
                    await reader.read()
            writer.close()
            await two.connect()
            assert (await two.ask(sqs("ListQueues"))).status == 200

    run()
    assert len(seen) == 1
    (message,) = [record.getMessage() for record in caplog.records]
    assert text in message
    assert "\n" not in message


# --- limits --------------------------------------------------------------------------------------------------


@in_loop
async def test_a_request_that_the_other_node_would_not_take_is_refused_before_it_is_sent() -> None:
    async with two_nodes() as two:
        two.answering.me = identity("active", longest=1024)
        await two.connect()
        reply = await two.ask(Request("POST", "/", {}, bytes(2 * 1024 * 1024)))
        assert reply.status == 503
        assert (await two.ask(sqs("ListQueues"))).status == 200
        assert not two.looks  # the connection is the same


@in_loop
async def test_a_response_that_this_node_would_not_take_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with two_nodes() as two:
        two.answering.site_of = lambda _: lambda _: Reply(200, (), bytes(LONGEST + 2 * 1024 * 1024))
        await two.connect()
        reply = await two.ask(sqs("ListQueues"))
        assert reply.status == 503
    assert "is longer than node front takes" in caplog.text


@in_loop
async def test_a_node_that_does_not_read_its_answers_is_answered_no_further() -> None:
    answered: list[Request] = []

    def site(request: Request) -> Reply:
        answered.append(request)
        return Reply(200, (), bytes(1_000_000))

    async with two_nodes() as two:
        two.answering.site_of = lambda _: site
        await two.connect()
        (other,) = two.answering._connections
        connection = two.connection
        connection.pause_reading()
        calls = []
        for _ in range(100):
            calls.append(asyncio.ensure_future(two.ask(sqs("SendMessage", MessageBody="x" * 100_000))))
            await asyncio.sleep(0)
        await until(lambda: other.unsent > 0)
        assert len(answered) < 50
        connection.resume_reading()
        assert [(await call).status for call in calls] == [200] * 100


@in_loop
async def test_the_callback_of_a_call_comes_once_and_not_after_a_hang_up() -> None:
    sent: list[Any] = []
    add: Callable[[Any], None] = sent.append
    async with two_nodes() as two:
        await two.connect()
        two.answering.site_of = lambda _: lambda _: Reply(200, (), b"done")
        two.forwarding.answer(sqs("ListQueues")).then(add)
        gone = two.forwarding.answer(sqs("ListQueues"))
        gone.then(add)
        gone.hang_up()
        await two.ask(sqs("ListQueues"))
        assert [reply.body for reply in sent] == [b"done"]
        two.answering.site_of = lambda _: _dropping
        two.forwarding.answer(sqs("ListQueues")).then(add)
        await until(lambda: len(sent) == 2)
        assert sent[1] is None
