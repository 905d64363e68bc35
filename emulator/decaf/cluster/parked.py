"""Requests that wait for an active node, first come first served, and not for long.

Rule: a request waits up to 15 s in all, however often it comes back. Those that are too many are refused at once, so
that the memory of a node does not grow while there is no other.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass

from decaf.base.clock import ring_after, seconds
from decaf.cluster.hop.call import ForwardedCall


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest wait, in seconds; the most calls for a shard; the most bytes of the bodies for all shards."""

    wait: float = 15.0
    calls: int = 1_000
    size: int = 64 * 1024 * 1024


@dataclass(slots=True)
class Bodies:
    """The bodies of all requests that wait at a node, for any shard: how many bytes they have."""

    size: int = 0


class Parked:
    """The requests that wait for a shard, in the order in which they came to the node. Their bodies are among `bodies`,
    which the shards of a node share."""

    def __init__(self, limits: Limits = Limits(), bodies: Bodies | None = None) -> None:
        self._limits = limits
        self._calls: list[ForwardedCall] = []
        self._bodies = Bodies() if bodies is None else bodies
        self._alarm: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: ForwardedCall) -> None:
        """Let a request wait, or refuse it."""
        size = self._bodies.size + len(call.request.body)
        if len(self._calls) >= self._limits.calls or size > self._limits.size or self._left(call) <= 0:
            call.unavailable()
            return
        self._bodies.size = size
        call.holder = self
        insort(self._calls, call, key=lambda other: other.since)
        self._set_alarm()

    def hang_up(self, call: ForwardedCall) -> None:
        self._calls.remove(call)
        self._bodies.size -= len(call.request.body)
        self._set_alarm()

    def end_wait(self, call: ForwardedCall) -> None:
        """It is sent all the same: its client still reads."""

    def take_all(self, take: Callable[[ForwardedCall], None]) -> None:
        """Have `take` go on with all requests that wait, in their order."""
        calls, self._calls = self._calls, []
        self._bodies.size -= sum(len(call.request.body) for call in calls)
        self._set_alarm()
        for call in calls:
            call.holder = None
            take(call)

    def refuse_all(self) -> None:
        self.take_all(ForwardedCall.unavailable)

    def _left(self, call: ForwardedCall) -> float:
        """Returns the seconds that a request may still wait."""
        return call.since + self._limits.wait - seconds()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = ring_after(self._left(self._calls[0]), self._ring) if self._calls else None

    def _ring(self) -> None:
        while self._calls and self._left(self._calls[0]) <= 0:
            call = self._calls.pop(0)
            self._bodies.size -= len(call.request.body)
            call.unavailable()
        self._set_alarm()
