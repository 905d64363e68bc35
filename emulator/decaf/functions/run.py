"""The runs of a mapping: each is one batch, from its first invocation to what became of its messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

KEPT = 100

RunOutcome = Literal["running", "succeeded", "partly_failed", "failed", "not_invoked"]


@dataclass(slots=True, eq=False)
class Run:
    """One batch of a mapping; `number` counts from 1 on.

    `request_id` is that of the latest invocation, `attempts` the number of invocations: there are several only where
    the function was throttled or could not be reached. `deleted` and `kept` are the ids of the messages that were
    deleted, and of those that stay in the queue. `started_at` is in epoch seconds, `duration` in seconds.
    """

    number: int
    message_ids: tuple[str, ...]
    started_at: float
    request_id: str = ""
    attempts: int = 0
    outcome: RunOutcome = "running"
    reason: str | None = None
    deleted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    duration: float = 0.0
    warning: str | None = None


class Runs:
    """The latest runs of one mapping."""

    __slots__ = ("_count", "_runs")

    def __init__(self) -> None:
        self._runs: deque[Run] = deque(maxlen=KEPT)
        self._count = 0

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def begin(self, message_ids: tuple[str, ...], now: float) -> Run:
        """Returns a new run, with these messages."""
        self._count += 1
        run = Run(self._count, message_ids, now)
        self._runs.append(run)
        return run
