"""A room from its opening to its end, which is a signal: everything that it has started ends with it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable

from decaf.learn.classroom.board import board_of, news
from decaf.learn.classroom.classroom import Classroom, Room
from decaf.learn.classroom.front import Front

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 2.0  # seconds between two looks at the board


class CannotListen(Exception):
    """The address of a front cannot be listened on; the text says why."""


async def hold(room: Room, port: int, invite: Callable[[Front], None], say: Callable[[str], None]) -> None:
    """Hold a room open until a signal ends it, with its front at `port`, or any with 0.

    `invite` is called when people can come in, and `say` with a sentence for whatever happens. Raises CannotListen.
    """
    ended = asyncio.Event()
    for number in _ENDS:
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    front = Front(Classroom(room, time.monotonic), port)
    try:
        await front.start()
    except OSError as error:
        raise CannotListen(os.strerror(error.errno) if error.errno else str(error)) from error
    try:
        invite(front)
        await _say_news(front, ended, say)
    finally:
        await front.stop()


async def _say_news(front: Front, ended: asyncio.Event, say: Callable[[str], None]) -> None:
    board = board_of(front.classroom, is_teachers=False)
    while not ended.is_set():
        try:
            await asyncio.wait_for(ended.wait(), _LOOK)
        except TimeoutError:
            before, board = board, board_of(front.classroom, is_teachers=False)
            for sentence in news(before, board):
                say(sentence)
