"""What each node answers by itself, also while it is not the active one: its health, all nodes, and its metrics.

Rule: the modules that describe them are loaded with the first request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from decaf import __version__, control
from decaf.base.settings import Settings
from decaf.cluster.forwarding import Forwarding
from decaf.cluster.membership import Membership, View
from decaf.control.nodes import PATH as NODES
from decaf.http.guard import Forbidden, Guard
from decaf.http.head import FORM
from decaf.http.rendering import Stream
from decaf.http.site import PathHandler, Site
from decaf.node.active import Active
from decaf_protocol import Reply, Request, dumps, model_versions

_PATHS = tuple(control.PREFIX + path for path in ("/health", NODES, "/metrics"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node stands at this moment: what it knows of the lease, what it has as the active one, whether it stops."""

    view: View
    active: Active | None
    stops: bool


class OwnAnswers:
    """The answers of a node. `node` is its id, `refusing` a site without a state; `standing` returns how it stands."""

    def __init__(
        self,
        node: str,
        settings: Settings,
        refusing: Site,
        membership: Membership,
        forwarding: Forwarding,
        standing: Callable[[], Standing],
    ) -> None:
        self._node = node
        self._settings = settings
        self._guard = Guard(settings)
        self._control_api = refusing.handler(control.PREFIX)
        self._membership = membership
        self._forwarding = forwarding
        self._standing = standing
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

        standing, alive = self._standing(), self._membership.left > 0
        view, active = standing.view, standing.active
        status = "draining" if standing.stops else "ready" if alive else "cut off"
        found = NodeHealth(
            status=status,
            version=__version__,
            models=model_versions(),
            access=self._settings.access if active is None else active.world.access.mode,
            form=FORM,
            node=self._node,
            state=view.state.value,
            active=self._node if view.lease is not None else view.owned.owner if view.owned is not None else None,
        )
        return json_reply(200 if status == "ready" else 503, found)

    async def _nodes(self) -> Reply:
        from decaf.control.nodes import describe

        try:
            return json_reply(200, describe(*await self._membership.nodes()))
        except ConnectionError as error:
            return json_reply(503, {"error": f"the database is not reached: {error}"})

    def _metrics(self) -> Reply:
        from decaf.control import metrics
        from decaf.control.node_metrics import NodeFigures

        membership, active = self._membership, self._standing().active
        counts = membership.counts
        own = NodeFigures(
            {
                "owned": float(active is not None and membership.owns),
                "parked": self._forwarding.parked,
                "lease_left": membership.left,
                "hops": self._forwarding.hops,
                "beats": counts.beats,
                "failures": counts.failures,
                "takeovers": counts.takeovers,
                "conflicts": counts.losses,
                "commits": 0 if active is None else active.keeper.seq - active.lease.seq,
                "commit_seconds": 0.0 if active is None else active.keeper.spent,
            }
        )
        return metrics.reply(own) if active is None else metrics.reply(metrics.Collector(active.world), own)


def json_reply(status: int, value: object) -> Reply:
    """Returns a reply of the control API."""
    return Reply(status, (("Content-Type", "application/json"),), dumps(value))
