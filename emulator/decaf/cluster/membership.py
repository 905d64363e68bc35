"""The thread in which a node keeps its lease: it asks the database what the lease machine wants to know, and reports
each change to the event loop of the node.

Rule: it has a connection and an event loop of its own, so that a state that takes long to load keeps back no beat; but
it beats only while the event loop of the node goes on. A statement that is not answered in time counts as failed, and
its connection is closed: it may still be done, or be done later.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from decaf.base.clock import boot_time, in_real_time
from decaf.base.shard import WHOLE, Place, ShardMap
from decaf.cluster.database_time import DatabaseTime
from decaf.cluster.lease import ShardLease, State
from decaf.cluster.machine import LeaseMachine, Statement
from decaf.persistence.errors import Unusable
from decaf.persistence.postgres import ownership, places, schema, session
from decaf.persistence.postgres.ownership import Lease, Node, Owned, Seen

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")

_log = logging.getLogger("decaf")

_TO_JOIN = 1.0  # seconds between two attempts to reach the database at the start


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a shard: what this node is to it, its lease if it has one, and who owns it."""

    shard: int
    state: State
    lease: Lease | None
    owned: Owned | None


@dataclass(slots=True)
class Counts:
    """What happened since the start."""

    beats: int = 0
    failures: int = 0  # statements that were not answered
    takeovers: int = 0
    losses: int = 0  # leases that were lost to another node


