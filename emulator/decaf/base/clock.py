"""The one clock. Everything that happens in time happens on it.

Rule: nothing else in the package reads the time or waits for it; a request reads `now()` once and passes it down.
The clock runs with its source (the wall clock, unless another is given) and can be moved forward, never
back: moving it runs every timer that falls due, in order, each at its own time. When the source jumps forward, as the
wall clock does after the machine slept, the clock jumps with it; when the source goes back, the clock runs on.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache, partial
from math import inf
from typing import Any, TypeVar

import msgspec

from decaf.base.lazy_heap import Ranking

Action = Callable[[float], None]

real_time = time.time  # in epoch seconds; nobody moves it: for the log, and for what clients sign by their own clocks
seconds = time.perf_counter  # measures how long something really takes: only differences have a meaning

# Seconds since the machine started, with those in which it slept, where that is counted: nobody sets this time.
boot_time = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

pause = time.sleep  # for programs that wait for another process, never on the way of a request

MOST_CHANGES = 1_000  # of the clock that are kept

_LOOK = 1.0  # seconds of real time after which the source is read again while a timer waits

Awaited = TypeVar("Awaited", bound="asyncio.Future[Any]")


async def in_real_time(awaited: Set[Awaited], seconds: float | None) -> set[Awaited]:
    """Wait up to `seconds` of real time for work that programs outside must finish; return what is unfinished."""
    return (await asyncio.wait(awaited, timeout=seconds))[1]


async def give_way() -> None:
    """Let the event loop do all its other work that is ready, once."""
    await asyncio.sleep(0)


def ring_after(seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
    """Let the running event loop call `action` after `seconds` of real time."""
    return asyncio.get_running_loop().call_later(max(0.0, seconds), action)


def http_date() -> str:
    """Returns the real time as HTTP's `Date` has it: clients compare it with their own clocks, which nobody moves."""
    return _http_date(int(time.time()))


@lru_cache(maxsize=1)  # responses come far more often than seconds
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


class WorkWithoutEnd(Exception):
    """What falls due at one time leads to ever more work at the same time, so that the clock cannot be moved on."""


@dataclass(slots=True, eq=False)
class Timer:
    """An action to run at `when` (epoch seconds); `cancel()` makes it never run.

    `about` describes what happens then, for people; it is empty where another description covers it, as for a timer
    that only does the work which a queue has due. `holds()` is false once the action has nothing to do any more.
    """

    when: float
    action: Action
    about: str
    holds: Callable[[], bool]
    _timers: Ranking[float, Timer] = field(repr=False)  # the clock's

    def cancel(self) -> None:
        self._timers.drop(self)


class ClockChange(msgspec.Struct, frozen=True):
    """The clock was moved, frozen or let run again at `real` (epoch seconds of real time).

    It showed `before`, then `after`, and has stood still since then if it is `frozen`.
    """

    real: float
    before: float
    after: float
    frozen: bool


