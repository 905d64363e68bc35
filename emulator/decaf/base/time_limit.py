"""A limit on how long something takes, by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from decaf.base.clock import Clock


@asynccontextmanager
async def within(
    clock: Clock, seconds: float, about: str, cancelled: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Cancel what the context does after so many seconds of the clock, and raise TimeoutError then.

    `about` describes for people what happens then; `cancelled` is called once it is cancelled.
    """
    task = asyncio.current_task()
    assert task is not None
    late = False

    def cancel(_: float) -> None:
        nonlocal late
        late = True
        task.cancel()
        cancelled()

    limit = clock.call_at(clock.now() + seconds, cancel, about)
    try:
        yield
    except asyncio.CancelledError:
        if late and task.uncancel() == 0:
            raise TimeoutError from None
        raise
    finally:
        limit.cancel()
