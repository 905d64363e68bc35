"""The database's time, as nodes take it for their clocks: so a takeover shifts no delay and no visibility timeout.

Rule: it is known from beats, each of which has it for a moment between its sending and its answer. While it is used
it never jumps and never runs backwards: it nears what later beats have, slowly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from decaf.base.clock import boot_time

_SAMPLES = 8  # beats, of which the one that was answered fastest counts
_SLEW = 0.001  # seconds for each second


@dataclass(frozen=True, slots=True)
class _Course:
    """The difference to the time of this machine: it was `offset` at `since`, and nears `target`."""

    since: float
    offset: float
    target: float

    def at(self, now: float) -> float:
        most = _SLEW * max(0.0, now - self.since)
        return self.offset + max(-most, min(most, self.target - self.offset))


class DatabaseTime:
    """The time of the database in epoch seconds. `machine()` is a time of this machine that nobody sets."""

    def __init__(self, machine: Callable[[], float] = boot_time) -> None:
        self._machine = machine
        self._samples: deque[tuple[float, float]] = deque(maxlen=_SAMPLES)  # how long it took, and the difference
        self._course: _Course | None = None  # replaced as a whole: other threads read it

    def note(self, sent: float, answered: float, shown: float) -> None:
        """The answer to a beat, sent and answered at these times of the machine, had this time of the database."""
        self._samples.append((answered - sent, shown - (sent + answered) / 2))
        target = min(self._samples)[1]
        if self._course is None:
            self._course = _Course(answered, target, target)
        else:
            self._course = _Course(answered, self._course.at(answered), target)

    def settle(self) -> None:
        """Go to what is known now at once: nobody has used it before."""
        if self._course is not None:
            self._course = _Course(self._course.since, self._course.target, self._course.target)

    def now(self) -> float:
        """Returns the time. It is an error to ask before the first beat."""
        assert self._course is not None
        now = self._machine()
        return now + self._course.at(now)
