"""A poller: it receives the messages of one mapping's queue, and passes them to the function in batches.

Rule: a poller waits at its queue as a long poll does, and looks at nothing by itself: the queue serves it when it has
changed, the clock when a window ends. What it receives in one look makes one batch, up to the batch size; a look takes
several turns of the event loop where filters are slow. Messages beyond what may be processed at once are not received,
and stay as they are.

Messages of a batch are deleted or left alone: those that stay come back when their visibility timeout ends, and go to
the dead-letter queue as any message does. A function that is throttled or cannot be reached is invoked with the same
batch again until the first of its messages is about to be visible.

Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS", "Scaling behavior" and "Error handling".
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from decaf.base.clock import Clock, Timer, seconds
from decaf.base.events import BatchFailed, BatchProcessed, Event, Events, MessageFiltered
from decaf.base.settings import Settings
from decaf.base.slices import Busy
from decaf.delivery.own_address import loop
from decaf.functions import sqs_event
from decaf.functions.batch_report import BatchReport
from decaf.functions.event_pattern import passes
from decaf.functions.invocation import Invocation
from decaf.functions.mapping import EventSourceMapping
from decaf.functions.partial_batch import BadReport, failed_items
from decaf.functions.run import Run, Runs
from decaf.sqs.message import Message, State
from decaf.sqs.queue import HandleExpired, Queue
from decaf.sqs.receipt import Receipt
from decaf.triggers.batch import Batch, Received

CONCURRENCY = 5  # batches at once, where the mapping sets no maximum: as many as Lambda begins with
TOGETHER = 500  # messages received before the event loop does other work
LONGEST_TURN = 0.01  # seconds of real time after which it does other work too: filters can be slow
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before an invocation that was throttled is tried again
SHORTEST_VISIBILITY = 1.0  # seconds; Lambda takes no shorter one, as a function's timeout is not shorter
_MARGIN = 30.0  # seconds that messages stay hidden after a window and the function's timeout

_PASSING = ("throttled", "unreachable")  # obstacles that may be gone later

_log = logging.getLogger("decaf")


class Functions(Protocol):
    """What a poller knows of functions, each named by its ARN."""

    def timeout(self, arn: str) -> float | None:
        """Returns the timeout of a function in seconds, None if it does not exist."""

    def invoke(self, mapping: EventSourceMapping, batch: Batch, request_id: str) -> Awaitable[Invocation]:
        """Invoke the function of a mapping with a batch."""


class Surroundings(msgspec.Struct, frozen=True):
    """What all pollers share. `start()` starts work for an account, `request_id()` makes the id of an invocation, and
    `exists()` is whether a queue was not deleted.
    """

    clock: Clock
    settings: Settings
    events: Events
    functions: Functions
    start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
    request_id: Callable[[], str]
    exists: Callable[[Queue], bool]


class Poller:
    """A mapping at work at its queue. `left()` is called when the queue ended its wait: it was deleted."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        queue: Queue,
        runs: Runs,
        surroundings: Surroundings,
        left: Callable[[], None],
    ) -> None:
        self.mapping = mapping
        self.queue = queue
        self._runs = runs
        self._around = surroundings
        self._clock = surroundings.clock
        self._left = left
        self._polling = False
        self._forming: Batch | None = None
        self._received = 0  # messages, since it looked last
        self._ready: deque[Batch] = deque()
        self._under_way = 0
        self._processing: Counter[int] = Counter()  # the numbers of the messages of batches under way
        self._postponed: dict[Batch, Timer] = {}
        self._poll: asyncio.Future[list[Message] | None] | None = None
        self._turn: asyncio.Handle | None = None
        self._window: Timer | None = None
        self._rest: Timer | None = None

    # --- beginning and end ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to receive, in the running event loop; or look again, after the mapping was changed."""
        self._polling = True
        self._look_soon()

    def stop(self) -> None:
        """Receive no more. Batches whose function runs are finished; other messages count as never received."""
        self._polling = False
        for timer in (self._window, self._rest, *self._postponed.values()):
            if timer is not None:
                timer.cancel()
        self._window = self._rest = None
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._stop_waiting()
        unsent = [*self._ready, *([] if self._forming is None else [self._forming])]
        for batch in self._postponed:
            self._let_go(batch)
        self._postponed.clear()
        self._ready.clear()
        self._forming = None
        for batch in unsent if self._around.exists(self.queue) else ():
            self.queue.undo_receive([one.message for one in batch.received], self._clock.now())

    @property
    def is_about_to_look(self) -> bool:
        """Whether it will look at its queue as soon as the event loop has done other work."""
        return self._turn is not None

    # --- receiving -----------------------------------------------------------------------------------------

    @property
    def _most(self) -> int:
        return self.mapping.configuration.max_concurrency or CONCURRENCY

    def _look_soon(self) -> None:
        if self._polling and self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Receive as much as has room, start the batches that are complete, and wait for more."""
        self._turn = None
        if not self._around.exists(self.queue):
            self._left()
            return
        now = self._clock.now()
        try:
            is_cut = self._receive_some(now)
        except Busy as busy:
            busy.then(self._look_soon)
            return
        configuration = self.mapping.configuration
        if not is_cut and (not configuration.window or len(self._forming or ()) >= configuration.batch_size):
            self._close()
        while self._ready and self._rest is None and self._under_way + len(self._postponed) < self._most:
            self._invoke(self._ready.popleft(), now)
        if is_cut or self._received >= TOGETHER:
            self._look_soon()
        else:
            self._wait()
        if not is_cut:
            self._received = 0

    def _receive_some(self, now: float) -> bool:
        """Receive until no message is left. Returns whether more is left for the next turn."""
        end = seconds() + LONGEST_TURN
        while self._received < TOGETHER and (taken := self._take(now)) is not None:
            self._received += len(taken)
            if seconds() >= end:
                return True
        return False

    def _wait(self) -> None:
        """Wait for messages if there is room for some; else leave the place to others who wait."""
        if not self._has_room():
            self._stop_waiting()
        elif self._poll is None or self._poll.done():
            self._poll = self.queue.waiters.park(self._attempt, None)
            self._poll.add_done_callback(self._served)

    def _stop_waiting(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None

    def _attempt(self, now: float) -> list[Message] | None:
        taken = self._take(now)
        if taken is not None:
            self._look_soon()
        return taken

    def _served(self, poll: asyncio.Future[list[Message] | None]) -> None:
        if poll is not self._poll:
            return
        self._poll = None
        if not poll.cancelled() and poll.result() is None:
            self._left()

    def _has_room(self) -> bool:
        if not self._polling or self._rest is not None or self.mapping.problem:
            return False
        return self._under_way + len(self._postponed) + len(self._ready) < self._most

    def _take(self, now: float) -> list[Message] | None:
        """Receive messages for the batch that is forming; None when there are none, or there is no room for them."""
        if not self._has_room():
            return None
        forming = 0 if self._forming is None else len(self._forming)
        in_flight = self._around.settings.max_in_flight - len(self.queue.in_flight)
        limit = min(self.mapping.configuration.batch_size - forming, in_flight, TOGETHER)
        if self.mapping.configuration.patterns and not self.queue.is_fifo:
            limit = min(limit, 1)  # the turn may end after each; messages of a group have to be received together
        if limit <= 0:
            return None
        messages = (self.queue.servers or self.queue).receive(now, limit, self._visibility())
        for message in messages:
            self._accept(message, now)
        return messages or None

    def _visibility(self) -> float:
        """Returns the seconds that received messages stay hidden."""
        visibility = max(float(self.queue.attributes["VisibilityTimeout"]), SHORTEST_VISIBILITY)
        window = self.mapping.configuration.window
        timeout = self._around.functions.timeout(self.mapping.function) or 0.0
        return window + timeout + _MARGIN if window and window + timeout > visibility else visibility

    def _accept(self, message: Message, now: float) -> None:
        """Add a message to the batch that is forming, or delete it if no filter lets it pass."""
        configuration = self.mapping.configuration
        record = sqs_event.record(message, self.queue.arn, self.queue.tag, configuration.window > 0)
        receipt = Receipt(message.number, message.receives.count)
        if configuration.patterns and not passes(configuration.patterns, record):
            self._report(MessageFiltered, [message.id], reason="it matches no filter of the mapping")
            (self.queue.servers or self.queue).delete(receipt, now)
            return
        if message.number in self._processing:
            self._pause(now)
        one = Received(message, receipt, sqs_event.write(record), message.due)
        refusal = loop(one)
        if refusal is not None:
            self._report(BatchFailed, [message.id], reason=refusal.reason)
            return
        if self._forming is not None and not self._forming.has_room(one):
            self._close()
        if self._forming is None:
            self._forming = Batch()
            if configuration.window:
                about = f"the batching window of {self.queue.name} ends"
                self._window = self._clock.call_at(now + configuration.window, self._window_ends, about)
        self._forming.add(one)
        if len(self._forming) >= configuration.batch_size:
            self._close()

    def _window_ends(self, _: float) -> None:
        self._window = None
        self._close()
        self._look_soon()

    def _close(self) -> None:
        """Let the batch that is forming be complete."""
        if self._window is not None:
            self._window.cancel()
            self._window = None
        if self._forming is not None:
            self._ready.append(self._forming)
            self._forming = None

    # --- invoking ------------------------------------------------------------------------------------------

    def _invoke(self, batch: Batch, now: float) -> None:
        if batch.run is None:
            batch.run = self._runs.begin(batch.ids, now)
        batch.run.attempts += 1
        batch.run.request_id = self._around.request_id()
        self._under_way += 1
        numbers = [one.message.number for one in batch.received]
        self._processing.update(numbers)

        def ended(_: asyncio.Task[None]) -> None:
            self._under_way -= 1
            self._processing.subtract(numbers)
            self._processing = +self._processing
            self._look_soon()

        self._around.start(self._process(batch, batch.run), self.mapping.account).add_done_callback(ended)

    async def _process(self, batch: Batch, run: Run) -> None:
        try:
            await self._run(batch, run)
        except Exception as error:
            _log.exception("internal error with a batch of mapping %s of %s", self.mapping.uuid, self.queue.name)
            if run.outcome == "running":
                run.outcome, run.kept = "failed", batch.ids
                run.reason = f"internal error: {type(error).__name__}: {error}"
                self._report(BatchFailed, run.kept, run, run.reason)

    async def _run(self, batch: Batch, run: Run) -> None:
        began = self._clock.now()
        invocation = await self._around.functions.invoke(self.mapping, batch, run.request_id)
        now = self._clock.now()
        run.duration = now - began
        if invocation.obstacle in _PASSING:
            self._postpone(batch, run, invocation, now)
            return
        failed, run.reason = self._judge(batch, invocation)
        run.kept = tuple(one for one in batch.ids if one in failed)
        run.deleted = tuple(one for one in batch.ids if one not in failed)
        run.outcome = "succeeded" if not failed else "partly_failed" if run.deleted else "failed"
        self._report(BatchProcessed, run.deleted, run)
        self._report(BatchFailed, run.kept, run, run.reason)
        for one in batch.received:
            if one.message_id not in failed:
                await self._delete(one, run)
        self._warn_of_order(batch, failed, run)
        if any(one.message.state is State.VISIBLE for one in batch.received if one.message_id in failed):
            self._pause(self._clock.now())

    def _judge(self, batch: Batch, invocation: Invocation) -> tuple[frozenset[str], str | None]:
        """Returns the ids of the messages that stay, and why."""
        if not invocation.succeeded:
            return frozenset(batch.ids), invocation.reason or "the function failed"
        if not self.mapping.configuration.reports_failures:
            return frozenset(), None
        try:
            failed = failed_items(invocation.payload, frozenset(batch.ids))
        except BadReport as error:
            return frozenset(batch.ids), str(error)
        return failed, "the function reported it as failed" if failed else None

    async def _delete(self, one: Received, run: Run) -> None:
        while self._around.exists(self.queue):
            try:
                (self.queue.servers or self.queue).delete(one.receipt, self._clock.now())
                return
            except HandleExpired:
                run.warning = "messages were visible again before the function ended: they are received once more"
                return
            except Busy as busy:
                await busy.over()

    def _warn_of_order(self, batch: Batch, failed: Collection[str], run: Run) -> None:
        """A function that does not stop at the first failure of a group lets later messages overtake the earlier."""
        broken: set[str | None] = set()
        for one in batch.received if self.queue.is_fifo and failed else ():
            if one.message_id in failed:
                broken.add(one.message.group_id)
            elif one.message.group_id in broken:
                run.warning = f"a message of group {one.message.group_id} was deleted while an earlier one is kept"
                _log.warning("mapping %s of %s: %s", self.mapping.uuid, self.queue.name, run.warning)
                return

    def _postpone(self, batch: Batch, run: Run, invocation: Invocation, now: float) -> None:
        """Invoke again with the same batch later, or let go of it when its messages will be visible by then."""
        run.reason = invocation.reason or invocation.obstacle
        pause = min(FIRST_PAUSE * 2 ** (run.attempts - 1), LONGEST_PAUSE)
        if now + pause >= batch.until or not self._polling:
            self._let_go(batch)
            return

        def again(now: float) -> None:
            del self._postponed[batch]
            self._invoke(batch, now)

        about = f"a batch of {len(batch)} of {self.queue.name} is passed to the function again"
        self._postponed[batch] = self._clock.call_at(now + pause, again, about)

    def _let_go(self, batch: Batch) -> None:
        """Leave the messages of a batch whose function could not be invoked."""
        run = batch.run
        assert run is not None
        run.outcome, run.kept = "not_invoked", batch.ids
        self._report(BatchFailed, run.kept, run, run.reason)

    def _pause(self, now: float) -> None:
        """Receive nothing and invoke nothing for a second: messages that failed are visible again already."""

        def end(_: float) -> None:
            self._rest = None
            self._look_soon()

        if self._rest is None and self._polling:
            about = f"messages of {self.queue.name} are received again"
            self._rest = self._clock.call_at(now + FIRST_PAUSE, end, about)

    # --- reporting -----------------------------------------------------------------------------------------

    def _report(
        self, kind: type[Event], ids: Collection[str], run: Run | None = None, reason: str | None = None
    ) -> None:
        if not ids or not self._around.events.listeners:
            return
        report = BatchReport(self.mapping.function, tuple(ids), reason=reason)
        if run is not None:
            size = len(run.message_ids)
            report = replace(report, batch_size=size, request_id=run.request_id, duration=run.duration)
        self._around.events.emit(kind(self._clock.now(), self.queue.arn, report))
