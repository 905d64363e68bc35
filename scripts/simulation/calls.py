"""What became of the calls while shards were served by nobody: reckoned from their rates, not one by one.

Rule: a call waits at a node for 15 s at most, then it gets ServiceUnavailable, and the SDK tries it again: three tries
in all, with pauses. A call that a stopped node has got is refused when that node has been silent for five seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decaf.cluster.parked import Limits
from scripts.simulation.watching import Cause, Wait

_LIMITS = Limits()
_PAUSES = 1.5  # seconds between the three tries of an SDK, together
_SILENCE = 5.0  # seconds after which calls to a stopped node are refused
_COVERED = 3 * _LIMITS.wait + _PAUSES  # the longest wait that three tries cover
_STEP = 0.5  # seconds between two looks at how many calls wait


@dataclass(frozen=True, slots=True)
class Fates:
    """How many calls were made, and of those: that waited; that were refused, and answered at a later try; that failed
    at the third try. `most_waiting` is how many waited at once on a node, `too_many` those that were refused for it.
    """

    made: float
    waited: float
    retried: float
    failed: float
    most_waiting: float
    too_many: float


def fates(waits: list[Wait], rates: NDArray[np.float64], seconds: float, nodes: list[tuple[float, int]]) -> Fates:
    """Returns what became of the calls of `seconds`. `nodes` has how many nodes ran, from when on."""
    made = float(rates.sum() * seconds)
    if not waits:
        return Fates(made, 0, 0, 0, 0, 0)
    begins = np.array([wait.begin for wait in waits])
    ends = np.array([wait.end for wait in waits])
    rate = rates[np.array([wait.shard for wait in waits])]
    stopped = np.array([wait.cause is Cause.STOP for wait in waits])
    lasted = ends - begins
    hung = np.where(stopped & (lasted > _SILENCE), _SILENCE, 0.0)
    covered_after = np.where(lasted - _SILENCE <= _COVERED - _LIMITS.wait, hung, 0.0)
    parked = lasted - hung
    waited = np.minimum(parked, _LIMITS.wait)
    retried = np.minimum(parked, _COVERED) - waited + covered_after
    failed = np.maximum(parked - _COVERED, 0) + hung - covered_after
    most, too_many = _too_many(begins + hung, ends, rate, seconds, nodes)
    return Fates(
        made,
        float((rate * waited).sum()),
        float((rate * retried).sum()),
        float((rate * failed).sum()) + too_many,
        most,
        too_many,
    )


def _too_many(
    begins: NDArray[np.float64],
    ends: NDArray[np.float64],
    rate: NDArray[np.float64],
    seconds: float,
    nodes: list[tuple[float, int]],
) -> tuple[float, float]:
    """Returns the most calls that wait on a node at once, and how many are refused since there are more."""
    most = too_many = 0.0
    times = np.array([time for time, _ in nodes])
    for now in np.arange(0.0, seconds, _STEP):
        down = (begins <= now) & (now < ends)
        if not down.any():
            continue
        running = nodes[int(np.searchsorted(times, now, side="right")) - 1][1]
        waiting = float((rate[down] * np.minimum(now - begins[down], _LIMITS.wait)).sum()) / max(running, 1)
        most = max(most, min(waiting, _LIMITS.calls))
        if waiting > _LIMITS.calls:
            too_many += float(rate[down].sum()) * _STEP * (1 - _LIMITS.calls / waiting)
    return most, too_many
