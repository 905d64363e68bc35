"""The calls for two shards on one connection: what becomes of one shard does not touch the calls for the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from decaf.cluster.forwarding import Forwarding
from decaf.cluster.hop.dialling import Unreachable
from decaf.cluster.hop.payloads import NotActive
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream
from decaf_protocol import Reply, Request
from tests.decaf.cluster.two_nodes import Two, identity, noting, sqs, two_nodes, until
from tests.decaf.triggers.kitchen import in_loop

LATTE, MOCHA = Reply(200, (), b"latte"), Reply(200, (), b"mocha")


@dataclass(slots=True)
class Site:
    """What answers for a shard at the active node, when the test says so: `waiting` are the replies still to come."""

    waiting: list[asyncio.Future[Reply]] = field(default_factory=list)

    def __call__(self, _: Request) -> asyncio.Future[Reply]:
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]


@dataclass(slots=True)
class Shards:
    """The shards 0 and 1 of an active node, and what passes requests for each on at the other."""

    two: Two
    forwardings: list[Forwarding]
    sites: list[Site]

    async def ask(self, shard: int) -> Reply:
        reply = await asyncio.wait_for(self.forwardings[shard].answer(sqs("ReceiveMessage")), 20)
        assert isinstance(reply, Reply)
        return reply

    async def asked(self, shard: int) -> asyncio.Task[Reply]:
        """Returns a call that the active node has begun to answer."""
        before = len(self.sites[shard].waiting)
        call = asyncio.ensure_future(self.ask(shard))
        await until(lambda: len(self.sites[shard].waiting) > before)
        return call

    def reply(self, shard: int, reply: Reply) -> None:
        """Have the active node answer the latest call for a shard."""
        self.sites[shard].waiting[-1].set_result(reply)

    async def answered(self, shard: int) -> Reply:
        """Returns the reply to a new call that is answered at once."""
        call = await self.asked(shard)
        self.reply(shard, MOCHA)
        return await call


@asynccontextmanager
async def two_shards() -> AsyncIterator[Shards]:
    async with two_nodes() as two:
        sites = [Site(), Site()]
        two.answering.site_of = lambda shard: sites[shard] if shard < len(sites) else None
        await two.connect()
        async with two.other_shard(1) as other:
            yield Shards(two, [two.forwarding, other], sites)
            assert len(two.answering._connections) < 2


async def numbers(closed: asyncio.Event) -> AsyncGenerator[bytes, None]:
    """The chunks of a stream without an end."""
    number = 0
    try:
        while True:
            yield b"%d" % number
            number += 1
    finally:
        closed.set()


@in_loop
async def test_each_shard_answers_its_calls_over_one_connection() -> None:
    async with two_shards() as shards:
        calls = [await shards.asked(0), await shards.asked(1)]
        shards.reply(1, MOCHA)
        shards.reply(0, LATTE)
        assert await asyncio.gather(*calls) == [LATTE, MOCHA]
        assert len(shards.two.answering._connections) == 1


@in_loop
async def test_a_released_shard_answers_what_it_has_and_gets_no_more() -> None:
    async with two_shards() as shards:
        calls = [await shards.asked(0), await shards.asked(1)]
        connection = shards.two.connection
        shards.two.answering.release(1)
        await until(lambda: not shards.forwardings[1].is_connected)
        shards.forwardings[1].use(None)  # before it connects again
        later = asyncio.ensure_future(shards.ask(1))
        await until(lambda: shards.forwardings[1].parked == 1)
        shards.reply(1, MOCHA)
        shards.reply(0, LATTE)
        assert await asyncio.gather(*calls) == [LATTE, MOCHA]
        assert await shards.answered(0) == MOCHA
        assert (len(shards.sites[1].waiting), shards.two.connection) == (1, connection)
        shards.forwardings[1].use_own(lambda _: Reply(200, (), b"the next"))
        assert (await later).body == b"the next"


@in_loop
async def test_a_shard_that_is_not_active_gets_its_calls_back_and_the_other_goes_on() -> None:
    def not_active(_: Request) -> Reply:
        raise NotActive("another", 7)

    async with two_shards() as shards:
        call = await shards.asked(0)
        connection = shards.two.connection
        here, shards.sites = shards.sites, [shards.sites[0], Site()]
        shards.two.answering.site_of = lambda shard: not_active if shard == 1 else here[0]
        waits = asyncio.ensure_future(shards.ask(1))
        await until(lambda: bool(shards.two.looks))
        shards.reply(0, LATTE)
        assert await call == LATTE
        assert not waits.done()
        shards.two.answering.site_of = lambda shard: shards.sites[shard]
        await until(lambda: bool(shards.sites[1].waiting))
        shards.reply(1, MOCHA)
        assert await waits == MOCHA
        assert shards.two.connection is connection


@in_loop
async def test_a_shard_that_does_not_exist_is_not_active() -> None:
    async with two_shards() as shards, shards.two.other_shard(2) as other:
        call = await shards.asked(0)
        other.answer(sqs("ListQueues"))
        await until(lambda: bool(shards.two.looks))
        shards.reply(0, LATTE)
        assert (await call, other.parked) == (LATTE, 1)


@in_loop
async def test_calls_of_a_shard_that_moved_unsaid_are_refused_and_those_of_the_other_answered() -> None:
    async with two_shards() as shards:
        calls = [await shards.asked(0), await shards.asked(1)]
        shards.forwardings[1].use(None)
        assert (await calls[1]).status == 503
        await until(shards.sites[1].waiting[0].cancelled)  # a poll is handed no message for a client that was refused
        shards.reply(0, LATTE)
        assert await calls[0] == LATTE
        assert await shards.answered(0) == MOCHA


@in_loop
async def test_a_call_of_a_shard_that_moved_goes_to_the_next_owner_if_it_was_not_written() -> None:
    async with two_shards() as shards:
        poll = await shards.asked(0)  # so that calls are written at the end of this turn of the event loop
        calls = [shards.forwardings[shard].answer(sqs("ListQueues")) for shard in (0, 1, 0)]
        calls[1].end_wait()
        shards.forwardings[1].use(None)
        assert shards.forwardings[1].parked == 1
        await until(lambda: len(shards.sites[0].waiting) == 3)
        for waiting in shards.sites[0].waiting:
            waiting.set_result(LATTE)
        assert [await calls[0], await calls[2], await poll] == [LATTE, LATTE, LATTE]
        assert not shards.sites[1].waiting
        shards.forwardings[1].use_own(lambda _: Reply(200, (), b"the next"))
        assert await calls[1] == Reply(200, (), b"the next")


@in_loop
async def test_a_stream_of_a_shard_that_moved_is_cut_off_and_that_of_the_other_goes_on() -> None:
    closed = [asyncio.Event(), asyncio.Event()]
    async with two_shards() as shards:
        shards.two.answering.site_of = lambda shard: lambda _: Stream((), numbers(closed[shard]))
        streams = [await shards.forwardings[shard].answer(sqs("ListQueues")) for shard in (0, 1)]
        chunks = [stream.chunks for stream in streams if isinstance(stream, Stream)]
        assert [await anext(each) for each in chunks] == [b"0", b"0"]
        shards.forwardings[1].use(None)
        await asyncio.wait_for(closed[1].wait(), 20)
        with pytest.raises(Dropped):
            await anext(chunks[1])
        assert [await anext(chunks[0]) for _ in range(3)] == [b"1", b"2", b"3"]
        assert not closed[0].is_set()
        connection = shards.two.connection
        await chunks[0].aclose()
        shards.forwardings[0].use(None)
        assert connection.is_lost


@in_loop
async def test_a_lost_connection_ends_both_shards() -> None:
    async with two_shards() as shards:
        calls = [await shards.asked(0), await shards.asked(1)]
        await shards.two.answering.stop()
        assert [(await call).status for call in calls] == [503, 503]
        await until(lambda: len(shards.two.looks) >= 2)


@in_loop
async def test_nothing_is_sent_for_a_shard_that_comes_once_the_connection_is_lost() -> None:
    async with two_shards() as shards:
        connection = shards.two.connection
        connection.abort()
        assert connection.open(2).is_over.done()


@in_loop
async def test_a_call_that_was_not_written_when_the_connection_is_lost_waits_for_its_shard() -> None:
    async with two_shards() as shards:
        poll = await shards.asked(0)
        for forwarding in shards.forwardings:
            forwarding.answer(sqs("ListQueues"))
        shards.two.connection.abort()
        assert [forwarding.parked for forwarding in shards.forwardings] == [1, 1]
        assert (await poll).status == 503


@in_loop
async def test_a_node_that_is_released_gets_no_more_for_any_shard_and_the_connection_closes() -> None:
    async with two_shards() as shards:
        calls = [await shards.asked(0), await shards.asked(1)]
        address = shards.two.address
        shards.two.answering.release()
        await until(lambda: not any(each.is_connected for each in shards.forwardings))
        shards.reply(0, LATTE)
        assert await calls[0] == LATTE
        with pytest.raises(Unreachable):  # the connection that is there takes no other shard, either
            await shards.two.links.channel(address, 2)
        assert shards.two.answering._connections
        shards.reply(1, MOCHA)
        assert await calls[1] == MOCHA
        await until(lambda: not shards.two.answering._connections)


@in_loop
async def test_one_long_request_does_not_have_those_for_other_shards_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decaf.cluster.hop.dialling._MOST_UNSENT", 1 << 20)
    seen: list[Request] = []
    long = Request("POST", "/", {}, bytes(1 << 25))
    async with two_nodes() as two:
        two.answering.me = identity("active", longest=len(long.body))
        two.answering.site_of = lambda _: noting(seen)
        async with two.other_shard() as other:
            await two.connect()
            await two.ask(sqs("ListQueues"))
            (answering,) = two.answering._connections
            answering.pause_reading()
            calls = [two.forwarding.answer(long)]
            await until(lambda: two.connection.unsent > 1 << 20)
            calls += [other.answer(sqs("ListQueues")), other.answer(long)]
            await until(lambda: two.connection.unsent > 1 << 25)
            refused = await two.ask(sqs("ListQueues"))
            answering.resume_reading()
            assert [await call for call in calls] == [Reply(200, (), b"")] * 3
            assert (refused.status, len(seen)) == (503, 4)


@pytest.mark.parametrize("shard", [0, 1])
def test_a_client_that_hangs_up_takes_along_its_call_alone(shard: int) -> None:
    @in_loop
    async def run() -> None:
        async with two_shards() as shards:
            calls = [await shards.asked(0), await shards.asked(1)]
            calls[shard].cancel()
            await until(shards.sites[shard].waiting[0].cancelled)
            shards.reply(1 - shard, LATTE)
            assert await calls[1 - shard] == LATTE

    run()


@pytest.mark.parametrize("shard", [0, 1])
def test_a_client_that_sends_no_more_ends_its_wait_alone(shard: int) -> None:
    @in_loop
    async def run() -> None:
        async with two_shards() as shards:
            calls = [each.answer(sqs("ReceiveMessage")) for each in shards.forwardings]
            await until(lambda: all(site.waiting for site in shards.sites))
            calls[shard].end_wait()
            with pytest.raises(Dropped):  # of a site that does not go on without its wait
                await calls[shard]
            shards.reply(1 - shard, LATTE)
            assert await calls[1 - shard] == LATTE

    run()
