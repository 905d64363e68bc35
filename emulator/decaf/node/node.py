"""A node: one of several servers over one database. It answers from a world of its own while it is the active one, and
passes requests on to the node that is.

Rule: the socket, and the connections of clients, stay the same for its whole life; what answers them is exchanged.
While this node is the active one, one comparison with the end of its lease stands before each request. Once it is past
that, nothing is answered: requests wait until it is known who owns the state.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from msgspec.structs import replace

from decaf import control
from decaf.app import make_site
from decaf.base.clock import Clock, in_real_time, ring_after, seconds
from decaf.base.errors import service_unavailable
from decaf.base.settings import BadSetting, Settings
from decaf.cluster.forwarding import Forwarding
from decaf.cluster.hop.answering import Answering
from decaf.cluster.hop.connection import Identity
from decaf.cluster.hop.dialling import Address
from decaf.cluster.hop.payloads import NotActive
from decaf.cluster.lease import State
from decaf.cluster.membership import Membership, View
from decaf.compat.localstack import LocalStack
from decaf.http.rendering import Stream
from decaf.http.server import Server
from decaf.http.site import Site
from decaf.node.active import Active
from decaf.node.own_answers import OwnAnswers, Standing, json_reply
from decaf.observe.call_record import NotedCall
from decaf.persistence.errors import NotWritten, Unusable
from decaf.persistence.opening import read
from decaf.persistence.postgres import session
from decaf.persistence.postgres.ownership import Lease, Owned
from decaf.persistence.postgres.postgres import Postgres
from decaf.world import World
from decaf_protocol import Reply, Request

_log = logging.getLogger("decaf")

_TICK = 0.5  # seconds between two signs of life of the event loop
_LAST_DELIVERIES = 0.2  # seconds that deliveries under way have when another node is to take over; it tries them again
_TO_RELEASE = 1.0  # seconds
_TO_LEAVE = 0.5  # seconds


class Node:
    """A node of the database that the setting `store` names, not started yet.

    `settled` is called in the event loop when a world was loaded. Raises BadSetting for settings that cannot be met,
    Unusable for a store that can never be used.
    """

    def __init__(
        self,
        settings: Settings,
        localstack: LocalStack | None = None,
        log_calls: Callable[[NotedCall], None] | None = None,
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        session.check(settings.store)
        self.id = secrets.token_hex(8)
        self._settings = settings
        self._localstack = localstack
        self._log_calls = log_calls
        self._settled = settled
        self._own_host, self._own_port = _address(settings.node_address)
        # A world without a state, which only refuses.
        self._refusing = make_site(World(replace(settings, store="", data_dir="", snapshot="")))
        self._membership = Membership(settings.store, self.id, settings.lease, self._changed, self._committed)
        self._forwarding = Forwarding(None, self._refuse, self._membership.look)
        self._own = OwnAnswers(self.id, settings, self._refusing, self._membership, self._forwarding, self._standing)
        self._server = Server(settings, self._refusing)
        self._answering: Answering
        self._view = View(State.NONE, None, None)
        self._active: Active | None = None
        self._loading: Lease | None = None  # under which a state is being loaded
        self._tasks: set[asyncio.Task[None]] = set()
        self._unowned = asyncio.Event()  # set while this node has no lease
        self._unowned.set()
        self._ticking: asyncio.TimerHandle | None = None
        self._stops = False

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._server.url

    @property
    def urls(self) -> list[str]:
        """The URL, and where there are two ports that of HTTPS after it."""
        return self._server.urls

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._server.port

    @property
    def about(self) -> str:
        """What to say of it once it has started."""
        host, port = self._answering.address
        return f"Node {self.id} over {session.name_of(self._settings.store)}; other nodes reach it at {host}:{port}"

    async def start(self) -> None:
        """Listen, and join the other nodes. Until the database is reached requests wait.

        Raises Unusable for a database that cannot be used, OSError when an address is not free, BadSetting.
        """
        self._server.use(self._passing_on())
        await self._server.start()
        try:
            await self._join()
        except BaseException:
            self._forwarding.stop()
            await self._server.stop()
            await self._membership.stop(0)
            raise
        self._tick()
        host = f"[{self._own_host}]" if ":" in self._own_host else self._own_host
        self._membership.begin(f"{host}:{self._answering.address[1]}")

    async def _join(self) -> None:
        secret = await self._membership.join()
        me = Identity(self.id, secret, max(self._settings.max_body, self._settings.max_snapshot_file))
        self._forwarding.me = me
        self._answering = Answering(me, self._answer_node)
        await self._listen_for_nodes()

    async def _listen_for_nodes(self) -> None:
        try:
            await self._answering.start(self._own_host, self._own_port)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise BadSetting(f"node_address: cannot listen on {self._own_host}:{self._own_port}: {reason}") from error

    async def stop(self) -> None:
        """Accept no more connections, have another node take over, pass the last requests on to it, and end."""
        self._stops = True
        self._server.stop_listening()
        self._membership.drain()
        active, self._active = self._active, None
        if active is not None:
            self._server.use(self._passing_on())
            self._forwarding.use(None)
            await active.close(min(_LAST_DELIVERIES, self._settings.shutdown_grace))
        self._answering.release()  # before the lease is: who sees that first breaks off what it has sent here
        await self._answering.stop(_TO_LEAVE)
        self._membership.emptied()
        await in_real_time({asyncio.ensure_future(self._unowned.wait())}, _TO_RELEASE)
        await self._server.stop()
        self._forwarding.stop()
        if self._ticking is not None:
            self._ticking.cancel()
        for task in self._tasks:
            task.cancel()
        await self._membership.stop(_TO_LEAVE)

    # what is known of the lease

    def _changed(self, view: View) -> None:
        """The membership has a new view."""
        self._view = view
        if view.lease is None:
            self._unowned.set()
        else:
            self._unowned.clear()
        if self._active is not None and self._active.lease != view.lease:
            self._drop(self._active)
        if view.state is State.LOADING and view.lease is not None and self._loading != view.lease:
            self._loading = view.lease
            self._begin(self._take_over(view.lease))
        self._direct(view)

    def _direct(self, view: View) -> None:
        """Have requests go where they can be answered."""
        if self._active is not None and view.state is State.OWNED:
            self._forwarding.use_own(self._active.site.answer)
        else:
            self._forwarding.use(self._owner(view))

    def _owner(self, view: View) -> Address | None:
        """Returns where the active node is, None when that is not known, or this one."""
        owned = view.owned
        if view.lease is not None or owned is None or owned.owner in (None, self.id) or not owned.address:
            return None
        return _address_of(owned)

    async def _take_over(self, lease: Lease) -> None:
        """Load the state under a lease, and be the active node."""
        began = seconds()
        active = None
        try:
            active = await asyncio.to_thread(self._load, lease)
            if self._view.lease != lease or self._stops:
                await asyncio.to_thread(active.keeper.close)
                return
            active.site.open(self._server.place)
        except Exception as error:
            await self._give_back(lease, active, error)
            return
        active.world.calls.log = self._log_calls
        self._active = active
        self._server.use(self._being_active(active.site))
        self._settled()
        self._membership.loaded(lease)
        level = logging.INFO if lease.epoch == 1 else logging.WARNING
        _log.log(level, "this node is the active one: epoch %d, loaded in %.1f s", lease.epoch, seconds() - began)

    def _load(self, lease: Lease) -> Active:
        """Returns a world with the state that the database has, in a thread."""
        settings = self._settings
        keeper = Postgres(settings.store, lease, settings.durability, partial(self._membership.fenced, lease))
        opened = read(keeper, lambda *_: self._membership.pulse())
        try:
            world = World(settings, Clock(self._membership.time.now), opened=opened)
            return Active(lease, world, keeper, make_site(world, self._localstack))
        except BaseException:
            keeper.close()
            raise

    async def _give_back(self, lease: Lease, active: Active | None, error: Exception) -> None:
        """Leave a state that could not be loaded to other nodes, and to a later trial."""
        expected = isinstance(error, OSError | BadSetting | Unusable | NotWritten)
        _log.error("the state cannot be loaded: %s", error, exc_info=None if expected else error)
        if active is not None:
            await active.abandon()
        self._membership.load_failed(lease)

    def _drop(self, active: Active) -> None:
        """Another node owns the state: forget this node's, and all that it has not written."""
        _log.warning("this node is not the active one any more")
        self._active = None
        self._server.use(self._passing_on())
        self._begin(active.abandon())

    def _committed(self, lease: Lease) -> int:
        """Returns the number of the last commit under a lease, for the thread of the membership; 0 for none."""
        active = self._active
        return 0 if active is None or active.lease != lease else active.keeper.seq

    def _standing(self) -> Standing:
        return Standing(self._view, self._active, self._stops)

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tick(self) -> None:
        self._membership.pulse()
        self._ticking = ring_after(_TICK, self._tick)

    # what answers

    def _passing_on(self) -> Site:
        """Returns the site of a node that is not the active one."""
        return self._refusing.answering(self._forwarding.answer, first=(self._own.handler,))

    def _being_active(self, site: Site) -> Site:
        """Returns the site of the active node, whose world `site` answers for."""
        membership, in_time, call_in_time, wait = self._membership, site.answer, site.call, self._wait

        def answer(request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
            return in_time(request) if membership.owns else wait(request)

        def call(request: Request) -> Reply | Awaitable[Reply]:
            return call_in_time(request) if membership.owns else wait(request)  # type: ignore[return-value]

        return site.answering(answer, call, (self._own.handler,))

    def _wait(self, request: Request) -> Awaitable[Reply | Stream]:
        """Let a request wait until it is known who owns the state."""
        if self._view.state is not State.OWNED or not self._membership.owns:
            self._forwarding.use(self._owner(self._view))
        return self._forwarding.answer(request)

    def _answer_node(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer a request that came to another node. Raises NotActive when this one does not own the state."""
        if self._active is not None and self._membership.owns:
            return self._active.site.answer(request)
        if self._view.lease is None or self._stops:
            owned = self._view.owned
            raise NotActive() if owned is None else NotActive(owned.owner or "", owned.epoch)
        return self._wait(request)

    def _refuse(self, request: Request) -> Reply:
        if request.target.startswith(control.PREFIX):
            return json_reply(503, {"error": "no node answers: try again"})
        return self._refusing.refuse(request, service_unavailable())


def _address(text: str) -> tuple[str, int]:
    """Returns the host and port of the setting `node_address`. Raises BadSetting."""
    try:
        parts = urlsplit(f"//{text or '127.0.0.1:0'}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None:
        raise BadSetting(f"node_address: {text!r} is not host:port")
    return host, port


def _address_of(owned: Owned) -> Address:
    host, port = _address(owned.address or "")
    return Address(owned.owner or "", host, port)
