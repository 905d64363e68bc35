"""What falls due by itself, anywhere in the world: when, what, and making it happen in order.

Rule: a queue that nobody touches does its work late, which nobody can see. Here the work of all queues is done when
it is due, with the clock's timers between, so that what listens hears of it in the order of time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.sqs.queue import Queue


@dataclass(frozen=True, slots=True)
class Due:
    """Something that will happen by itself at `at` (epoch seconds)."""

    at: float
    what: str


def next_due(clock: Clock, queues: Iterable[Queue]) -> Due | None:
    """The next thing to happen, None when nothing will."""
    timer = clock.next_due()
    dues = [] if timer is None else [Due(timer, "a timer")]
    for queue in queues:
        at = queue.next_due()
        if at is not None:
            dues.append(Due(at, f"a message of {queue.arn}"))
    return min(dues, key=lambda due: due.at, default=None)


def advance(clock: Clock, queues: Iterable[Queue], seconds: float) -> None:
    """Move the clock forward by `seconds`; timers and queues do in order what falls due until then."""
    target = clock.now() + seconds
    order = list(enumerate(queues))
    waiting = [(at, number, queue) for number, queue in order if (at := queue.next_due()) is not None]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] <= target:
        at, number, queue = heapq.heappop(waiting)
        clock.advance(max(0.0, at - clock.now()))
        queue.settle(max(at, clock.now()))
        following = queue.next_due()
        if following is not None:
            heapq.heappush(waiting, (following, number, queue))
    clock.advance(max(0.0, target - clock.now()))
