"""Links: shards that want the same node share one connection, which is there as long as one of them uses it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from decaf.cluster.hop.dialling import Address, Channel, Unreachable
from decaf.cluster.hop.links import Links
from decaf_protocol import Reply
from tests.decaf.cluster.two_nodes import Two, identity, sqs, two_nodes, until
from tests.decaf.triggers.kitchen import in_loop


def opening(two: Two, shard: int) -> asyncio.Task[Channel]:
    """Returns a channel for a shard, which is being opened."""
    return asyncio.ensure_future(two.links.channel(two.address, shard))


@in_loop
async def test_shards_that_want_a_node_at_the_same_time_share_one_connection() -> None:
    async with two_nodes() as two:
        channels = await asyncio.gather(*(opening(two, shard) for shard in range(3)))
        channels.append(await opening(two, 3))
        assert [channel.shard for channel in channels] == [0, 1, 2, 3]
        assert len({channel._connection for channel in channels}) == 1
        assert len(two.answering._connections) == 1


@in_loop
async def test_an_attempt_that_fails_fails_for_all_who_wait_for_it() -> None:
    links = Links(identity("front"))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        gone = Address("gone", "127.0.0.1", nobody.getsockname()[1])
        failed = await asyncio.gather(*(links.channel(gone, shard) for shard in range(2)), return_exceptions=True)
        assert [type(error) for error in failed] == [Unreachable, Unreachable]
        assert failed[0] is failed[1]


@in_loop
async def test_a_node_that_was_not_reached_is_dialled_anew() -> None:
    async with two_nodes() as two:
        two.answering.me = identity("active", b"another secret")
        with pytest.raises(Unreachable):
            await opening(two, 0)
        two.answering.me = identity("active")
        assert not (await opening(two, 0)).is_over.done()


@in_loop
async def test_a_shard_that_waits_no_more_leaves_the_attempt_to_the_others() -> None:
    async with two_nodes() as two:
        first, second = opening(two, 0), opening(two, 1)
        await asyncio.sleep(0)
        first.cancel()
        assert not (await second).is_over.done()


@pytest.mark.parametrize("turns", range(5))
def test_a_shard_that_comes_as_another_waits_no_more_gets_a_connection(turns: int) -> None:
    @in_loop
    async def run() -> None:
        async with two_nodes() as two:
            first = opening(two, 0)
            await asyncio.sleep(0)
            first.cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
            assert not (await two.links.channel(two.address, 1)).is_over.done()

    run()


@in_loop
async def test_a_connection_that_is_made_when_nobody_waits_any_more_closes() -> None:
    async with two_nodes() as two:
        waiting = opening(two, 0)
        await asyncio.sleep(0)
        (link,) = two.links._links.values()
        link._dialling.add_done_callback(lambda _: waiting.cancel())
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        await until(lambda: not two.answering._connections)


@in_loop
async def test_an_attempt_that_nobody_waits_for_ends(caplog: pytest.LogCaptureFixture) -> None:
    async with two_nodes() as two:
        with socket.create_server(("127.0.0.1", 0)) as mute:  # takes the connection, and says nothing
            address = Address("mute", "127.0.0.1", mute.getsockname()[1])
            waiting = asyncio.ensure_future(two.links.channel(address, 0))
            connected, _ = await asyncio.get_running_loop().run_in_executor(None, mute.accept)
            with connected:
                waiting.cancel()
                await asyncio.wait({waiting})
                connected.setblocking(False)
                async with asyncio.timeout(20):
                    try:
                        while await asyncio.get_running_loop().sock_recv(connected, 1024):
                            pass
                    except ConnectionResetError:
                        pass
    assert not caplog.records  # it was not closed for being too slow


@in_loop
async def test_a_connection_closes_when_no_shard_uses_it() -> None:
    async with two_nodes() as two:
        first, second = await asyncio.gather(opening(two, 0), opening(two, 1))
        first.abort()
        assert not second._connection.is_lost
        second.abort()
        assert second._connection.is_lost
        assert first._connection is second._connection
        await until(lambda: not two.answering._connections)
        assert not (await opening(two, 0)).is_over.done()


@in_loop
async def test_a_shard_that_comes_as_the_last_goes_keeps_the_connection() -> None:
    async with two_nodes() as two:
        first = await opening(two, 0)
        second = opening(two, 1)
        await asyncio.sleep(0)
        first.abort()
        assert not (await second).is_over.done()


@in_loop
async def test_nodes_that_have_gone_are_forgotten() -> None:
    async with two_nodes() as two:
        with pytest.raises(Unreachable):
            await two.links.channel(Address("gone", *two.answering.address), 0)
        await opening(two, 0)
        assert [*two.links._links] == [two.address]


@pytest.mark.parametrize("is_plain", [True, False])
def test_a_connection_that_no_shard_uses_stays_until_all_calls_are_answered(is_plain: bool) -> None:
    @in_loop
    async def run() -> None:
        later: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        replies: list[Reply | bytes | None] = []
        async with two_nodes() as two:
            two.answering.site_of = lambda _: lambda _: later
            await two.connect()
            send = two.forwarding.call if is_plain else two.forwarding.answer
            send(sqs("ReceiveMessage")).then(replies.append)
            connection = two.connection
            await until(lambda: any(each._calls for each in two.answering._connections))
            two.answering.release(0)
            await until(lambda: not two.forwarding.is_connected)
            two.forwarding.use(None)
            assert not connection.is_lost
            later.set_result(Reply(200, (), b"latte"))
            await until(lambda: bool(replies))
            assert isinstance(replies[0], bytes if is_plain else Reply)
            assert connection.is_lost

    run()
