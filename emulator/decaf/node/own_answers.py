"""What each node answers by itself, also while it is not the active one: its health, all nodes, and its metrics.

Rule: the modules that describe them are loaded with the first request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from decaf import __version__, control
from decaf.base.settings import Settings
from decaf.cluster.lease import State
from decaf.cluster.membership import Membership
from decaf.control.nodes import PATH as NODES
from decaf.http.guard import Forbidden, Guard
from decaf.http.head import FORM
from decaf.http.rendering import Stream
from decaf.http.site import PathHandler, Site
from decaf.node.placing import Placing
from decaf.node.seat import Seat
from decaf_protocol import Reply, Request, dumps, model_versions

_PATHS = tuple(control.PREFIX + path for path in ("/health", NODES, "/metrics"))
# The state of a node is that of the shard which comes first here.
_EAGERNESS = (State.OWNED, State.DRAINING, State.SUSPENDED, State.LOADING, State.TAKING, State.NONE)


class OwnAnswers:
    """The answers of a node. `node` is its id, `refusing` a site without a state, `seats` its shards, and `placing` has
    the requests that wait for one."""

    def __init__(
        self,
        node: str,
        settings: Settings,
        refusing: Site,
        membership: Membership,
        seats: Sequence[Seat],
        placing: Placing,
    ) -> None:
        self.stops = False  # whether the node ends
        self._node = node
        self._settings = settings
        self._guard = Guard(settings)
        self._control_api = refusing.handler(control.PREFIX)
        self._membership = membership
        self._seats = seats
        self._placing = placing
        self.handler = PathHandler(_PATHS, self._answer, self._control_api.max_body, self._control_api.too_large)

    def _answer(self, request: Request, peer: str | None) -> Reply | Stream | Awaitable[Reply | Stream]:
        from decaf.control import routes

        path = request.target.partition("?")[0].rstrip("/")
        if request.method != "GET" or path not in _PATHS:
            return self._control_api.answer(request, peer)
        try:
            self._guard.check_control(request, peer, is_open=path == control.OPEN_PATH)
        except Forbidden as error:
            return routes.forbidden(str(error))
        if path == control.OPEN_PATH:
            return self._health()
        return self._nodes() if path.endswith(NODES) else self._metrics()

    def _health(self) -> Reply:
        from decaf.control.nodes import NodeHealth

        alive = self._membership.left > 0
        status = "draining" if self.stops else "ready" if alive else "cut off"
        first = min(self._seats, key=lambda seat: _EAGERNESS.index(seat.view.state))
        world = next((seat.active.world for seat in self._seats if seat.active is not None), None)
        found = NodeHealth(
            status=status,
            version=__version__,
            models=model_versions(),
            access=self._settings.access if world is None else world.access.mode,
            form=FORM,
            node=self._node,
            state=first.view.state.value,
            active=self._active(),
            shards=[seat.shard for seat in self._seats if seat.view.lease is not None],
        )
        return json_reply(200 if status == "ready" else 503, found)

    def _active(self) -> str | None:
        """Returns the node that owns all shards, None when there is none."""
        owners = {seat.owner for seat in self._seats}
        return owners.pop() if len(owners) == 1 else None

    async def _nodes(self) -> Reply:
        from decaf.control.nodes import describe

        try:
            return json_reply(200, describe(*await self._membership.nodes()))
        except ConnectionError as error:
            return json_reply(503, {"error": f"the database is not reached: {error}"})

    def _metrics(self) -> Reply:
        from decaf.control import metrics
        from decaf.control.node_metrics import NodeFigures

        membership, seats = self._membership, self._seats
        counts, keepers = membership.counts, [seat.active.keeper for seat in seats if seat.active is not None]
        own = NodeFigures(
            {
                "owned": sum(seat.owns for seat in seats),
                "parked": len(self._placing) + sum(seat.forwarding.parked for seat in seats),
                "lease_left": membership.left,
                "hops": sum(seat.forwarding.hops for seat in seats),
                "beats": counts.beats,
                "failures": counts.failures,
                "takeovers": counts.takeovers,
                "conflicts": counts.losses,
                "commits": sum(keeper.commits for keeper in keepers),
                "commit_seconds": sum(keeper.spent for keeper in keepers),
            }
        )
        worlds = [seat.active.world for seat in seats if seat.active is not None]
        return metrics.reply(metrics.Collector(*worlds), own)


def json_reply(status: int, value: object) -> Reply:
    """Returns a reply of the control API."""
    return Reply(status, (("Content-Type", "application/json"),), dumps(value))
