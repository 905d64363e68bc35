"""What must hold at each moment of a run, and when each shard was without an owner that answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Broken(Exception):
    """Something that must always hold did not."""


class Cause(Enum):
    """Why a shard's calls had to wait."""

    CRASH = "node killed"
    STOP = "node stopped for longer than its lease"
    DATABASE = "database away or slow"
    MOVE = "shard moved, or its node shut down"


@dataclass(frozen=True, slots=True)
class Wait:
    """From when to when no node answered for a shard, why, and whether another node does so after that."""

    shard: int
    begin: float
    end: float
    cause: Cause
    moved: bool


class Waits:
    """The times in which shards were served by nobody."""

    def __init__(self) -> None:
        self.over: list[Wait] = []
        self.moves: list[float] = []  # when another node began to serve a shard
        self._began: dict[int, tuple[float, Cause, int]] = {}

    def down(self, shard: int, now: float, cause: Cause, node: int) -> None:
        """The node no longer answers for a shard. The first cause counts."""
        self._began.setdefault(shard, (now, cause, node))

    def up(self, shard: int, now: float, node: int) -> None:
        """The node answers for a shard."""
        if shard not in self._began:
            return
        began, cause, before = self._began.pop(shard)
        self.over.append(Wait(shard, began, now, cause, before != node))
        if before != node:
            self.moves.append(now)

    def end(self, now: float) -> int:
        """Close those that are still open at the end of the run, and return how many there were."""
        left = len(self._began)
        self.over += [Wait(shard, began, now, cause, True) for shard, (began, cause, _) in self._began.items()]
        return left
