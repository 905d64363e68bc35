"""A node: one of several servers over one database. It answers from worlds of its own for the shards that it owns, and
passes all other requests on to the nodes that own theirs.

Rule: the socket, and the connections of clients, stay the same for its whole life; what answers them changes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace as replace_of
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from decaf import control
from decaf.app import make_site
from decaf.base.clock import Clock, in_real_time, ring_after
from decaf.base.errors import service_unavailable
from decaf.base.settings import BadSetting, Settings
from decaf.base.shard import ShardMap
from decaf.cluster.hop.answer import Site as NodeSite
from decaf.cluster.hop.answering import Answering
from decaf.cluster.hop.connection import Identity
from decaf.cluster.hop.links import Links
from decaf.cluster.membership import Membership, View
from decaf.cluster.parked import Bodies
from decaf.compat.localstack import LocalStack
from decaf.declared.documents import declared_at_start
from decaf.delivery.transports.signing import Signer
from decaf.http.rendering import Stream
from decaf.http.server import Server
from decaf.node import code
from decaf.node.active import Active
from decaf.node.address import read_address
from decaf.node.others import OtherShards, answering
from decaf.node.own_answers import OwnAnswers, json_reply
from decaf.node.ownership_log import OwnershipLog
from decaf.node.placing import Placing
from decaf.node.routing import Routing
from decaf.node.seat import Seat, Surroundings
from decaf.node.shard_world import ShardWorld
from decaf.observe.call_record import NotedCall
from decaf.persistence.opening import read
from decaf.persistence.postgres import session
from decaf.persistence.postgres.committer import Committer
from decaf.persistence.postgres.ownership import Lease
from decaf.persistence.postgres.postgres import Postgres
from decaf.persistence.postgres.session import Sessions
from decaf.persistence.sharing import places_of
from decaf.persistence.snapshot_file import read_file
from decaf.world import World
from decaf_protocol import Reply, Request

_TICK = 0.5  # seconds between two signs of life of the event loop
_TO_RELEASE = 1.0  # seconds
_TO_LEAVE = 0.5  # seconds
_TO_LOAD_MORE = 2.0  # seconds after which connections for loading are closed

_log = logging.getLogger("decaf")


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
        self._own_host, self._own_port = read_address(settings.node_address)
        # A world without a state, which only refuses.
        self._refusing = make_site(World(replace(settings, store="", data_dir="", snapshot="")))
        self._shards = ShardMap(settings.shards)
        self._membership = Membership(
            settings.store, self.id, settings.lease, self._changed, self._committed, self._shards
        )
        self._log = OwnershipLog(settings.shards)
        self._links = Links()
        self._sessions = Sessions(settings.store, self.id, settings.durability != "none")
        self._closing: asyncio.TimerHandle | None = None  # of these, once nothing is loaded any more
        # One shard has a thread of its own, which costs less.
        is_alone = settings.shards == 1
        self._committer = None if is_alone else Committer(settings.store, self.id, settings.durability != "none")
        bodies = Bodies()
        self._placing = Placing(
            self._shards,
            self._membership.place,
            lambda shard, call: self._seats[shard].take(call),
            self._refuse,
            bodies,
        )
        node = Surroundings(
            self.id,
            self._shards,
            settings.shutdown_grace,
            self._membership,
            self._load,
            self._open,
            self._refuse,
            lambda shard: self._answering.release(shard),
            self._placing,
            self._log,
            self._links,
            bodies,
        )
        self._seats = tuple(Seat(shard, node) for shard in range(settings.shards))
        self._own = OwnAnswers(self.id, settings, self._refusing, self._membership, self._seats, self._placing)
        answers = self._seats[0] if is_alone else Routing(self._seats, self._shards, self._placing, settings)
        site = self._refusing.answering(answers.answer, answers.call, (self._own.handler,))
        self._server = Server(settings, site)
        self._answering: Answering
        self._ticking: asyncio.TimerHandle | None = None

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
        await self._server.start()
        try:
            await self._join()
        except BaseException:
            await self._server.stop()
            await self._end(0)
            raise
        self._tick()
        host = f"[{self._own_host}]" if ":" in self._own_host else self._own_host
        self._membership.begin(f"{host}:{self._answering.address[1]}")

    async def _join(self) -> None:
        secret = await self._membership.join()
        me = Identity(self.id, secret, max(self._settings.max_body, self._settings.max_snapshot_file))
        self._links.me = me
        self._answering = Answering(me, self._site_of)
        await self._listen_for_nodes()
        if self._committer is not None:
            await self._place_at_start()

    async def _place_at_start(self) -> None:
        """Have what is there at the start get shards: each world creates what is in its own."""
        settings, places = self._settings, declared_at_start(self._settings).places
        if settings.snapshot:
            with suppress(OSError, ValueError):  # who loads it says what is wrong
                places |= places_of(read_file(Path(settings.snapshot).read_bytes())[0])
        while True:
            try:
                return await self._placing.place(sorted(places))
            except ConnectionError as error:
                _log.warning("accounts do not get shards: %s", error)

    async def _listen_for_nodes(self) -> None:
        try:
            await self._answering.start(self._own_host, self._own_port)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise BadSetting(f"node_address: cannot listen on {self._own_host}:{self._own_port}: {reason}") from error

    async def stop(self) -> None:
        """Accept no more connections, have another node take over, pass the last requests on to it, and end."""
        self._server.stop_listening()
        self._own.stops = True
        for seat in self._seats:
            seat.stop()
        self._membership.drain()
        for seat in self._seats:
            seat.empty()
        await asyncio.gather(*(seat.emptied() for seat in self._seats))
        self._answering.release()  # before the leases are: who sees that first breaks off what it has sent here
        await self._answering.stop(_TO_LEAVE)
        self._membership.release()
        await in_real_time({asyncio.ensure_future(seat.unowned.wait()) for seat in self._seats}, _TO_RELEASE)
        await self._server.stop()
        await self._end(_TO_LEAVE)

    async def _end(self, patience: float) -> None:
        self._placing.stop()
        for seat in self._seats:
            seat.cancel()
        self._log.write()
        for timer in (self._ticking, self._closing):
            if timer is not None:
                timer.cancel()
        await asyncio.to_thread(self._sessions.close, True)
        if self._committer is not None:
            await asyncio.to_thread(self._committer.stop)
        await self._membership.stop(patience)

    def _tick(self) -> None:
        self._membership.pulse()
        self._ticking = ring_after(_TICK, self._tick)

    # for the shards

    def _changed(self, views: list[View]) -> None:
        """The membership has new views."""
        for view in views:
            self._seats[view.shard].changed(view)

    def _load(self, lease: Lease) -> Active:
        """Returns a world with the state that the database has, in a thread."""
        settings = self._settings
        fenced = partial(self._membership.fenced, lease)
        keeper = Postgres(
            settings.store, lease, settings.durability, fenced, shards=self._shards, session=self._sessions.take()
        )
        opened = read(keeper, lambda *_: self._membership.pulse(), keeper.shard)
        try:
            clock = Clock(self._membership.time.now)
            if self._committer is None:
                world = World(settings, clock, opened=opened)
                code.unpack(world, keeper)
                return Active(lease, world, keeper, make_site(world, self._localstack))
            if opened.contents.key is None:
                opened.contents.key = keeper.agree_on_key(Signer().identity_pem)
            opened = replace_of(opened, worker=self._committer)
            others = OtherShards(keeper.shard, partial(self._ask, lease.shard), self._placing.place)
            world = ShardWorld(settings, clock, opened=opened, others=others)
            code.unpack(world, keeper)
            self._sessions.put_back(keeper.share(self._committer.session))
            site = make_site(world, self._localstack)
            return Active(lease, world, keeper, replace(site, others=(*site.others, answering(world))))
        except BaseException:
            keeper.close()
            raise

    def _ask(self, by: int, shard: int, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Returns what the owner of a shard, this node or another, answers to a request by the world of another shard.

        A world whose lease has ended asks nothing: what it wants to deliver may have been delivered long ago.
        """
        return self._seats[shard].answer(request) if self._seats[by].owns else self._refuse(request)

    def _open(self, active: Active) -> None:
        """Begin to answer with what was loaded."""
        active.site.open(self._server.place)
        active.world.calls.log = self._log_calls
        self._settled()
        self._close_sessions_later()

    def _close_sessions_later(self) -> None:
        def close() -> None:
            asyncio.get_running_loop().run_in_executor(None, self._sessions.close)

        if self._closing is not None:
            self._closing.cancel()
        self._closing = ring_after(_TO_LOAD_MORE, close)

    def _committed(self, lease: Lease) -> int:
        """Returns the number of the last commit under a lease, for the thread of the membership; 0 for none."""
        active = self._seats[lease.shard].active
        return 0 if active is None or active.lease != lease else active.keeper.seq

    def _site_of(self, shard: int) -> NodeSite | None:
        """Returns what answers the requests for a shard that came to other nodes; None for one that there is not."""
        return self._seats[shard].answer_node if 0 <= shard < len(self._seats) else None

    def _refuse(self, request: Request) -> Reply:
        if request.target.startswith(control.PREFIX):
            return json_reply(503, {"error": "no node answers: try again"})
        return self._refusing.refuse(request, service_unavailable())
