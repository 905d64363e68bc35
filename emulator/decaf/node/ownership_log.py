"""What a node logs of the shards that come to it and go: one line for those of the same moment.

A takeover from a node that died, and a loss, are warnings; what was planned is no more than information.
"""

from __future__ import annotations

import asyncio
import logging

from decaf.base.clock import ring_after, seconds
from decaf.persistence.postgres.ownership import Lease

_log = logging.getLogger("decaf")

_QUIET = 1.0  # seconds without another shard after which those that came are logged


class OwnershipLog:
    """The log of a node of as many `shards`. With one, a line is written at once."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._gained: dict[int, list[int]] = {}  # by the level of the log
        self._lost: list[int] = []
        self._began = self._ended = 0.0  # when the first of them was begun to be loaded, and the last one was
        self._alarm: asyncio.TimerHandle | None = None

    def gained(self, lease: Lease, planned: bool, began: float) -> None:
        """This node has loaded a shard, which it began to do at `began`, by the clock of `seconds`."""
        level = logging.INFO if planned else logging.WARNING
        if self._shards == 1:
            took = seconds() - began
            _log.log(level, "this node is the active one: epoch %d, loaded in %.1f s", lease.epoch, took)
            return
        self._began = min(self._began, began) if self._gained else began
        self._ended = seconds()
        self._gained.setdefault(level, []).append(lease.shard)
        self._set_alarm()

    def lost(self, shard: int) -> None:
        """Another node owns a shard that this one had loaded."""
        if self._shards == 1:
            _log.warning("this node is not the active one any more")
            return
        self._lost.append(shard)
        self._set_alarm()

    def write(self) -> None:
        """Log now what is not logged yet."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        lost, self._lost = self._lost, []
        gained, self._gained = self._gained, {}
        if lost:
            _log.warning("this node has lost %s to others", _named(lost))
        for level, shards in gained.items():
            _log.log(level, "this node owns %s now, loaded in %.1f s", _named(shards), self._ended - self._began)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = ring_after(_QUIET, self.write)


def _named(shards: list[int]) -> str:
    """Returns the numbers of shards, such as `shard 4` or `3 shards (1, 2, 9)`."""
    if len(shards) == 1:
        return f"shard {shards[0]}"
    return f"{len(shards)} shards ({', '.join(map(str, sorted(shards)))})"
