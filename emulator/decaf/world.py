"""All of Decaf except HTTP: the state, and the parts that work on it, are built and held here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from decaf.access.authorization import Authorization
from decaf.access.deliveries import Deliveries, read_keys
from decaf.api import sts
from decaf.api.sns import OPERATIONS as SNS_OPERATIONS
from decaf.api.sns import Sns
from decaf.api.sqs import OPERATIONS as SQS_OPERATIONS
from decaf.api.sqs import Sqs
from decaf.base.clock import Clock, WorkWithoutEnd, give_way, in_real_time, seconds
from decaf.base.errors import service_unavailable
from decaf.base.events import Events, Listener
from decaf.base.ids import Ids
from decaf.base.profile import PROFILE_STATE, Profile, Profiles
from decaf.base.settings import BadSetting, Settings
from decaf.base.shard import WHOLE, Place
from decaf.base.slices import FREED, Busy, at_once, freeing, gradually
from decaf.declared.creating import Declared
from decaf.declared.functions import DeclaredFunctions
from decaf.declared.resource import RESOURCE_KINDS, Declaration
from decaf.delivery.other_worlds import OtherWorlds
from decaf.delivery.own_address import OwnAddress
from decaf.delivery.running import FunctionRunner
from decaf.delivery.transports.signing import Signer
from decaf.delivery.wiring import make_courier
from decaf.due import Alarm, Due, next_due
from decaf.faults.calls import FaultyCalls
from decaf.faults.rules import Faults
from decaf.functions.function import Functions, read_functions
from decaf.functions.log import FunctionLog
from decaf.observe.call_record import CallRecord
from decaf.observe.call_statistics import CallStatistics
from decaf.observe.history import History, Watcher
from decaf.persistence.errors import NotWritten
from decaf.persistence.saved_snapshots import SavedSnapshots
from decaf.sns import errors as sns_errors
from decaf.sns.inbox import Inbox
from decaf.sns.sms.origination import read_numbers
from decaf.sns.topic import Topic
from decaf.sqs import attributes
from decaf.sqs import errors as sqs_errors
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.queue import Queue
from decaf.store import INBOX_CLEARED, RESET, RESTORED, Store
from decaf.triggers.asynchronous import AsynchronousInvocations
from decaf.triggers.triggers import Triggers
from decaf_protocol import AWSError, Call, Result

if TYPE_CHECKING:
    from decaf.delivery.runtimes.code import Code, FunctionCode
    from decaf.persistence.durable_store import DurableStore
    from decaf.persistence.keeper import Progress
    from decaf.persistence.opening import Opened
    from decaf.persistence.restoring import Prepared
    from decaf.persistence.snapshot import Snapshot
    from decaf.persistence.snapshot_file import Part, Taking

LONGEST_WORK = 300.0  # seconds of real time that one step of the clock may lead to

_log = logging.getLogger("decaf")

Operation = Callable[[Any, Call, float], Result | Awaitable[Result]]
Service = tuple[Any, Mapping[str, Operation], Callable[[str], AWSError]]  # the last refuses other operations


class World:
    """All state, and the parts that work on it; `progress` is called while a data directory is read. A state that was
    `opened` already is gone on with, in place of that in a data directory. `others` have the accounts and regions that
    this world has not, where it has not all.

    Raises BadSetting for settings that cannot be met, Unusable for a data directory that cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        progress: Progress | None = None,
        opened: Opened | None = None,
        others: OtherWorlds | None = None,
    ) -> None:
        self.settings = settings
        self._others = others
        self.shard = opened.shard if opened else WHOLE
        self.clock = clock or Clock()
        self.events = Events()
        self.inbox = Inbox(settings.max_inbox)
        self.functions = Functions(self.events, read_functions(settings.functions))
        seed = None if settings.seed < 0 else settings.seed
        profiles = Profiles(Profile(settings.profile, seed or 0, settings.duplicates))
        self.store = Store(self.inbox, self.functions, profiles)
        self.history = History(settings.max_history, self.events, self.store)
        self.call_statistics = CallStatistics()
        self.calls = CallRecord(settings.max_calls, self.history)
        self._alarm = Alarm(self.clock, self.events, self.store)
        self.ids = Ids(seed)
        self._request_ids = Ids()
        self.epoch = str(
            int(self.clock.now() * 1e6)
        )  # names this run of the server: marks of another mean nothing here
        self.faults = Faults(self.events, seed)
        self.faulty = FaultyCalls(self.faults, self.run, self.store, self.clock, settings)
        self.memory_limit = MemoryLimit(settings.memory_limit, self._warn_full) if settings.memory_limit else None
        self.sqs = Sqs(
            self.store, self.clock, settings, self.ids, self.events, attributes.table(settings), self.memory_limit
        )
        self.signer = Signer()
        self.access = Authorization(self.store, settings, self.events, self.check_place)
        self._own_address = OwnAddress(settings.base_url, has_others=bool(settings.store))
        self.function_log = FunctionLog()
        self.runner = FunctionRunner(
            self.clock,
            self._own_address,
            settings.max_function_processes,
            settings.delivery_host,
            self.events,
            self.function_log,
            self.faults,
        )
        self.asynchronous = AsynchronousInvocations(
            self.store,
            self.clock,
            self.ids,
            self.events,
            self.functions,
            self.runner,
            lambda message, now: self.courier.send(message, now),
            settings.clock_patience,
        )
        self.courier = make_courier(
            store=self.store,
            clock=self.clock,
            settings=settings,
            ids=self.ids,
            events=self.events,
            signer=self.signer,
            faults=self.faults,
            functions=self.functions,
            invoke=self.asynchronous.accept,
            memory_limit=self.memory_limit,
            own_address=self._own_address,
            access=Deliveries(self.access, read_keys(settings.kms_keys)),
            others=others,
        )
        self.triggers = Triggers(
            store=self.store,
            clock=self.clock,
            settings=settings,
            ids=self.ids,
            events=self.events,
            functions=self.functions,
            runner=self.runner,
        )
        self._workers = (self.courier, self.asynchronous, self.triggers)  # what moving the clock waits for
        self.snapshots = SavedSnapshots(settings.max_snapshots)
        self._moving = asyncio.Lock()
        self._onlookers: list[Callable[[], None]] = []
        numbers = read_numbers(settings.origination_numbers)
        self.sns = Sns(self.store, self.clock, settings, self.ids, self.events, self.courier, numbers, others)
        functions = DeclaredFunctions(self.store, lambda: self.function_code)
        at_start = _declared_at_start(settings)
        self.declared = Declared(
            self._run_at_once, self.store, self.clock, self.events, functions, at_start, self.shard
        )
        self._services: dict[str, Service] = {
            "sqs": (self.sqs, SQS_OPERATIONS, sqs_errors.not_implemented),
            "sns": (self.sns, SNS_OPERATIONS, sns_errors.not_implemented),
            "sts": (None, sts.OPERATIONS, sts.not_implemented),
        }
        if settings.store and opened is None:
            raise BadSetting("store: a database that nodes share is for decaf serve alone")
        self.durable_store = self._keep(opened, progress) if opened or settings.data_dir else None
        if settings.snapshot and not self.store.regions():
            self._start_from(Path(settings.snapshot))

    def _keep(self, opened: Opened | None, progress: Progress | None) -> DurableStore:
        from decaf.persistence.durable_store import DurableStore  # few need it
        from decaf.persistence.opening import open_directory

        start = opened or open_directory(self.settings, progress)
        kept = DurableStore(self.settings, self.sqs, self.sns, self.signer, self._clear, self._resume_work, start)
        if self.settings.seed >= 0:
            self.ids.seed(self.settings.seed + kept.starts)  # or it would draw ids that are in use
        return kept

    @cached_property
    def function_code(self) -> FunctionCode:
        """The code of functions that came as a zip file."""
        from decaf.delivery.runtimes.code import FunctionCode  # few need it, and every start would wait for it

        return FunctionCode(self.settings.data_dir)

    def request_id(self) -> str:
        """Returns a new request id, from a source of its own: seeded runs do not depend on their number."""
        return self._request_ids.uuid()

    def check_place(self, call: Call) -> None:
        """Raises WrongShard for a call that another world is to carry out; this one has all accounts and regions."""

    async def place(self, places: Collection[Place]) -> None:
        """Have it settled which worlds have these accounts in regions: this one, where there are no others. Raises
        ConnectionError when it cannot be."""
        if self._others is not None:
            await self._others.place(places)

    def run(self, call: Call, now: float) -> Result | Awaitable[Result]:
        """Run the operation of a call. Returns its result, or an awaitable of it. Raises AWSError as AWS does."""
        service, operations, not_implemented = self._services.get(call.dialect.service) or self._serve_lambda()
        operation = operations.get(call.operation)
        if operation is None:
            raise not_implemented(call.operation)
        try:
            return operation(service, call, now)
        except Busy as busy:
            return self._run_again(busy, call)

    def _serve_lambda(self) -> Service:
        """Returns Lambda, which is the service that few call: it is loaded with its first call."""
        from decaf.api.lambda_ import OPERATIONS, Lambda
        from decaf.functions.errors import not_implemented

        lambda_ = Lambda(
            self.functions,
            self.runner,
            self.asynchronous,
            self.triggers,
            self.function_log,
            lambda: self.function_code,
            self._keep_code,
            self.ids,
            self.settings,
            self._others,
        )
        self._services["lambda"] = lambda_, OPERATIONS, not_implemented
        return self._services["lambda"]

    def _run_at_once(self, call: Call, now: float) -> Result | Awaitable[Result]:
        """As `run`, but no long work is left for later."""
        with self.sqs.held.at_once():
            return self.run(call, now)

    async def _run_again(self, busy: Busy, call: Call) -> Result:
        await busy.over()
        result = self.run(call, self.clock.now())
        return result if isinstance(result, dict) else await result

    def _clear(self) -> None:
        self.sqs.held.drop()
        self.store.reset()
        self._drop_work(None)

    def kept(self) -> Awaitable[object] | None:
        """Returns the commit that a control call waits for before it answers, None without one. Raises CommitFailed."""
        if self.durable_store is None:
            return None
        self.durable_store.clock_changed()
        pending = self.durable_store.pending()
        return None if pending is None else pending.commit

    def reset(self, account: str | None = None, declared: bool = False) -> None:
        """Forget everything, or everything of one account. With `declared`, declared resources are created again.

        Raises BadDeclaration when they cannot be, since resources declared after the start contradict the others.
        """
        self._forget(account)
        self.history.clear(account)
        self.calls.clear(account)
        self.faults.reset(account)
        self.access.forget(account)
        self.store.profiles.forget(account)
        if declared:
            self.declared.create_again(account)
        else:
            self.declared.forget(account)

    def _forget(self, account: str | None) -> None:
        self.events.mark_dirty(RESET, account)
        large = [
            queue for queue in self.queues() if len(queue.messages) > FREED and account in (None, queue.arn.account)
        ]
        self.sqs.held.drop(account)
        self.store.reset(account)
        for queue in large:
            self.sqs.freed.run(freeing(queue.messages), queue.arn.account)
        self._drop_work(account)
        self.triggers.resume()  # those of other accounts may have lost their queue or function

    def _drop_work(self, account: str | None) -> None:
        for worker in self._workers:
            worker.drop(account)

    def _resume_work(self) -> None:
        """Go on with what is in the store."""
        self.asynchronous.resume()
        self.triggers.resume()

    def set_profile(self, profile: Profile, account: str | None = None) -> None:
        """Set the profile of an account, or of all that were given none; also of the queues that are there."""
        self.store.profiles.set(profile, account)
        for queue in self.queues():
            if account in (None, queue.arn.account):
                self.sqs.spread(queue)
        if account is not None:
            self.events.mark_dirty(PROFILE_STATE, account)

    def clear_inbox(self, account: str | None = None) -> None:
        """Forget all deliveries to phones, mail boxes, apps and delivery streams, or those of one account."""
        self.inbox.clear(account)
        self.events.mark_dirty(INBOX_CLEARED, account)

    def snapshot(self, account: str | None = None) -> Snapshot:
        """Returns the present state, or that of one account, to be restored later."""
        from decaf.persistence.snapshot import take  # few need it, and every start would wait for it

        self.courier.finish_publishing()
        return take(self.sqs, self.sns, account)

    async def take(self, account: str | None = None) -> Taking:
        """As `snapshot`, in slices: returns the lines of its file."""
        from decaf.persistence.snapshot_file import Taking

        await self.courier.published()
        await self.sqs.held.finished()
        self.courier.finish_publishing()
        self.sqs.held.finish()
        taking = Taking(self.sqs, self.sns, account)
        await self.sqs.held.finished()
        for _ in taking.finishing():
            await give_way()
        return taking

    def restore(self, snapshot: Snapshot, into: str | None = None) -> None:
        """Replace the state (of the snapshot's account) with that of `snapshot`. The clock does not change: times are
        moved, so that as much is left of each as when the snapshot was taken. Faults and the history stay.

        With `into`, the state of one account goes into the account of that name. Raises ValueError for a snapshot of
        all accounts.
        """
        from decaf.persistence.snapshot_file import parts_of

        self._replace(at_once(self._prepare(snapshot, parts_of(snapshot), into)))

    async def load(
        self, snapshot: Snapshot, parts: Iterable[Part], into: str | None = None, on_trial: bool = False
    ) -> int:
        """As `restore`, with the messages in `parts`; returns their number.

        The event loop does its other work meanwhile. All is replaced in one moment, at the end, and the clock is not
        moved before. With `on_trial` it is tried first whether the snapshot can be restored.

        Raises BadSnapshot when it cannot, CommitFailed when it cannot be written.
        """
        async with self._moving:
            prepared = await gradually(self._prepare(snapshot, parts, into, on_trial))
            try:
                if self.durable_store is not None:
                    await self.durable_store.stage(prepared.queues.values())
            except BaseException:
                prepared.give_up()
                raise
            self._replace(prepared)
        return prepared.messages

    async def check(self, snapshot: Snapshot, parts: Iterable[Part]) -> int:
        """Returns the number of messages of a snapshot, and changes nothing.

        Raises BadSnapshot, also for one that could not be restored.
        """
        prepared = await gradually(self._prepare(snapshot, parts, on_trial=True))
        messages = prepared.messages
        prepared.give_up()
        for queue in prepared.queues.values():
            self.sqs.freed.run(freeing(queue.messages), queue.arn.account)
        return messages

    def _prepare(
        self, snapshot: Snapshot, parts: Iterable[Part], into: str | None = None, on_trial: bool = False
    ) -> Generator[None, None, Prepared]:
        from decaf.persistence.restoring import prepare

        return prepare(self.sqs, snapshot, parts, into, self._try_rest if on_trial else None)

    def _try_rest(self, snapshot: Snapshot) -> Iterator[None]:
        """Restore all of a snapshot but its messages in another world, in slices."""
        other = World(replace(self.settings, snapshot="", data_dir="", store=""), Clock(lambda: snapshot.clock.at))
        other._replace((yield from other._prepare(msgspec.structs.replace(snapshot, messages={}), ())))

    def _replace(self, prepared: Prepared) -> None:
        from decaf.persistence.restoring import put_with

        account = prepared.snapshot.account
        self._forget(account)
        put_with(self.sqs, self.sns, prepared)
        self._resume_work()
        self._alarm.look_again()
        self.events.mark_dirty(RESTORED, account)

    def seed(self, seed: int) -> None:
        """Seed what a run has to repeat: ids, and the random choices of faults."""
        self.ids.seed(seed)
        self.faults.seed(seed)

    def queues(self) -> list[Queue]:
        """Returns all queues."""
        return [queue for region in self.store.regions() for queue in region.queues.values()]

    def topics(self) -> list[Topic]:
        """Returns all topics."""
        return [topic for region in self.store.regions() for topic in region.topics.values()]

    def open(
        self,
        host: str,
        no_calls: tuple[str, ...] = (),
        ports: Iterable[int] = (),
        secure: bool = False,
        trusted: str = "",
    ) -> None:
        """Start timers and deliveries in the running event loop, then create the declared resources.

        They are created as by a client that connects to `host`, over TLS where `secure`. Nothing is delivered to paths
        of this server, which listens on `ports`, that start with one of `no_calls`. Functions trust the authority
        in the file `trusted`. Raises BadDeclaration when AWS would refuse the resources.
        """
        self._own_address.open(host, no_calls, ports)
        self.clock.attach(asyncio.get_running_loop())
        url = f"{'https' if secure else 'http'}://{host}"
        self.runner.open(url, trusted)
        if self.settings.data_dir:
            self._find_code()
        self.courier.open()
        self.asynchronous.open(url)
        self.triggers.open()
        self.sqs.freed.open()
        self.sqs.held.open()
        if self.durable_store is not None:
            self.durable_store.open()
        self.declared.start(host, secure)

    def _find_code(self) -> None:
        """Find the code of functions where the data directory is now, and delete other code that is there."""
        for function in self.functions.all():
            if (path := self.function_code.find(function.path)) != function.path:
                self.functions.register(replace(function, path=path))
            if (function.handler or function.command) and not Path(path).is_dir():
                _log.warning("the folder of the function %s is not there: %s", function.name, path)
        self.function_code.prune({function.path for function in self.functions.all()})

    async def _keep_code(self, code: Code, zipped: bytes) -> None:
        if self.durable_store is None:
            return
        try:
            await self.durable_store.keep_code(code.digest, zipped)
        except NotWritten:
            raise service_unavailable() from None

    async def close(self, patience: float = 0.0) -> None:
        """Stop timers and deliveries. Deliveries have `patience` seconds of real time to finish; with a data directory
        the rest is delivered after the next start.
        """
        for slices in (self.sqs.freed, self.sqs.held):  # what is left comes about again, or ends with the process
            slices.drop()
            slices.close()
        over = seconds() + patience
        for worker in self._workers:
            await worker.finish(over - seconds())
        for worker in self._workers:
            await worker.close()
        await self.runner.close()
        if "function_code" in self.__dict__:
            self.function_code.close()
        if self.durable_store is not None:
            await self.durable_store.close()
        self.clock.detach()

    async def advance(self, by: float) -> None:
        """Move the clock forward by so many seconds, and do in order all that falls due on the way.

        A delivery that falls due is finished before the next step. Raises WorkWithoutEnd when one step leads to work
        that goes on and on.
        """
        async with self._moving:
            with self._alarm:
                before = self.clock.now()
                target = before + by
                await self._finish_work()
                while not self.clock.advance(max(0.0, target - self.clock.now()), self._has_to_wait):
                    await give_way()
                    await self.sqs.held.finished()
                    await self._finish_work()
                await self._finish_work()
                self.clock.note_change(before)
        if self.durable_store is not None:
            self.durable_store.clock_changed()

    async def _finish_work(self) -> None:
        """Wait for the deliveries and invocations under way, and for those that follow at once."""
        if not self._is_working():
            return
        work = asyncio.get_running_loop().create_task(self._settle_workers())
        if await in_real_time({work}, LONGEST_WORK):
            work.cancel()
            raise WorkWithoutEnd(
                f"the clock was not moved on: deliveries and functions went on for {LONGEST_WORK:g} seconds of real "
                "time, as they do when a function sends to its own queue"
            )
        await work

    async def _settle_workers(self) -> None:
        while self._is_working():
            for worker in self._workers:
                await worker.settle()

    def _is_working(self) -> bool:
        return any(worker.is_busy for worker in self._workers)

    def settle(self) -> None:
        """Do all work that is due now. Raises Busy when a part of it goes on in slices."""
        with self._alarm:
            self.clock.advance(0)
        self.sqs.held.check()

    def _start_from(self, file: Path) -> None:
        from decaf.persistence.sharing import of_shard
        from decaf.persistence.snapshot_file import read_file

        try:
            found = of_shard(self.shard, *read_file(file.read_bytes()))
            self._replace(at_once(self._prepare(*found, on_trial=True)))
        except (OSError, ValueError) as error:
            raise BadSetting(f"snapshot: {file}: {getattr(error, 'strerror', None) or error}") from error

    def _has_to_wait(self) -> bool:
        return self._is_working() or self.sqs.held.is_busy or self._alarm.rests()

    def next_due(self) -> Due | None:
        """Returns the next thing that falls due by itself, None if nothing does."""
        return next_due(self.clock, self.queues())

    @contextmanager
    def looked_at(self, listener: Listener, ended: Callable[[], None]) -> Iterator[None]:
        """While this lasts, everything happens when it is due, or a moment later, and `listener` is called with each
        event as it is emitted; `ended` is called when the server stops.
        """
        with self._alarm.at_leisure():
            self.clock.advance(0)
            self.events.listeners.append(listener)
            self._onlookers.append(ended)
            try:
                yield
            finally:
                self._onlookers.remove(ended)
                self.events.listeners.remove(listener)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """While this lasts, everything happens when it is due, and `watcher` is called with each event."""
        with self._alarm:
            self.clock.advance(0)
            with self.history.watched(watcher):
                yield

    def stop_waiting(self) -> None:
        """End all waiting: parked polls, with an empty result, watchers, and calls that a fault delays."""
        self.history.close()
        for ended in tuple(self._onlookers):
            ended()
        self.faulty.release()
        for queue in self.queues():
            queue.waiters.dismiss()

    def _warn_full(self) -> None:
        _log.warning("queues hold %d bytes, which is the limit: messages are refused", self.settings.memory_limit)


def _declared_at_start(settings: Settings) -> Declaration:
    """Returns the resources to create at the start. Without any, the modules that read them are not loaded."""
    if not (settings.init or settings.parameter or any(getattr(settings, kind) for kind in RESOURCE_KINDS)):
        return Declaration()
    from decaf.declared.documents import declared_at_start

    declaration = declared_at_start(settings)
    for note in declaration.notes:
        _log.warning("%s", note)
    return declaration
