"""Whether the machine does nothing else: a loop that spins on a core must have all its time, and get as far as it ever
did. The first finds other programs, the second what slows the core down from outside, as other virtual machines do.

Rule: it spins while the measured server has nothing to do, before and after its turn.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

_SPIN = 0.01  # seconds
_QUIET = 0.85  # of the time, and of the most turns that the loop ever made on that core


@dataclass(slots=True)
class Probe:
    """Compares each core with itself, so that neither its speed nor that of Python matters."""

    cores: Sequence[int]
    most: dict[int, int] = field(default_factory=dict)  # turns, by core

    def is_quiet(self) -> bool:
        """Return whether the loop had all cores for itself, after a hundredth of a second or two."""
        return all(self._has_to_itself(core) for core in self.cores)

    def _has_to_itself(self, core: int) -> bool:
        turns, share = _spin(core)
        self.most[core] = max(turns, self.most.get(core, 0))
        return share >= _QUIET and turns >= _QUIET * self.most[core]


def _spin(core: int) -> tuple[int, float]:
    """Return how many turns a loop on that core makes, and its share of the time."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        turns, used, began = 0, time.thread_time(), time.perf_counter()
        while (took := time.perf_counter() - began) < _SPIN:
            turns += 1
        return turns, (time.thread_time() - used) / took
    finally:
        os.sched_setaffinity(0, mine)
