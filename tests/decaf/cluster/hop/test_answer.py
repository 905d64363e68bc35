"""What the caller of a request to this node's own world is told, when its client sends no more or goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from decaf.base.half_closed import only_ends_the_wait
from decaf.cluster.hop.answer import Answer
from decaf.cluster.hop.call import ForwardedCall
from decaf.cluster.hop.payloads import NotActive
from decaf.http.rendering import Stream
from decaf_protocol import Reply, Request
from tests.decaf.triggers.kitchen import in_loop

_REQUEST = Request("POST", "/_decaf/reset", {}, b"")


class Told:
    """A caller that keeps what it is told."""

    def __init__(self) -> None:
        self.all: list[object] = []

    def reply(self, reply: Reply) -> None:
        self.all.append(reply)

    def stream(self, stream: Stream) -> None:
        self.all.append(stream)

    def no_reply(self) -> None:
        self.all.append(None)

    def not_active(self, error: NotActive) -> None:
        self.all.append(error)


@pytest.fixture
def told() -> Told:
    return Told()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@in_loop
async def test_a_call_that_does_not_go_on_without_its_wait_ends_without_a_reply(told: Told) -> None:
    answer = Answer(_REQUEST, told)
    answer.begin(lambda _: _never())
    answer.end_wait()
    await _settled()
    assert told.all == [None]


@in_loop
async def test_a_call_that_goes_on_without_its_wait_is_answered(told: Told) -> None:
    answer = Answer(_REQUEST, told)
    answer.begin(lambda _: _at_the_end_of_the_wait())
    answer.end_wait()
    await _settled()
    assert told.all == [Reply(200, (), b"")]


@in_loop
async def test_a_caller_whose_client_has_gone_is_told_nothing(told: Told) -> None:
    answer = Answer(_REQUEST, told)
    answer.begin(lambda _: _never())
    await _settled()
    answer.end_wait()
    answer.hang_up()
    await _settled()
    assert told.all == []


@in_loop
async def test_a_stream_arrives_that_waited_here_for_who_answers(told: Told) -> None:
    waiting = ForwardedCall(_REQUEST, lambda _: Reply(503, (), b""), lambda _: None)
    Answer(_REQUEST, told).begin(lambda _: waiting)
    await _settled()
    stream = Stream((), _chunks())
    waiting.stream(stream)
    await _settled()
    assert told.all == [stream]


async def _never() -> Reply:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def _chunks() -> AsyncGenerator[bytes, None]:
    yield b"chunk"


async def _at_the_end_of_the_wait() -> Reply:
    try:
        return await _never()
    except asyncio.CancelledError as error:
        if not only_ends_the_wait(error):
            raise
        return Reply(200, (), b"")
