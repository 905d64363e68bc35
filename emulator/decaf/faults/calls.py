"""Calls that go wrong: what each effect makes of a call and of its answer.

Rule: the operations know nothing of this. An effect acts before a call is done, after it, or instead of it. The
rules are looked at in their order; the first that answers the call itself, or loses it, is the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from functools import partial

from decaf.base.clock import Clock
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
from decaf.faults.receives import leave_copies, receive_by_chance
from decaf.faults.rules import Faults
from decaf.sns.errors import rate_exceeded
from decaf.sqs.errors import request_throttled
from decaf.sqs.queue import Queue
from decaf.store import Store
from decaf_protocol import AWSError, Call, Result, error_shape


class Dropped(Exception):
    """A call gets no answer: its connection is to be closed."""


class InjectedError(AWSError):
    """An error that was asked for; `status` is HTTP's, None for the one that goes with the error."""

    __slots__ = ("status",)

    def __init__(self, shape: str, message: str, status: int | None) -> None:
        super().__init__(shape, message)
        self.status = status


class FaultyCalls:
    """Does calls as `handler` does them, but for what the rules say."""

    def __init__(self, faults: Faults, handler: Handler, store: Store, clock: Clock, settings: Settings) -> None:
        self._faults = faults
        self._handler = handler
        self._store = store
        self._clock = clock
        self._settings = settings
        self._held: set[asyncio.Future[None]] = set()

    def run(self, call: Call, now: float) -> Result | Awaitable[Result]:
        """Do a call. Raises AWSError, or Dropped where there is no answer at all; so may what it gives to await."""
        context = call_context(call, self._settings.region)
        queue = self._standard_queue(context)
        handler = self._handler
        delays = {"call": 0.0, "answer": 0.0}
        for rule in self._faults.hitting(context, _kinds(context, queue), now):
            effect = rule.effect
            if isinstance(effect, Latency):
                delays[effect.late] += effect.seconds + rule.chance.uniform(0.0, effect.jitter)
            elif isinstance(effect, PartialBatch):
                handler = partial(fail_partly, handler, effect, self._settings.max_batch_entries)
            elif isinstance(effect, Reorder) and queue is not None:
                handler = partial(receive_by_chance, handler, queue, rule.chance)
            else:
                handler = partial(_lose_answer, handler) if effect == _LOST_ANSWER else partial(_answer_instead, effect)
                break
        if queue is not None and call.operation in RECEIVES:
            handler = partial(self._receive, handler, context, queue)
        return self._late(handler, delays, call, now) if any(delays.values()) else handler(call, now)

    def release(self) -> None:
        """Let go of all answers that are held back."""
        for held in tuple(self._held):
            _let_go(held)

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
        await self._wait(delays["call"])
        now = max(now, self._clock.now())
        try:
            done = handler(call, now)
            result = done if isinstance(done, dict) else await done
        except (AWSError, Dropped):
            await self._wait(delays["answer"])
            raise
        await self._wait(delays["answer"])
        return result

    async def _wait(self, seconds: float) -> None:
        if not seconds:
            return
        held = asyncio.get_running_loop().create_future()
        timer = self._clock.call_at(self._clock.now() + seconds, lambda _: _let_go(held))
        self._held.add(held)
        try:
            await held
        finally:
            self._held.discard(held)
            timer.cancel()


_LOST_ANSWER = Drop(lost="answer")


def _let_go(held: asyncio.Future[None]) -> None:
    if not held.done():
        held.set_result(None)


def _kinds(context: Context, standard_queue: Queue | None) -> tuple[type[Effect], ...]:
    """The effects that a call can suffer."""
    if context.operation in BATCHES:
        return ON_BATCHES
    return ON_RECEIVES if context.operation in RECEIVES and standard_queue is not None else ON_CALLS


def _answer_instead(effect: Effect, call: Call, now: float) -> Result:
    service = call.dialect.service
    if isinstance(effect, Error):
        raise InjectedError(error_shape(service, effect.code) or effect.code, effect.message, effect.status)
    if isinstance(effect, Throttle):
        raise request_throttled() if service == "sqs" else rate_exceeded()
    raise Dropped


def _lose_answer(handler: Handler, call: Call, now: float) -> Result | Awaitable[Result]:
    try:
        done = handler(call, now)
    except AWSError:
        raise Dropped from None
    if isinstance(done, dict):
        raise Dropped
    return _lose(done)


async def _lose(answer: Awaitable[Result]) -> Result:
    with suppress(AWSError):
        await answer
    raise Dropped
