"""A reply is sent once the changes of its request are written, and never when they are not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.base.half_closed import end_wait
from decaf.persistence.commits import CommitFuture
from decaf.persistence.deferred_reply import DeferredReply, Pending
from decaf.persistence.errors import CommitFailed
from decaf.persistence.unwritable import NOTHING, LeftOut
from decaf_protocol import Reply

SENT, REFUSED = Reply(200, (), b"sent"), Reply(503, (), b"refused")
CHANGED = Arn("sqs", "us-east-1", "111111111111", "orders")
OTHER = Arn("sqs", "us-east-1", "111111111111", "kitchen")


def _play(play: Callable[[CommitFuture, DeferredReply], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        commit = CommitFuture(loop=asyncio.get_running_loop())
        await play(commit, DeferredReply(SENT, Pending(commit, [CHANGED]), lambda: REFUSED))

    asyncio.run(run())


async def _awaited(deferred: DeferredReply) -> Reply:
    return await deferred


@pytest.mark.parametrize(
    ("left_out", "reply"), [(NOTHING, SENT), (frozenset({str(OTHER)}), SENT), (frozenset({str(CHANGED)}), REFUSED)]
)
def test_the_reply_comes_with_the_commit_that_has_its_changes(left_out: LeftOut, reply: Reply) -> None:
    async def play(commit: CommitFuture, deferred: DeferredReply) -> None:
        sent: list[Reply | None] = []
        deferred.then(sent.append)
        waiting = asyncio.ensure_future(_awaited(deferred))
        await asyncio.sleep(0)
        assert (sent, waiting.done()) == ([], False)
        commit.set_result(left_out)
        assert await waiting is reply
        assert sent == [reply]

    _play(play)


def test_a_commit_that_fails_refuses() -> None:
    async def play(commit: CommitFuture, deferred: DeferredReply) -> None:
        sent: list[Reply | None] = []
        deferred.then(sent.append)
        waiting = asyncio.ensure_future(_awaited(deferred))
        await asyncio.sleep(0)
        commit.set_exception(CommitFailed())
        assert await waiting is REFUSED
        assert sent == [REFUSED]

    _play(play)


def test_a_task_that_is_cancelled_does_not_answer_and_leaves_the_commit_to_others() -> None:
    async def play(commit: CommitFuture, deferred: DeferredReply) -> None:
        one, other = (asyncio.ensure_future(_awaited(deferred)) for _ in range(2))
        await asyncio.sleep(0)
        one.cancel()
        await asyncio.sleep(0)
        commit.set_result(NOTHING)
        assert await other is SENT
        with pytest.raises(asyncio.CancelledError):
            await one

    _play(play)


@pytest.mark.parametrize(("left_out", "reply"), [(NOTHING, SENT), (frozenset({str(CHANGED)}), REFUSED)])
def test_a_client_that_sends_no_more_is_answered_once_the_changes_are_written(left_out: LeftOut, reply: Reply) -> None:
    async def play(commit: CommitFuture, deferred: DeferredReply) -> None:
        waiting = asyncio.ensure_future(_awaited(deferred))
        await asyncio.sleep(0)
        end_wait(waiting)
        await asyncio.sleep(0)
        assert not waiting.done()
        commit.set_result(left_out)
        assert await waiting is reply

    _play(play)