class Clock:
    """Time in epoch seconds, and timers on it.

    `source()` returns the epoch seconds that the clock starts from and runs with. Without `attach()`, timers are run
    by `advance()` alone, which is right for a test whose source stands still.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._latest = -inf  # what the source showed last
        self._moved = 0.0
        self._frozen_at: float | None = None
        self.changes: deque[ClockChange] = deque(maxlen=MOST_CHANGES)  # what people and tests did to it
        self._timers: Ranking[float, Timer] = Ranking()  # by when they are due
        self._target = -inf  # of the present move
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Return the time in epoch seconds, which is never less than it was."""
        if self._frozen_at is not None:
            return self._frozen_at
        shown = self._source()
        if shown < self._latest:
            self._moved += self._latest - shown
        self._latest = shown
        return shown + self._moved

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def freeze(self) -> None:
        """Stop the clock: from now on only `advance` moves it."""
        self._frozen_at = self.now()
        self.note_change(self._frozen_at)
        self._set_alarm()

    def thaw(self) -> None:
        """Let the clock run again, from the time that it shows."""
        if self._frozen_at is not None:
            self._latest = self._source()
            self._moved = self._frozen_at - self._latest
            self._frozen_at = None
            self.note_change(self.now())
            self._set_alarm()

    def note_change(self, before: float) -> None:
        """Note that somebody changed the clock just now, when it showed `before`."""
        self.changes.append(ClockChange(real_time(), before, self.now(), self.frozen))

    @property
    def moved(self) -> float:
        """The seconds by which the clock is ahead of its source, when it is not frozen."""
        return self._moved

    def resume(self, at: float, moved: float, frozen: bool) -> None:
        """Continue from a clock that showed `at`: frozen there, or `moved` seconds ahead and not behind `at`."""
        self._latest = self._source()
        self._moved = max(moved, at - self._latest)
        self._frozen_at = at if frozen else None
        self._set_alarm()

    def call_at(
        self, when: float, action: Action, about: str = "a timer", holds: Callable[[], bool] = lambda: True
    ) -> Timer:
        """Run `action(now)` when it is `when`; soon if that is past, but never before this method has returned."""
        timer = Timer(when, action, about, holds, self._timers)
        self._timers.put(timer, when)
        if self._timers.first() is timer:
            self._set_alarm()
        return timer

    def next_due(self) -> float | None:
        """Return when the next timer is due, None if there is none."""
        return self._timers.lowest()

    def next_described(self) -> Timer | None:
        """Return the next timer whose action is described and still has something to do, None if there is none."""
        described = (timer for timer in self._timers if timer.about and timer.holds())
        return min(described, key=lambda timer: timer.when, default=None)

    def call_within(self, seconds: float, action: Action, about: str) -> Callable[[], None]:
        """Run `action(now)` after `seconds` on the clock or `seconds` of real time, whichever end first.

        So it runs when the clock is moved, and also when it is frozen. Returns a function that cancels it.
        """

        def run(now: float) -> None:
            cancel()
            action(now)

        def cancel() -> None:
            timer.cancel()
            if alarm is not None:
                alarm.cancel()

        timer = self.call_at(self.now() + seconds, run, about)
        alarm = None if self._loop is None else self._loop.call_later(seconds, lambda: run(self.now()))
        return cancel

    def advance(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Move the clock forward by `seconds`, running the timers that fall due on the way; return True.

        Where `until()` holds after timers ran, the clock stops there and the result is False.
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

    def continue_to(self, when: float) -> bool:
        """Move the clock on to `when`, from within an action; return whether it could be moved.

        It can if the present move goes that far and no other timer is due before. So an action with many steps in
        time needs no timer for each of them.
        """
        due = self.next_due()
        if when > self._target or (due is not None and due <= when):
            return False
        self._move_to(when)
        return True

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the event loop `loop` run the timers as real time passes."""
        self._loop = loop
        self._set_alarm()

    def detach(self) -> None:
        """Let timers be run by `advance` alone from now on."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._loop = self._alarm = None

    def _move_to(self, when: float) -> None:
        if self._frozen_at is not None:
            self._frozen_at = max(self._frozen_at, when)
        else:
            behind = when - self.now()  # which may change what it has moved
            self._moved += max(0.0, behind)

    def _run_due(self, until: float) -> None:
        """Run the timers due at `until`: `now()` is a sum of floats, and may be less than that by its last digit."""
        while (timer := self._timers.first()) is not None and timer.when <= until:
            timer.cancel()
            timer.action(max(timer.when, self.now()))

    def _set_alarm(self) -> None:
        if self._loop is None or self._target > -inf:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        due = None if self.frozen else self.next_due()
        # The loop's own time knows no jumps of the source, and stands while the machine sleeps.
        self._alarm = None if due is None else self._loop.call_later(min(max(0.0, due - self.now()), _LOOK), self._ring)

    def _ring(self) -> None:
        self._run_due(self.now())
        self._set_alarm()
