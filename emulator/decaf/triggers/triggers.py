"""Triggers: the event source mappings of all accounts, and a poller for each that is enabled.

Rule: a mapping is in the store; here is decided what becomes of it. Without a mapping nothing of this runs. The role of
a function is not asked whether it may receive from the queue.

Source: AWS Lambda API Reference, CreateEventSourceMapping, UpdateEventSourceMapping and DeleteEventSourceMapping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from decaf.base.arn import Arn, read_arn
from decaf.base.clock import Clock, give_way
from decaf.base.events import Event, Events, MappingCreated, MappingDeleted, MappingUpdated, QueueCreated, StateKind
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.base.under_way import UnderWay
from decaf.delivery.own_address import counted_of_all
from decaf.delivery.running import FunctionRunner
from decaf.functions.function import FUNCTION_STATE, Functions
from decaf.functions.invocation import Invocation
from decaf.functions.mapping import MAPPING_STATE, EventSourceMapping, configure
from decaf.functions.mapping_errors import (
    function_does_not_exist,
    mapping_does_not_exist,
    mapping_exists,
    queue_cannot_be_received_from,
    queue_in_another_region,
    unrecognized_source,
    visibility_below_timeout,
)
from decaf.sqs.queue import Queue
from decaf.store import Store
from decaf_protocol import Params

if TYPE_CHECKING:
    from decaf.functions.run import Run, Runs
    from decaf.triggers.batch import Batch
    from decaf.triggers.poller import Poller

T = TypeVar("T")

_NO_QUEUE = "the queue does not exist"
_NO_FUNCTION = "the function does not exist"


class Triggers:
    """All mappings. Nothing is received before `open()`."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        ids: Ids,
        events: Events,
        functions: Functions,
        runner: FunctionRunner,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._ids = ids
        self._events = events
        self._functions = functions
        self._runner = runner
        self._under_way = UnderWay(settings.clock_patience)
        self._tasks: dict[asyncio.Task[None], str] = {}  # under way, with their accounts
        # By the mapping's ARN: a snapshot that goes into another account makes one with the same UUID there.
        self._pollers: dict[Arn, Poller] = {}
        self._runs: dict[Arn, Runs] = {}  # they outlive the poller
        self._is_open = False
        self._turn: asyncio.Handle | None = None  # when mappings get the queues that were created

    # --- mappings ------------------------------------------------------------------------------------------

    def create(self, account: str, function: str, params: Params, now: float) -> EventSourceMapping:
        """Create a mapping of the function with that ARN, by the parameters of CreateEventSourceMapping.

        Raises InvalidParameterValueException, or ResourceConflictException when there is one already.
        """
        queue = self._queue_of(params.get("EventSourceArn") or "", function)
        configuration = configure(params, queue.arn)
        self._check_function(function, queue)
        self._check_unique(account, function, queue.arn)
        mapping = EventSourceMapping(
            self._ids.uuid(), account, function, queue.arn, configuration, now, dict(params.get("Tags") or {})
        )
        self._store.region(account, queue.arn.region).mappings[mapping.uuid] = mapping
        self._changed(MappingCreated, mapping, now)
        self._run(mapping)
        return mapping

    def update(self, mapping: EventSourceMapping, function: str, params: Params, now: float) -> None:
        """Change a mapping by the parameters of UpdateEventSourceMapping; `function` is the ARN that it has then.

        Raises InvalidParameterValueException, or ResourceConflictException when there is such a mapping already.
        """
        configuration = configure(params, mapping.queue, mapping.configuration)
        if configuration.enabled or function != mapping.function:
            self._check_function(function, self._queue_of(str(mapping.queue), function))
        if function != mapping.function:
            self._check_unique(mapping.account, function, mapping.queue)
        mapping.configuration, mapping.function, mapping.modified_at = configuration, function, now
        self._changed(MappingUpdated, mapping, now)
        self._run(mapping)

    def delete(self, mapping: EventSourceMapping) -> None:
        """Delete a mapping. A function that it has invoked goes on, and its batch is finished."""
        self._store.region(mapping.account, mapping.queue.region).mappings.pop(mapping.uuid, None)
        self._changed(MappingDeleted, mapping, self._clock.now())
        self._stop(mapping.arn)
        self._listen()
        self._runs.pop(mapping.arn, None)

    def tag(self, mapping: EventSourceMapping, tags: Mapping[str, str]) -> None:
        """Replace the tags of a mapping."""
        mapping.tags = dict(tags)
        self._events.mark_dirty(MAPPING_STATE, mapping)

    def find(self, uuid: str, account: str, region: str) -> EventSourceMapping:
        """Returns the mapping of an account. Raises ResourceNotFoundException."""
        mapping = self._store.region(account, region).mappings.get(uuid)
        if mapping is None:
            raise mapping_does_not_exist()
        return mapping

    def all(self) -> list[EventSourceMapping]:
        """Returns the mappings of all accounts."""
        return [mapping for region in self._store.regions() for mapping in region.mappings.values()]

    def runs(self, mapping: EventSourceMapping) -> list[Run]:
        """Returns the latest runs of a mapping, oldest first."""
        return list(self._runs.get(mapping.arn, ()))

    def _changed(self, kind: type[Event], mapping: EventSourceMapping, now: float) -> None:
        self._events.mark_dirty(MAPPING_STATE, mapping)
        if self._events.listeners:
            self._events.emit(kind(now, mapping.arn, mapping))

    def _queue_of(self, arn: str, function: str) -> Queue:
        source, target = read_arn(arn), read_arn(function)
        if source is None or source.service != "sqs":
            raise unrecognized_source()
        if target is not None and target.region != source.region:
            raise queue_in_another_region(source.region, target.region)
        queue = self._store.find_queue(source.account, source.region, source.resource)
        if queue is None:
            raise queue_cannot_be_received_from()
        return queue

    def _check_function(self, function: str, queue: Queue) -> None:
        timeout = self.timeout(function)
        if timeout is None:
            raise function_does_not_exist()
        if timeout > queue.attributes["VisibilityTimeout"]:
            raise visibility_below_timeout(queue.attributes["VisibilityTimeout"], timeout)

    def _check_unique(self, account: str, function: str, queue: Arn) -> None:
        for mapping in self._store.region(account, queue.region).mappings.values():
            if mapping.queue == queue and mapping.function == function:
                raise mapping_exists(str(queue), function.split(":")[6], mapping.uuid)

    # --- functions -----------------------------------------------------------------------------------------

    def timeout(self, arn: str) -> float | None:
        """Returns the timeout of a function in seconds, None if it does not exist."""
        function = self._functions.find(arn)
        return None if function is None else function.timeout

    async def invoke(self, mapping: EventSourceMapping, batch: Batch, request_id: str) -> Invocation:
        """Invoke the function of a mapping with a batch."""
        function = self._functions.find(mapping.function)
        if function is None:
            return Invocation(request_id, mapping.function, reason=_NO_FUNCTION, obstacle="unreachable")
        return await self._runner.invoke(
            function,
            batch.event(),
            request_id=request_id,
            arn=mapping.function,
            trace_header=counted_of_all(batch.received),
            source=mapping.queue,
            message_ids=batch.ids,
        )

    # --- pollers -------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Start to receive, in the running event loop."""
        self._is_open = True
        self.resume()

    def resume(self) -> None:
        """Start to receive for mappings that were put into the store."""
        for mapping in self.all():
            self._run(mapping)
        self._listen()

    def drop(self, account: str | None = None) -> None:
        """Receive no more for any mapping, or those of one account and of its queues; invocations are cancelled."""
        for mapping, poller in list(self._pollers.items()):
            if account in (None, poller.mapping.account, poller.queue.arn.account):
                self._stop(mapping)
        for task, owner in self._tasks.items():
            if account in (None, owner):
                task.cancel()
        kept = {mapping.arn for mapping in self.all() if account not in (None, mapping.account)}
        self._runs = {mapping: runs for mapping, runs in self._runs.items() if mapping in kept}

    @property
    def is_busy(self) -> bool:
        """Whether `settle` has something to do."""
        about_to_look = any(poller.is_about_to_look for poller in self._pollers.values())
        return about_to_look or self._turn is not None or self._under_way.is_busy

    async def settle(self) -> None:
        """Wait for the batches under way, and those that follow at once."""
        while self.is_busy:
            await (self._under_way.settle() if self._under_way.is_busy else give_way())

    async def finish(self, seconds: float) -> None:
        """Stop to receive. Functions have so many seconds of real time to end."""
        self._is_open = False
        self._listen()
        for mapping in list(self._pollers):
            self._stop(mapping)
        await self._under_way.finish(seconds)

    async def close(self) -> None:
        """Cancel the invocations under way."""
        await self._under_way.cancel()

    def _start(self, work: Coroutine[Any, Any, None], account: str) -> asyncio.Task[None]:
        task = self._under_way.start(work)
        self._tasks[task] = account
        task.add_done_callback(self._tasks.pop)
        return task

    def _run(self, mapping: EventSourceMapping) -> None:
        """Let a mapping have a poller if it should have one, and none if it should not."""
        poller = self._pollers.get(mapping.arn)
        queue = self._find(mapping.queue)
        if not self._is_open or not mapping.configuration.enabled or queue is None:
            self._stop(mapping.arn)
        elif poller is None or poller.queue is not queue:
            self._stop(mapping.arn)
            self._pollers[mapping.arn] = self._new_poller(mapping, queue)
        self._look_for_problems(mapping)

    def _new_poller(self, mapping: EventSourceMapping, queue: Queue) -> Poller:
        from decaf.functions.run import Runs  # few have mappings, and every start would wait for it
        from decaf.triggers.poller import Poller, Surroundings

        around = Surroundings(
            self._clock, self._settings, self._events, self, self._start, lambda: self._ids.uuid(), self._exists
        )
        runs = self._runs.setdefault(mapping.arn, Runs())
        return Poller(mapping, queue, runs, around, lambda: self._queue_left(mapping))

    def _look_for_problems(self, mapping: EventSourceMapping) -> None:
        missing = _NO_QUEUE if self._find(mapping.queue) is None else ""
        mapping.problem = missing or (_NO_FUNCTION if self.timeout(mapping.function) is None else "")
        self._listen()
        poller = self._pollers.get(mapping.arn)
        if poller is not None:
            poller.start()

    def _stop(self, mapping: Arn) -> None:
        poller = self._pollers.pop(mapping, None)
        if poller is not None:
            poller.stop()

    def _queue_left(self, mapping: EventSourceMapping) -> None:
        """The wait of a mapping's poller was ended: its queue is deleted, or the server stops."""
        poller = self._pollers.get(mapping.arn)
        if poller is not None and not self._exists(poller.queue):
            self._run(mapping)

    def _listen(self) -> None:
        """Listen for functions as long as there are mappings, and for new queues as long as one of them has none."""
        mappings = self.all() if self._is_open else []
        lacking = any(mapping.problem == _NO_QUEUE for mapping in mappings)
        _let_listen(self._events.state_listeners, self._on_change, bool(mappings))
        _let_listen(self._events.listeners, self._on_event, lacking)

    def _on_change(self, kind: StateKind[Any], _: Any) -> None:
        if kind is FUNCTION_STATE:
            for mapping in self.all():
                self._look_for_problems(mapping)

    def _on_event(self, event: Event) -> None:
        if type(event) is QueueCreated and self._turn is None:
            # Later: the listeners must not change while they are called.
            self._turn = asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._turn = None
        for mapping in self.all():
            if mapping.problem == _NO_QUEUE:
                self._run(mapping)

    def _find(self, arn: Arn) -> Queue | None:
        return self._store.find_queue(arn.account, arn.region, arn.resource)

    def _exists(self, queue: Queue) -> bool:
        return self._find(queue.arn) is queue


def _let_listen(listeners: list[T], listener: T, listens: bool) -> None:
    if listens and listener not in listeners:
        listeners.append(listener)
    elif not listens and listener in listeners:
        listeners.remove(listener)
