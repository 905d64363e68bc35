"""Whether the machine does nothing else: a loop that spins on a core must get as far as it ever did.

Rule: it spins while the measured server has nothing to do, before and after its turn.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

_SPIN = 0.01  # seconds
_QUIET = 0.85  # of the most turns that the loop ever made on that core


@dataclass(slots=True)
class Probe:
    """Compares a core with itself, so that neither its speed nor that of Python matters."""

    cores: Sequence[int]
    most: dict[int, int] = field(default_factory=dict)

    def is_quiet(self) -> bool:
        """Return whether the loop had all cores for itself, after a hundredth of a second or two."""
        return all(self._has_to_itself(core) for core in self.cores)

    def _has_to_itself(self, core: int) -> bool:
        turns = _spin(core)
        self.most[core] = max(turns, self.most.get(core, 0))
        return turns >= _QUIET * self.most[core]


def _spin(core: int) -> int:
    """Return how many turns a loop on that core makes."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        turns, end = 0, time.perf_counter() + _SPIN
        while time.perf_counter() < end:
            turns += 1
        return turns
    finally:
        os.sched_setaffinity(0, mine)