class Membership:
    """A node among the others that share the database at `url`. Its beats are good for `ttl` seconds.

    `changed` is called in the event loop of the node with new views, and with all after each beat; `committed` returns
    the number of the last commit under a lease. It learns of all in `shards` from the database.
    """

    def __init__(
        self,
        url: str,
        node: str,
        ttl: float,
        changed: Callable[[list[View]], None],
        committed: Callable[[Lease], int] = lambda _: 0,
        shards: ShardMap = WHOLE.map,
    ) -> None:
        self.node = node
        self.time = DatabaseTime()
        self.counts = Counts()
        self._url = url
        self._ttl = ttl
        self._changed = changed
        self._committed = committed
        self._shards = shards
        self._wanted: dict[Place, None] = {}  # that are to get shards
        self._placing: asyncio.Task[Exception | None] | None = None
        self._machine = LeaseMachine(node, ttl, random.random, shards.count)
        self._me = Node(node, "", schema.VERSION)
        self._views = [View(shard, State.NONE, None, None) for shard in range(shards.count)]
        self._connection: Connection | None = None
        self._main: asyncio.AbstractEventLoop | None = None
        self._loop = asyncio.new_event_loop()
        self._woken = asyncio.Event()
        self._over = asyncio.Event()
        self._failure = ""  # why the last statement failed; empty when it did not
        self._thread = Thread(target=self._run, name="decaf-lease", daemon=True)

    def lease(self, shard: int) -> ShardLease:
        """Returns what this node knows of a shard: until when it owns it can be asked at any time."""
        return self._machine.leases[shard]

    @property
    def left(self) -> float:
        """The seconds for which this node may go on without a further beat, 0.0 for none."""
        return max(0.0, self._machine.deadline - boot_time())

    async def join(self) -> bytes:
        """Connect, and make or migrate the tables. Returns the secret of the nodes.

        It goes on until the database is reached. Raises Unusable for one that cannot be used as it is.
        """
        self._main = asyncio.get_running_loop()
        self._thread.start()
        return await self._in_thread(self._join())

    def begin(self, address: str) -> None:
        """Start to beat, as a node that others reach at `address`."""
        self._me = Node(self.node, address, schema.VERSION)
        self._soon(lambda: self._machine.pulse(boot_time()))
        asyncio.run_coroutine_threadsafe(self._keep(), self._loop)

    def pulse(self) -> None:
        """The event loop of the node, or the loading of the state, goes on."""
        self._machine.pulse(boot_time())

    def look(self) -> None:
        """There is a hint that another node owns a shard now."""
        self._soon(lambda: self._machine.look_now(boot_time()))

    def loaded(self, lease: Lease) -> None:
        """The state was read under this lease."""
        self._soon(lambda: self._machine.leases[lease.shard].loaded(lease.epoch))

    def load_failed(self, lease: Lease) -> None:
        """The state could not be read under this lease."""
        self._soon(lambda: self._machine.leases[lease.shard].load_failed(boot_time(), lease.epoch))

    def fenced(self, lease: Lease) -> None:
        """A commit under this lease was refused."""
        self._soon(lambda: self._machine.leases[lease.shard].fenced(boot_time(), lease.epoch))

    def drain(self) -> None:
        """This node stops: it takes no lease any more, and keeps those that it has until they are `emptied()`."""
        self._soon(self._machine.drain)

    def emptied(self, lease: Lease) -> None:
        """All is written under this lease, and this node answers no more: release it."""
        self._soon(lambda: self._machine.leases[lease.shard].emptied(lease.epoch))

    def release(self) -> None:
        """This node answers no more: release all leases."""
        self._soon(self._machine.release)

    async def nodes(self) -> tuple[tuple[Seen, ...], tuple[Owned, ...]]:
        """Returns all nodes, and who owns each shard, as the database has it now.

        Raises ConnectionError when it is not reached.
        """
        return await self._in_thread(self._nodes())

    async def place(self, wanted: Collection[Place]) -> None:
        """Learn which shards these accounts in regions have; those that have none get one.

        Raises ConnectionError when the database is not reached.
        """
        if self._unknown(wanted):
            await self._in_thread(self._place(wanted))

    def _unknown(self, places: Collection[Place]) -> list[Place]:
        return [place for place in places if self._shards.find(*place) is None]

    async def stop(self, patience: float) -> None:
        """Leave, and end the thread: when this node has left, or after `patience` seconds."""
        if self._thread.ident is None:
            return
        self._soon(self._machine.leave)
        await asyncio.to_thread(self._thread.join, patience)
        self._soon(self._over.set)
        await asyncio.to_thread(self._thread.join, self._ttl)

    # in the thread

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        await self._over.wait()
        if self._connection is not None:
            await self._connection.close(timeout=1)

    async def _join(self) -> bytes:
        while True:
            try:
                return await self._within(self._prepare(), 10 * self._ttl)
            except Unusable:
                raise
            except Exception as error:
                refusal = session.refusal(error)
                if refusal is not None:
                    raise Unusable(f"{session.name_of(self._url)}: {refusal}") from error
                self._failed(error)
            await in_real_time({self._loop.create_future()}, _TO_JOIN)

    async def _prepare(self) -> bytes:
        connection = await self._connected()
        await schema.bring_up_to_date(connection, session.name_of(self._url), self._shards.count)
        await schema.check_rights(connection)
        await self._learn(connection)
        return await ownership.secret(connection)

    async def _keep(self) -> None:
        machine = self._machine
        while not machine.left:
            now = boot_time()
            asked = machine.next(now)
            self._report(now)
            if asked is None:
                await self._sleep(machine.due(now) - now)
            else:
                await self._ask(*asked)
        self._over.set()

    async def _sleep(self, seconds: float) -> None:
        self._woken.clear()
        waking = asyncio.ensure_future(self._woken.wait())
        for late in await in_real_time({waking}, max(0.0, seconds)):
            late.cancel()

    async def _ask(self, statement: Statement, lease: ShardLease | None) -> None:
        ask: Callable[[Connection], Awaitable[None]]
        if lease is not None:
            ask = partial(self._take if statement is Statement.TAKE else self._release, lease)
        else:
            ask = {Statement.BEAT: self._beat, Statement.LOOK: self._look, Statement.LEAVE: self._leave}[statement]
        try:
            await self._within(self._on_connection(ask), self._ttl * (2 if statement is Statement.TAKE else 0.5))
        except Exception as error:
            self._failed(error)
            self._machine.failed(boot_time())
        else:
            if self._failure:
                _log.warning("the database can be used again")
            self._failure = ""

    async def _on_connection(self, ask: Callable[[Connection], Awaitable[None]]) -> None:
        await ask(await self._connected())

    async def _beat(self, connection: Connection) -> None:
        committed = [0 if each.lease is None else self._committed(each.lease) for each in self._machine.leases]
        await schema.check_rights(connection)  # a node that cannot write leaves the state to one that can
        sent = boot_time()
        beat = await ownership.beat(connection, self._me, self._ttl)
        now = boot_time()
        self.time.note(sent, now, beat.now)
        self._machine.beat_answered(sent, now, beat.owned, beat.alive, committed)
        self.counts.beats += 1
        self._report(now, always=True)
        await self._learn(connection)

    async def _look(self, connection: Connection) -> None:
        owned = await ownership.look(connection)
        self._machine.looked(boot_time(), owned)

    async def _take(self, free: ShardLease, connection: Connection) -> None:
        assert free.seen is not None
        is_first = all(each.lease is None for each in self._machine.leases)
        lease = await ownership.take(connection, self._me, free.seen)
        await self._learn(connection)  # of all that the last owner can have written for
        free.taken(boot_time(), lease)
        if lease is not None:
            if is_first:
                self.time.settle()
            self.counts.takeovers += 1

    async def _release(self, held: ShardLease, connection: Connection) -> None:
        assert held.lease is not None
        await ownership.release(connection, held.lease, held.wanted)
        held.released(boot_time())

    async def _leave(self, connection: Connection) -> None:
        await ownership.leave(connection, self._me)
        self._machine.has_left()

    async def _learn(self, connection: Connection) -> None:
        if self._shards.count == 1:
            return
        if not self._shards.learn(await places.placed_from(connection, self._shards.known)):
            _log.warning("the database has lost which shards accounts have: it is read again")
            self._shards.start_anew()
            self._shards.learn(await places.placed_from(connection, 0))

    async def _place(self, wanted: Collection[Place]) -> None:
        """All who wait get one answer, so that there is one connection for it, and who is cancelled stops no other."""
        self._wanted.update(dict.fromkeys(wanted))
        if self._placing is None:
            self._placing = self._loop.create_task(self._place_wanted())
        error = await asyncio.shield(self._placing)
        if error is not None:
            raise ConnectionError(str(error)) from error

    async def _place_wanted(self) -> Exception | None:
        """Returns why it could not be done; None when all have shards."""
        try:
            while some := self._unknown(self._wanted)[: places.MOST_AT_ONCE]:
                await self._within(self._place_some(some), self._ttl)
        except Exception as error:
            return error
        finally:
            self._wanted.clear()
            self._placing = None
        return None

    async def _place_some(self, some: Sequence[Place]) -> None:
        connection = await session.connect(self._url, self.node)
        try:
            for each, shard in zip(some, await places.place(connection, some), strict=True):
                self._shards.note(each, shard)
        finally:
            await connection.close(timeout=1)

    async def _nodes(self) -> tuple[tuple[Seen, ...], tuple[Owned, ...]]:
        async def read() -> tuple[tuple[Seen, ...], tuple[Owned, ...]]:
            connection = await session.connect(self._url, self.node)
            try:
                return await ownership.nodes(connection), await ownership.look(connection)
            finally:
                await connection.close(timeout=1)

        try:
            return await self._within(read(), self._ttl)
        except Exception as error:
            raise ConnectionError(str(error)) from error

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await session.connect(self._url, self.node)
        return self._connection

    async def _within(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Returns what `work` does. Raises TimeoutError when that takes longer."""
        task = self._loop.create_task(work)
        if await in_real_time({task}, seconds):
            task.cancel()
            raise TimeoutError("it does not answer")
        return task.result()

    def _failed(self, error: Exception) -> None:
        """Note that the database has not answered, and use another connection the next time."""
        self.counts.failures += 1
        failure = str(error) or type(error).__name__
        if failure != self._failure:  # one that is repaired may show the next
            _log.warning("%s cannot be used: %s", session.name_of(self._url), failure)
        self._failure = failure
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def _report(self, now: float, always: bool = False) -> None:
        views = [View(each.shard, each.state(now), each.lease, each.seen) for each in self._machine.leases]
        changed = views if always else [view for view in views if view != self._views[view.shard]]
        for view, before in zip(views, self._views, strict=True):
            if before.lease is not None and view.lease is None and before.state is not State.DRAINING:
                self.counts.losses += 1
        self._views = views
        if changed:
            self._to_main(partial(self._changed, changed))

    def _to_main(self, call: Callable[[], None]) -> None:
        assert self._main is not None
        with suppress(RuntimeError):  # the loop was closed
            self._main.call_soon_threadsafe(call)

    # from other threads

    def _soon(self, report: Callable[[], None]) -> None:
        def run() -> None:
            report()
            self._woken.set()

        with suppress(RuntimeError):  # this node has left
            self._loop.call_soon_threadsafe(run)

    async def _in_thread(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
