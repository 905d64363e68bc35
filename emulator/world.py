"""The whole of Decaf but for its server: everything is built here, and every request passes through `handle`.

Rule: the time is read once per request, here, and passed down. A call that need not wait runs from bytes to
bytes without a task, a future or an await.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from emulator.channels import make_courier
from emulator.clock import Clock, seconds
from emulator.deliveries.application_events import ApplicationEvents
from emulator.deliveries.signing import Signer
from emulator.due import Alarm, Due, next_due
from emulator.errors import not_here_sts, not_here_yet_sns, not_here_yet_sqs
from emulator.events import Events
from emulator.faults.calls import Dropped, FaultyCalls, InjectedError
from emulator.faults.rules import Faults
from emulator.history import History, Watcher
from emulator.ids import Ids
from emulator.inbox import Inbox
from emulator.settings import Settings
from emulator.sns.api import OPERATIONS as SNS_OPERATIONS
from emulator.sns.api import Sns
from emulator.sns.function import read_functions
from emulator.sns.notification import Notification
from emulator.sns.sms.origination import read_numbers
from emulator.sns.topic import Topic
from emulator.sqs.api import OPERATIONS as SQS_OPERATIONS
from emulator.sqs.api import Sqs
from emulator.sqs.held import Held
from emulator.sqs.queue import Queue
from emulator.store import Store
from emulator.sts import OPERATIONS as STS_OPERATIONS
from emulator.tally import Tally
from protocol import AWSError, Call, Reply, Request, decode, dialect, encode_error, encode_result

_log = logging.getLogger("decaf")

Result = dict[str, Any]
Operation = Callable[[Any, Call, float], Result | Awaitable[Result]]


class World:
    """All state, and what works on it. Raises BadSetting for settings that say what cannot be."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.events = Events()
        self.inbox = Inbox(settings.max_inbox)
        self.store = Store(self.inbox)
        self.history = History(settings.max_history, self.events, self.store)
        self.tally = Tally()
        self._alarm = Alarm(self.clock, self.events, self.store)
        seed = None if settings.seed < 0 else settings.seed
        self.ids = Ids(seed)
        self._request_ids = Ids()
        self.faults = Faults(self.events, seed)
        self._faulty = FaultyCalls(self.faults, self.run, self.store, self.clock, settings)
        self.held = Held(settings.max_held, self._say_full) if settings.max_held else None
        self.sqs = Sqs(self.store, self.clock, settings, self.ids, self.events, self.held)
        self.signer = Signer()
        self.functions = read_functions(settings.functions)
        told = ApplicationEvents(self.store, self.ids, self._publish)
        self.courier = make_courier(
            self.store,
            self.clock,
            settings,
            self.ids,
            self.events,
            self.signer,
            self.faults,
            self.functions,
            told,
            self.held,
        )
        self._moving = asyncio.Lock()
        numbers = read_numbers(settings.origination_numbers)
        self.sns = Sns(self.store, self.clock, settings, self.ids, self.events, self.courier, told, numbers)
        self._services: dict[str, tuple[Any, Mapping[str, Operation], Callable[[str], AWSError]]] = {
            "sqs": (self.sqs, SQS_OPERATIONS, not_here_yet_sqs),
            "sns": (self.sns, SNS_OPERATIONS, not_here_yet_sns),
            "sts": (None, STS_OPERATIONS, not_here_sts),
        }

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer a request; with an awaitable where the call waits for something to happen (a long poll).

        Raises Dropped, as the awaitable may, when a fault was asked for that leaves the request without an answer.
        """
        began = seconds()
        request_id = self.request_id()
        call: Call | None = None
        try:
            call = decode(request)
            run = self._faulty.run if self.faults.rules else self.run
            result = run(call, self.clock.now())
            if isinstance(result, dict):
                reply = encode_result(call, result, request_id)
                self.tally.add(call, seconds() - began)
                return reply
        except Exception as error:
            return self._refuse(request, call, error, request_id)
        return self._finish(request, call, result, request_id, began)

    def request_id(self) -> str:
        """A new request id. They are of their own source, so that a seeded run does not depend on their number."""
        return self._request_ids.uuid()

    def run(self, call: Call, now: float) -> Result | Awaitable[Result]:
        """Do what a call asks for. Raises AWSError where AWS answers with an error."""
        service, operations, not_here_yet = self._services[call.dialect.service]
        operation = operations.get(call.operation)
        if operation is None:
            raise not_here_yet(call.operation)
        return operation(service, call, now)

    def reset(self, account: str | None = None) -> None:
        """Forget everything, or everything of one account."""
        self.store.reset(account)
        self.courier.drop(account)
        self.history.clear(account)
        self.faults.reset(account)

    def queues(self) -> list[Queue]:
        """All queues there are."""
        return [queue for region in self.store.regions() for queue in region.queues.values()]

    def topics(self) -> list[Topic]:
        """All topics there are."""
        return [topic for region in self.store.regions() for topic in region.topics.values()]

    def open(self) -> None:
        """Begin what goes on by itself, in the running event loop: timers, and deliveries that take time."""
        self.clock.attach(asyncio.get_running_loop())
        self.courier.open()

    async def close(self, patience: float = 0.0) -> None:
        """End it again. Deliveries that are not done `patience` seconds of real time from now are dropped."""
        await self.courier.finish(patience)
        await self.courier.close()
        self.clock.detach()

    async def advance(self, by: float) -> None:
        """Move the clock forward by so many seconds, doing in order all that falls due.

        A delivery that falls due on the way is done before the next thing is.
        """
        async with self._moving:
            with self._alarm:
                target = self.clock.now() + by
                await self.courier.settle()
                while not self.clock.advance(max(0.0, target - self.clock.now()), self._is_delivering):
                    await self.courier.settle()
                await self.courier.settle()

    def settle(self) -> None:
        """Do all that is due now."""
        with self._alarm:
            self.clock.advance(0)

    def _is_delivering(self) -> bool:
        return self.courier.is_busy

    def next_due(self) -> Due | None:
        """What will happen next by itself."""
        return next_due(self.clock, self.queues())

    @contextmanager
    def watched(self, tell: Watcher) -> Iterator[None]:
        """While this lasts, what happens happens in time, and `tell` hears of it at once."""
        with self._alarm:
            self.clock.advance(0)
            with self.history.watched(tell):
                yield

    def stop_waiting(self) -> None:
        """Answer all parked polls with what they have, nothing, whoever watches, and calls that a fault makes late."""
        self.history.close()
        self._faulty.release()
        for queue in self.queues():
            queue.waiters.dismiss()

    def _say_full(self) -> None:
        _log.warning("queues hold %d bytes, as much as they may: what is sent is refused", self.settings.max_held)

    def _publish(self, topic: Topic, notification: Notification, now: float) -> None:
        self.courier.publish(topic, notification, now)

    async def _finish(
        self, request: Request, call: Call, result: Awaitable[Result], request_id: str, began: float
    ) -> Reply:
        try:
            reply = encode_result(call, await result, request_id)
            self.tally.add(call, seconds() - began)
            return reply
        except asyncio.CancelledError:
            raise
        except Exception as error:
            return self._refuse(request, call, error, request_id)

    def _refuse(self, request: Request, call: Call | None, error: Exception, request_id: str) -> Reply:
        if isinstance(error, Dropped):
            raise error
        if not isinstance(error, AWSError):
            _log.exception("a fault of Decaf's own, in %s", call.operation if call else "decoding")
            error = AWSError("InternalFailure", "The request failed because of a fault inside Decaf.")
        spoken = call.dialect if call else dialect(request)
        self.tally.add_error(spoken.service, call.operation if call else "", error.shape)
        reply = encode_error(spoken, error, request_id)
        if isinstance(error, InjectedError) and error.status is not None:
            return replace(reply, status=error.status)
        return reply
