"""Keys that are pressed while a command shows something live.

Rule: a terminal is left as it was found, however the command ends. Where keys cannot be read (no terminal, Windows),
nothing is shown of them and everything else works.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from select import select
from threading import Thread
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 0.3  # seconds without anything, after which the size of the terminal is looked at
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_NAMES = {"\r": "enter", "\n": "enter", "\x1b": "escape"}


def readable() -> bool:
    """Returns whether keys can be read: there is a terminal on both sides, and the system has termios."""
    return os.name == "posix" and sys.stdin.isatty() and sys.stdout.isatty()


def with_keys(source: Callable[[], Iterator[T]]) -> Iterator[T | str | None]:
    """Yields what `source()` yields and, between, the name of each key that is pressed: "up", "enter", "q"...; None
    when nothing came for a moment. Raises what the source raises; ends with it.
    """
    if not readable():
        yield from source()
        return
    found: SimpleQueue[T | BaseException | None] = SimpleQueue()
    reading, writing = os.pipe()

    def read() -> None:
        last: BaseException | None = None
        try:
            for each in source():
                found.put(each)
                os.write(writing, b".")
        except Exception as error:
            last = error
        found.put(last or StopIteration())
        os.write(writing, b".")

    Thread(target=read, name="decaf frames", daemon=True).start()
    with _key_by_key(sys.stdin.fileno()) as terminal:
        while True:
            ready, _, _ = select([terminal, reading], [], [], _PATIENCE)
            if not ready:
                yield None
            if terminal in ready:
                pressed = os.read(terminal, 1024)
                if not pressed:  # the terminal is gone
                    return
                yield from names(pressed)
            if reading in ready:
                for _ in os.read(reading, 1024):
                    each = found.get()
                    if isinstance(each, StopIteration):
                        return
                    if isinstance(each, BaseException):
                        raise each
                    yield each


def names(pressed: bytes) -> Iterator[str]:
    """Yields the names of the keys in what a terminal has sent."""
    text = pressed.decode("utf-8", "replace")
    while text:
        arrow = _ARROWS.get(text[2:3]) if text.startswith(("\x1b[", "\x1bO")) else None
        yield arrow or _NAMES.get(text[0], text[0])
        text = text[3 if arrow else 1 :]


@contextmanager
def _key_by_key(terminal: int) -> Iterator[int]:
    """While this lasts, keys are passed on when they are pressed, and are not shown; Ctrl-C is as ever."""
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield terminal
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
