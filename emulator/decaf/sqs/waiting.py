"""Long polls: receives that wait for a message. The only part of SQS that uses an event loop.

Rule: polls are served one at a time in the order in which they came, and a poll that finds nothing keeps its
place until its own deadline. No poll looks again by itself: the queue serves them when it has changed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from decaf.base.clock import Clock, Timer
from decaf.base.slices import Busy

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Poll(Generic[T]):
    """One parked receive. `attempt(now)` takes messages and returns them, or None when there are none to take."""

    attempt: Callable[[float], T | None]
    answer: asyncio.Future[T | None]


class Waiters(Generic[T]):
    """The polls parked at one queue; `next_due()` returns when the queue next changes by itself.

    `polls` are the parked polls; every call on a queue looks whether there are any.
    """

    __slots__ = ("_alarm", "_clock", "_next_due", "_serving", "polls")

    def __init__(self, clock: Clock, next_due: Callable[[], float | None]) -> None:
        self._clock = clock
        self._next_due = next_due
        self.polls: OrderedDict[Poll[T], Timer | None] = OrderedDict()
        self._alarm: Timer | None = None
        self._serving = False

    def __len__(self) -> int:
        return len(self.polls)

    def park(self, attempt: Callable[[float], T | None], deadline: float | None) -> asyncio.Future[T | None]:
        """Return a future for the messages of `attempt`; its result is None if there are none until `deadline`.

        `deadline` is in epoch seconds; None: there is none. Cancelling the future removes the poll.
        """
        poll = Poll(attempt, asyncio.get_running_loop().create_future())
        self.polls[poll] = (
            None
            if deadline is None
            else self._clock.call_at(deadline, lambda now: self._answer(poll, None), "a long poll ends")
        )
        poll.answer.add_done_callback(lambda _: self._leave(poll))
        self._set_alarm()
        return poll.answer

    def serve(self, now: float) -> None:
        """Serve the parked polls, the longest parked first; to be called whenever the queue has changed."""
        if self._serving:
            return  # the change was made by serving a poll, and the loop below will see it
        self._serving = True
        try:
            while self.polls and self._serve_first(now):
                pass
        finally:
            self._serving = False
        self._set_alarm()

    def serve_again(self) -> None:
        """As `serve`, at the present time."""
        if self.polls:
            self.serve(self._clock.now())

    def _serve_first(self, now: float) -> bool:
        """Serve the poll parked for longest; return whether the next one may be served."""
        poll = next(iter(self.polls))
        if poll.answer.done():
            self._leave(poll)
            return True
        try:
            taken = poll.attempt(now)
        except Busy:
            return False  # the queue serves again when it is free
        if taken is None:
            return False
        self._answer(poll, taken)
        return True

    def dismiss(self) -> None:
        """Answer all parked polls now, with no messages."""
        for poll in tuple(self.polls):
            self._answer(poll, None)

    def _answer(self, poll: Poll[T], taken: T | None) -> None:
        self._leave(poll)
        if not poll.answer.done():
            poll.answer.set_result(taken)

    def _leave(self, poll: Poll[T]) -> None:
        timer = self.polls.pop(poll, None)
        if timer is not None:
            timer.cancel()
        if not self.polls and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _set_alarm(self) -> None:
        due = self._next_due() if self.polls else None
        if self._alarm is not None:
            if self._alarm.when == due:
                return
            self._alarm.cancel()
        self._alarm = None if due is None else self._clock.call_at(due, self._ring, about="")

    def _ring(self, now: float) -> None:
        self._alarm = None
        self.serve(now)
