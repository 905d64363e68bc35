"""The one clock. Everything that happens in time happens on it.

Rule: nothing else in the package reads or waits for time; a call reads `now()` once and passes it down.
The clock runs with its source (the wall clock, unless told otherwise) and can be moved forward, never
back: moving it runs every timer that falls due, in order, each at its own time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

Action = Callable[[float], None]

seconds = time.perf_counter  # to measure by how long something really takes; only differences mean anything

_SWEEP_FLOOR = 64  # timers; fewer are not worth a search for cancelled ones


Awaited = TypeVar("Awaited", bound="asyncio.Future[Any]")


async def in_real_time(awaited: Set[Awaited], seconds: float | None) -> set[Awaited]:
    """Wait for what others outside must finish, at most so many seconds of their time; gives what is unfinished."""
    return (await asyncio.wait(awaited, timeout=seconds))[1]


def ring_after(seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
    """Have the running loop call `action` once so many seconds have really passed."""
    return asyncio.get_running_loop().call_later(max(0.0, seconds), action)


@dataclass(order=True, slots=True)
class Timer:
    """An action to run at `when` (epoch seconds); `cancel()` makes it never run.

    `about` says what happens then, for people; it is empty where the action only does what others tell of.
    """

    when: float
    order: int
    action: Action | None = field(compare=False)
    about: str = field(compare=False, default="")

    def cancel(self) -> None:
        self.action = None


class Clock:
    """Time in epoch seconds, and timers on it.

    `source` gives the epoch seconds that the clock starts from and runs with. Without `attach()` nobody
    runs timers but `advance()`, which is what a test with a still source wants.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._moved = 0.0
        self._frozen_at: float | None = None
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._sweep_above = _SWEEP_FLOOR
        self._target = -inf  # of the move under way
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """The time in epoch seconds."""
        return self._source() + self._moved if self._frozen_at is None else self._frozen_at

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def freeze(self) -> None:
        """Stop: from now on only `advance` moves the clock."""
        self._frozen_at = self.now()
        self._set_alarm()

    def thaw(self) -> None:
        """Run on from where the clock stands."""
        if self._frozen_at is not None:
            self._moved = self._frozen_at - self._source()
            self._frozen_at = None
            self._set_alarm()

    @property
    def moved(self) -> float:
        """The seconds by which the clock is ahead of its source, when it is not frozen."""
        return self._moved

    def resume(self, at: float, moved: float, frozen: bool) -> None:
        """Go on as a clock did that showed `at`: frozen there, or `moved` seconds ahead, and never behind `at`."""
        self._moved = max(moved, at - self._source())
        self._frozen_at = at if frozen else None
        self._set_alarm()

    def call_at(self, when: float, action: Action, about: str = "a timer") -> Timer:
        """Run `action(now)` once it is `when`; also when that is already past, but never from within this call."""
        timer = Timer(when, next(self._order), action, about)
        if len(self._timers) > self._sweep_above:
            self._sweep()
        heapq.heappush(self._timers, timer)
        if self._timers[0] is timer:
            self._set_alarm()
        return timer

    def next_due(self) -> float | None:
        """When the next timer is due, None if there is none."""
        while self._timers and self._timers[0].action is None:
            heapq.heappop(self._timers)
        return self._timers[0].when if self._timers else None

    def next_told(self) -> Timer | None:
        """The next timer that is about something."""
        return min((timer for timer in self._timers if timer.action and timer.about), default=None)

    def call_within(self, seconds: float, action: Action, about: str) -> Callable[[], None]:
        """Run `action(now)` once the clock has gone on by so many seconds or as many have passed really, whichever
        is first: so also when the clock is moved, and when it is frozen. The result calls it off.
        """

        def run(now: float) -> None:
            call_off()
            action(now)

        def call_off() -> None:
            timer.cancel()
            if alarm is not None:
                alarm.cancel()

        timer = self.call_at(self.now() + seconds, run, about)
        alarm = None if self._loop is None else self._loop.call_later(seconds, lambda: run(self.now()))
        return call_off

    def advance(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Move the clock forward by `seconds`, running what falls due on the way.

        It stops on the way, and says so with False, where `until()` holds after something ran.
        Raises ValueError for a negative number: time does not run backwards.
        """
        if seconds < 0:
            raise ValueError("the clock cannot be moved backwards")
        target = self.now() + seconds
        self._target = target
        try:
            while (due := self.next_due()) is not None and due <= target:
                self._move_to(due)
                self._run_due(due)
                if until():
                    return False
            self._move_to(target)
            return True
        finally:
            self._target = -inf
            self._set_alarm()

    def go_on(self, when: float) -> bool:
        """From within an action: whether the move under way goes as far as `when` with no timer due before; if so,
        the clock is moved there. It spares an action that has much to do one after the other a timer for each.
        """
        due = self.next_due()
        if when > self._target or (due is not None and due <= when):
            return False
        self._move_to(when)
        return True

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let `loop` run the timers as real time passes."""
        self._loop = loop
        self._set_alarm()

    def detach(self) -> None:
        """From now on nobody runs timers but `advance`."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._loop = self._alarm = None

    def _sweep(self) -> None:
        """Drop cancelled timers, at a cost that the calls since the last sweep have earned."""
        self._timers = [timer for timer in self._timers if timer.action is not None]
        heapq.heapify(self._timers)
        self._sweep_above = max(_SWEEP_FLOOR, 2 * len(self._timers))

    def _move_to(self, when: float) -> None:
        if self._frozen_at is not None:
            self._frozen_at = max(self._frozen_at, when)
        else:
            self._moved += max(0.0, when - self.now())

    def _run_due(self, until: float) -> None:
        """Run what is due at `until`: a float that `now()`, a sum, may miss by its last digit."""
        while (due := self.next_due()) is not None and due <= until:
            action = heapq.heappop(self._timers).action
            if action is not None:
                action(max(due, self.now()))

    def _set_alarm(self) -> None:
        if self._loop is None or self._target > -inf:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        due = None if self.frozen else self.next_due()
        self._alarm = None if due is None else self._loop.call_later(max(0.0, due - self.now()), self._ring)

    def _ring(self) -> None:
        self._run_due(self.now())
        self._set_alarm()
