"""What falls due by itself, anywhere in the world: when, what, and making it happen in order.

Rule: a queue that nobody touches does its work late, which nobody can see. Here the work of all queues is done when
it is due, with the clock's timers between, so that what listens hears of it in the order of time.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
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


def advance(clock: Clock, queues: Iterable[Queue], seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
    """Move the clock forward by `seconds`; timers and queues do in order what falls due until then.

    It stops before its time, and says so with False, when `until()` holds after something was done.
    """
    target = clock.now() + seconds
    order = list(enumerate(queues))
    waiting = [(at, number, queue) for number, queue in order if (at := queue.next_due()) is not None]
    heapq.heapify(waiting)
    while (at := _next(clock, waiting)) is not None and at <= target:
        clock.advance(max(0.0, at - clock.now()))
        if waiting and waiting[0][0] <= at:
            _, number, queue = heapq.heappop(waiting)
            queue.settle(max(at, clock.now()))
            following = queue.next_due()
            if following is not None:
                heapq.heappush(waiting, (following, number, queue))
        if until():
            return False
    clock.advance(max(0.0, target - clock.now()))
    return True


def _next(clock: Clock, waiting: list[tuple[float, int, Queue]]) -> float | None:
    dues = (clock.next_due(), waiting[0][0] if waiting else None)
    return min((due for due in dues if due is not None), default=None)
