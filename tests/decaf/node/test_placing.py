"""Requests in accounts and regions that have no shard yet: they wait until the database has chosen one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from decaf.base.half_closed import end_wait
from decaf.base.shard import Place, ShardMap
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.parked import Bodies
from decaf.node.placing import Placing
from decaf_protocol import Reply, Request
from tests.decaf.cluster.two_nodes import refuse, until
from tests.decaf.triggers.kitchen import in_loop

ANN, BOB = ("000000000001", "us-east-1"), ("000000000002", "us-east-1")


class Database:
    """Chooses shards in turn, while it `is_reached` and once it `goes_on`. Requests are answered with the number of
    their shard."""

    def __init__(self) -> None:
        self.shards = ShardMap(2)
        self.is_reached = True
        self.chosen = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.asked: list[list[Place]] = []
        self.placing = Placing(self.shards, self._place, self._take, refuse, Bodies())

    async def _place(self, places: Collection[Place]) -> None:
        self.asked.append([*places])
        await self.goes_on.wait()
        if not self.is_reached:
            raise ConnectionError("it is away")
        for place in places:
            self.shards.note(place, self.chosen % 2)
            self.chosen += 1

    def _take(self, shard: int, call: ForwardedCall) -> None:
        call.reply(Reply(200, (), f"{shard} {call.request.target}".encode()))

    def request(self, place: Place, target: str = "/") -> ForwardedCall:
        return self.placing.answer(place, Request("GET", target, {}, b"body"))


async def _body(call: ForwardedCall) -> bytes:
    reply = await asyncio.wait_for(call, 20)
    assert isinstance(reply, Reply)
    return reply.body


@in_loop
async def test_a_request_is_answered_by_the_shard_that_is_chosen() -> None:
    database = Database()
    assert [await _body(database.request(place)) for place in (ANN, BOB, ANN)] == [b"0 /", b"1 /", b"0 /"]
    assert database.asked == [[ANN], [BOB]]
    assert len(database.placing) == 0


@in_loop
async def test_those_that_come_meanwhile_are_asked_for_together_and_keep_their_order() -> None:
    database = Database()
    database.goes_on.clear()
    first = database.request(ANN, "/0")
    await until(lambda: database.asked == [[ANN]])
    others = [database.request(place, f"/{n}") for n, place in enumerate([BOB, ANN, ("3", "r"), BOB], 1)]
    assert len(database.placing) == 5
    database.goes_on.set()
    assert [await _body(call) for call in (first, *others)] == [b"0 /0", b"1 /1", b"0 /2", b"0 /3", b"1 /4"]
    assert database.asked == [[ANN], [BOB, ("3", "r")]]


@in_loop
async def test_requests_wait_while_the_database_is_away() -> None:
    database = Database()
    database.is_reached = False
    call = database.request(ANN)
    await until(lambda: len(database.asked) == 2)
    database.is_reached = True
    assert await _body(call) == b"0 /"


@in_loop
async def test_a_request_whose_client_has_gone_is_not_carried_out_and_asks_no_more() -> None:
    database = Database()
    database.is_reached = False
    call = database.request(ANN)
    await until(lambda: len(database.asked) == 1)
    call.hang_up()
    assert len(database.placing) == 0
    await asyncio.sleep(0)
    database.is_reached = True
    assert await _body(database.request(BOB)) in (b"0 /", b"1 /")


@in_loop
async def test_what_a_call_needs_is_placed_although_its_client_sends_no_more() -> None:
    database = Database()
    database.goes_on.clear()
    placing = asyncio.ensure_future(database.placing.place([ANN]))
    await until(lambda: database.asked == [[ANN]])
    end_wait(placing)
    await asyncio.sleep(0)
    database.goes_on.set()
    await placing
    assert database.shards.find(*ANN) == 0


@in_loop
async def test_what_a_call_needs_is_placed_once_the_database_is_there_again() -> None:
    database = Database()
    database.is_reached = False
    placing = asyncio.ensure_future(database.placing.place([ANN]))
    await until(lambda: len(database.asked) == 2)
    database.is_reached = True
    await placing
    assert database.shards.find(*ANN) == 0


@in_loop
async def test_the_shard_of_an_account_in_a_region_is_found_or_chosen() -> None:
    database = Database()
    assert [await database.placing.shard_of(place) for place in (ANN, BOB, ANN)] == [0, 1, 0]
    assert database.asked == [[ANN], [BOB]]


@in_loop
async def test_those_that_wait_are_refused_when_the_node_ends() -> None:
    database = Database()
    database.goes_on.clear()
    call = database.request(ANN)
    await until(lambda: len(database.asked) == 1)
    database.placing.stop()
    reply = await call
    assert isinstance(reply, Reply)
    assert reply.status == 503
