"""Calls with faults: each effect acts before an operation runs, after it, or instead of it.

Rule: the operations know nothing of this. Rules are tried in their order, until one responds itself or drops the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from functools import partial

from decaf.base.clock import Clock
from decaf.base.half_closed import only_ends_the_wait
from decaf.base.settings import Settings
from decaf.faults.batches import fail_partly
from decaf.faults.checks import BATCHES, RECEIVES
from decaf.faults.effects import (
    ON_BATCHES,
    ON_CALLS,
    ON_RECEIVES,
    Drop,
    Effect,
    Error,
    Latency,
    PartialBatch,
    Reorder,
    Throttle,
)
from decaf.faults.handler import Handler, then
from decaf.faults.match import Context, call_context
from decaf.faults.receives import leave_copies, receive_at_random
from decaf.faults.rules import Faults
from decaf.sns.errors import rate_exceeded
from decaf.sqs.errors import request_throttled
from decaf.sqs.queue import Queue
from decaf.store import Store
from decaf_protocol import AWSError, Call, Result, error_shape


class Dropped(Exception):
    """A call gets no response, or not the rest of it: its connection is to be closed."""


class InjectedError(AWSError):
    """An error that a fault injects. `status` is the HTTP status, None for that of the error."""

    __slots__ = ("status",)

    def __init__(self, shape: str, message: str, status: int | None) -> None:
        super().__init__(shape, message)
        self.status = status


class FaultyCalls:
    """Runs calls by `handler`, with the effects of the rules that fire."""

    def __init__(self, faults: Faults, handler: Handler, store: Store, clock: Clock, settings: Settings) -> None:
        self._faults = faults
        self._handler = handler
        self._store = store
        self._clock = clock
        self._settings = settings
        self._waits: set[asyncio.Future[None]] = set()

    def run(self, call: Call, now: float) -> Result | Awaitable[Result]:
        """Run a call. Raises AWSError, or Dropped where there is no response; so may an awaitable result."""
        context = call_context(call, self._settings.region)
        queue = self._standard_queue(context)
        handler = self._handler
        delays = {"request": 0.0, "response": 0.0}
        for rule in self._faults.hitting(context, _kinds(context, queue), now):
            effect = rule.effect
            if isinstance(effect, Latency):
                delays[effect.late] += effect.seconds + rule.chance.uniform(0.0, effect.jitter)
            elif isinstance(effect, PartialBatch):
                handler = partial(fail_partly, handler, effect, self._settings.max_batch_entries)
            elif isinstance(effect, Reorder) and queue is not None:
                handler = partial(receive_at_random, handler, queue, rule.chance)
            elif effect == _LOST_RESPONSE:
                handler = partial(_lose_response, handler)
                break
            else:
                handler = partial(_respond_instead, effect)
                break
        if queue is not None and call.operation in RECEIVES:
            handler = partial(self._receive, handler, context, queue)
        return self._late(handler, delays, call, now) if any(delays.values()) else handler(call, now)

    def release(self) -> None:
        """End the wait of all late requests and responses."""
        for wait in tuple(self._waits):
            _end(wait)

    def _standard_queue(self, context: Context) -> Queue | None:
        arn = context.queue
        queue = None if arn is None else self._store.find_queue(arn.account, arn.region, arn.resource)
        return None if queue is None or queue.is_fifo else queue

    def _receive(
        self, handler: Handler, context: Context, queue: Queue, call: Call, now: float
    ) -> Result | Awaitable[Result]:
        return then(
            handler(call, now),
            lambda result: leave_copies(self._faults, context, queue, result, self._clock.now()),
        )

    async def _late(self, handler: Handler, delays: Mapping[str, float], call: Call, now: float) -> Result:
        if not await self._wait(delays["request"]):
            raise Dropped  # the late request goes with its client: it was not run yet
        now = max(now, self._clock.now())
        try:
            done = handler(call, now)
            result = done if isinstance(done, dict) else await done
        except (AWSError, Dropped):
            await self._wait(delays["response"])
            raise
        await self._wait(delays["response"])
        return result

    async def _wait(self, seconds: float) -> bool:
        """Returns whether the client still sends: one that does not may have gone."""
        if not seconds:
            return True
        wait = asyncio.get_running_loop().create_future()
        timer = self._clock.call_at(self._clock.now() + seconds, lambda _: _end(wait))
        self._waits.add(wait)
        try:
            await wait
        except asyncio.CancelledError as error:
            if not only_ends_the_wait(error):
                raise
            return False
        finally:
            self._waits.discard(wait)
            timer.cancel()
        return True


_LOST_RESPONSE = Drop(lost="response")


def _end(wait: asyncio.Future[None]) -> None:
    if not wait.done():
        wait.set_result(None)


def _kinds(context: Context, standard_queue: Queue | None) -> tuple[type[Effect], ...]:
    """The kinds of effects that a call can have."""
    if context.operation in BATCHES:
        return ON_BATCHES
    return ON_RECEIVES if context.operation in RECEIVES and standard_queue is not None else ON_CALLS


def _respond_instead(effect: Effect, call: Call, now: float) -> Result:
    service = call.dialect.service
    if isinstance(effect, Error):
        raise InjectedError(error_shape(service, effect.code) or effect.code, effect.message, effect.status)
    if isinstance(effect, Throttle):
        raise request_throttled() if service == "sqs" else rate_exceeded()
    raise Dropped


def _lose_response(handler: Handler, call: Call, now: float) -> Result | Awaitable[Result]:
    try:
        done = handler(call, now)
    except AWSError:
        raise Dropped from None
    if isinstance(done, dict):
        raise Dropped
    return _lose(done)


async def _lose(result: Awaitable[Result]) -> Result:
    with suppress(AWSError):
        await result
    raise Dropped
