"""The nodes that share a database: which shards each owns, and how this one does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from decaf.control.health import Health
from decaf.control.route import ControlResponse, EmptyRequest, Route

if TYPE_CHECKING:
    from decaf.persistence.postgres.ownership import Owned, Seen
    from decaf.world import World

PATH = "/nodes"

NodeState = Literal["active", "standby", "silent"]


class NodeDescription(ControlResponse, frozen=True):
    """One node. `address` is that for other nodes. `state` is "silent" once its lease has expired; `lease_left` is how
    many seconds of that are left. `shards` are the numbers of those that it owns; `accounts` is how many accounts have
    these, an account in two regions counted twice, and 0 where there is one shard.
    """

    id: str
    address: str
    state: NodeState
    started: float
    lease_left: float
    shards: list[int]
    accounts: int


class Nodes(ControlResponse, frozen=True):
    """All nodes in the order of their starts; none for a server that shares no database.

    `active` is the id of the node that owns the state, null when several do, or none. `epoch` grows when another takes
    over a shard, which happened last at `taken_over`; `commits` is the number of commits so far.
    """

    nodes: list[NodeDescription]
    active: str | None
    epoch: int
    taken_over: float | None
    commits: int


class NodeHealth(Health, frozen=True):
    """The health of a node. `status` is "ready", "draining" while it stops, or "cut off" when it does not reach the
    database, with the HTTP status 503.

    `state` is "active" or "standby", or for a moment "taking", "loading", "suspended" or "draining"; it is "active"
    once the node answers for a shard. `active` is the id of the active node, null when several are, or none. `shards`
    are the numbers of those that this node has the lease of.
    """

    node: str
    state: str
    active: str | None
    shards: list[int]


def describe(found: Sequence[Seen], owned: Sequence[Owned]) -> Nodes:
    """Returns the description of nodes and of who owns each shard, as the database has them."""
    shards: dict[str | None, list[int]] = {}
    accounts = Counter[str | None]()
    for each in owned:
        shards.setdefault(each.owner, []).append(each.shard)
        accounts[each.owner] += each.places
    return Nodes(
        nodes=[
            NodeDescription(
                id=each.node.id,
                address=each.node.address,
                state="silent" if each.left <= 0 else "active" if each.node.id in shards else "standby",
                started=each.since,
                lease_left=max(0.0, each.left),
                shards=shards.get(each.node.id, []),
                accounts=accounts[each.node.id],
            )
            for each in found
        ],
        active=next(iter(shards)) if len(shards) == 1 else None,
        epoch=sum(each.epoch for each in owned),
        taken_over=max((each.taken for each in owned if each.taken is not None), default=None),
        commits=sum(each.seq for each in owned),
    )


def _alone(world: World, _: EmptyRequest) -> Nodes:
    return Nodes(nodes=[], active=None, epoch=0, taken_over=None, commits=0)


GET_NODES = Route(
    "GET",
    PATH,
    "Return the nodes that share a database, and which shards each owns",
    _alone,  # a node answers this path itself
    EmptyRequest,
    Nodes,
    command="nodes",
    python="control.nodes()",
)

ROUTES = (GET_NODES,)
