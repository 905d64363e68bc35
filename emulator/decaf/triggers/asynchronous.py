"""Asynchronous invocations: a function is invoked later, and again when it fails; in the end a record is sent.

Rule: a function that returns an error is invoked twice more, after one and two minutes; one that cannot be invoked now
is tried again after times that double, from a second to five minutes. An event that is too old is dropped. All times
are the clock's. What becomes of an event in the end goes to the destinations and the dead-letter queue that the
function names then.

Source: AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation" and "Use Lambda
recursive loop detection to prevent infinite loops".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from decaf.base.arn import Arn
from decaf.base.clock import Clock, Timer
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.under_way import UnderWay
from decaf.delivery.running import FunctionRunner
from decaf.delivery.transports.destinations import Attributes, ServiceMessage
from decaf.functions.accepted_event import ACCEPTED_STATE, AcceptedEvent
from decaf.functions.function import Function, Functions
from decaf.functions.invocation import Invocation
from decaf.functions.invocation_record import Condition, attributes_of, record_of
from decaf.store import Store

AFTER_ERRORS = (60.0, 120.0)  # seconds until a function that returned an error is invoked again
SHORTEST, LONGEST = 1.0, 300.0  # seconds until one that could not be invoked is tried again
MOST = 1_000  # invocations at once: "concurrency quota" of an account
MOST_IN_A_ROW = 16  # functions that were invoked each as the destination of the one before

_log = logging.getLogger("decaf")


class AsynchronousInvocations:
    """All events that are not done. No function is invoked before `open()`; what comes of them is sent by `send`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        events: Events,
        functions: Functions,
        runner: FunctionRunner,
        send: Callable[[ServiceMessage, float], None],
        patience: float,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._events = events
        self._functions = functions
        self._runner = runner
        self._send = send
        self._url = ""
        self._under_way = UnderWay(patience)
        self._invoked: set[AcceptedEvent] = set()
        self._ready: dict[AcceptedEvent, None] = {}  # in their order
        self._waiting: dict[AcceptedEvent, Timer] = {}
        self._is_open = False

    def accept(
        self,
        arn: str,
        payload: bytes,
        now: float,
        *,
        trace_header: str | None = None,
        client_context: str | None = None,
        source: Arn | None = None,
        message_ids: Sequence[str] = (),
        request_id: str | None = None,
        depth: int = 0,
    ) -> str:
        """Invoke a function by its ARN, soon. Returns the request id."""
        event = AcceptedEvent(
            arn,
            payload,
            request_id or self._ids.uuid(),
            now,
            now,
            trace_header,
            client_context,
            source,
            tuple(message_ids),
            depth=depth,
        )
        self._store.accepted[event] = None
        self._events.mark_dirty(ACCEPTED_STATE, event)
        self._schedule(event, now)
        return event.request_id

    def accepted(self) -> list[AcceptedEvent]:
        """Returns the events that are not done."""
        return list(self._store.accepted)

    def resume(self) -> None:
        """Go on with the events in the store, which come from an earlier run or a snapshot."""
        now = self._clock.now()
        for event in self._store.accepted:
            if event not in self._waiting and event not in self._invoked and event not in self._ready:
                self._schedule(event, now)

    def drop(self, account: str | None = None) -> None:
        """Drop all events, or those for functions of one account. Invocations under way end without consequences."""
        for event in list(self._store.accepted):
            if account in (None, event.account):
                del self._store.accepted[event]
                self._ready.pop(event, None)
                timer = self._waiting.pop(event, None)
                if timer is not None:
                    timer.cancel()

    @property
    def is_busy(self) -> bool:
        """Whether `settle` has invocations to wait for."""
        return self._under_way.is_busy

    async def settle(self) -> None:
        """Wait for the invocations under way, and those that follow at once."""
        await self._under_way.settle()

    def open(self, url: str) -> None:
        """Start invoking functions, in the running event loop of the server at `url`."""
        self._url = url
        self._is_open = True
        self._start()

    async def finish(self, seconds: float) -> None:
        """Wait for the invocations under way to end, for at most so many seconds of real time."""
        await self._under_way.finish(seconds)

    async def close(self) -> None:
        """Stop invoking functions; events that are not done stay in the store."""
        self._is_open = False
        await self._under_way.cancel()
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        self._ready.clear()

    def _schedule(self, event: AcceptedEvent, now: float) -> None:
        assert event.due is not None
        if event.due > now:
            about = f"the function {event.arn} is invoked again"
            self._waiting[event] = self._clock.call_at(event.due, lambda _: self._wake(event), about)
        else:
            self._ready[event] = None
            self._start()

    def _wake(self, event: AcceptedEvent) -> None:
        del self._waiting[event]
        self._ready[event] = None
        self._start()

    def _start(self) -> None:
        while self._is_open and self._ready and len(self._invoked) < MOST:
            event = next(iter(self._ready))
            del self._ready[event]
            self._invoked.add(event)
            self._under_way.start(self._invoke(event))

    async def _invoke(self, event: AcceptedEvent) -> None:
        try:
            function = self._functions.find(event.arn)
            if function is None:
                self._end(event)
                return
            invocation = await self._attempt(event, function)
            if event in self._store.accepted:  # else it was dropped meanwhile
                self._conclude(event, function, invocation)
        except Exception as error:
            _log.exception("internal error in an invocation of %s", event.arn)
            self._give_up(event, error)
        finally:
            self._invoked.discard(event)
            self._start()

    async def _attempt(self, event: AcceptedEvent, function: Function) -> Invocation:
        return await self._runner.invoke(
            function,
            event.payload,
            arn=event.arn,
            request_id=event.request_id,
            trace_header=event.trace_header,
            client_context=event.client_context,
            source=event.source,
            message_ids=event.message_ids,
        )

    def _conclude(self, event: AcceptedEvent, function: Function, invocation: Invocation) -> None:
        """Decide what follows from an invocation."""
        now = self._clock.now()
        if invocation.succeeded:
            self._send_record("Success", function.on_success, event, invocation, now)
            self._end(event)
            return
        delay = self._delay(event, function, invocation)
        if delay is None:
            self._fail("RetriesExhausted", event, function, invocation, now)
        elif now + delay > event.accepted_at + function.maximum_event_age:
            self._fail("EventAgeExceeded", event, function, invocation, now)
        else:
            event.due = now + delay
            self._events.mark_dirty(ACCEPTED_STATE, event)
            self._schedule(event, now)

    def _delay(self, event: AcceptedEvent, function: Function, invocation: Invocation) -> float | None:
        """Returns the seconds until the function is invoked again, None if it is not."""
        if invocation.obstacle == "refused" or function.reserved_concurrency == 0:
            return None
        if invocation.obstacle is not None:
            event.refusals += 1
            return min(LONGEST, SHORTEST * 2.0 ** min(event.refusals - 1, 16))
        event.errors += 1
        event.refusals = 0
        return None if event.errors > function.maximum_retry_attempts else AFTER_ERRORS[event.errors - 1]

    def _fail(
        self, condition: Condition, event: AcceptedEvent, function: Function, invocation: Invocation, now: float
    ) -> None:
        if function.dead_letter_queue is not None:
            body = event.payload.decode("utf-8", "replace")
            attributes = attributes_of(invocation)
            self._send(self._message(event, function.dead_letter_queue, body, attributes), now)
        self._send_record(condition, function.on_failure, event, invocation, now)
        self._end(event)

    def _give_up(self, event: AcceptedEvent, error: Exception) -> None:
        """End an event after an error of Decaf's own: it goes where those go whose function failed."""
        function = self._functions.find(event.arn)
        reason = f"internal error: {type(error).__name__}: {error}"
        refused = Invocation(event.request_id, event.arn, reason=reason, obstacle="refused")
        try:
            if function is not None and event in self._store.accepted:
                self._fail("RetriesExhausted", event, function, refused, self._clock.now())
        finally:
            self._end(event)

    def _send_record(
        self, condition: Condition, target: str | None, event: AcceptedEvent, invocation: Invocation, now: float
    ) -> None:
        if target is None:
            return
        count = event.errors + (condition == "Success")
        record = record_of(condition, event.payload, invocation, count, now)
        message = self._message(event, target, record)
        if message.to.service != "lambda" or event.depth < MOST_IN_A_ROW:
            self._send(message, now)
        else:
            _log.warning("a loop: %d functions in a row were the destination of the one before", MOST_IN_A_ROW)

    def _message(
        self, event: AcceptedEvent, target: str, body: str, attributes: Attributes | None = None
    ) -> ServiceMessage:
        return ServiceMessage(
            id=self._ids.uuid(),
            source=event.arn,
            target=target,
            body=body,
            base_url=self._url,
            attributes=attributes,
            trace_header=event.trace_header,
            depth=event.depth + 1,
        )

    def _end(self, event: AcceptedEvent) -> None:
        if event in self._store.accepted:
            del self._store.accepted[event]
            event.due = None
            self._events.mark_dirty(ACCEPTED_STATE, event)
