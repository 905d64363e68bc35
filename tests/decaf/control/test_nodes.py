"""The description of nodes, as the database has them."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from decaf.control import metrics
from decaf.control.node_metrics import COUNTERS, GAUGES, NodeFigures
from decaf.control.nodes import describe
from decaf.persistence.postgres.ownership import Node, Owned, Seen


def _seen(node: str, left: float) -> Seen:
    return Seen(Node(node, f"{node}:4567", 1), 100.0, left)


def test_a_node_is_active_stands_by_or_is_silent() -> None:
    found = describe([_seen("a", 3.5), _seen("b", 1.0), _seen("c", -2.0)], [Owned(0, "a", 7, 12, "a:4567", 3.5, 90.0)])
    assert [(node.id, node.state, node.lease_left) for node in found.nodes] == [
        ("a", "active", 3.5),
        ("b", "standby", 1.0),
        ("c", "silent", 0.0),
    ]
    assert (found.active, found.epoch, found.taken_over, found.commits) == ("a", 7, 90.0, 12)


def test_an_owner_whose_lease_has_expired_is_silent() -> None:
    found = describe([_seen("a", -1.0)], [Owned(0, "a", 7, 12, "a:4567", -1.0, 90.0)])
    assert [node.state for node in found.nodes] == ["silent"]


def test_the_accounts_of_a_node_are_those_of_all_its_shards() -> None:
    owned = [
        Owned(number, owner, 1, 0, None, 3.0, None, places=places)
        for number, (owner, places) in enumerate([("a", 2), ("b", 1), ("a", 1), (None, 4)])
    ]
    found = describe([_seen("a", 3.0), _seen("b", 3.0), _seen("c", 3.0)], owned)
    assert [(node.shards, node.accounts) for node in found.nodes] == [([0, 2], 3), ([1], 1), ([], 0)]


def test_the_figures_of_a_node_are_read_back_by_the_library() -> None:
    text = metrics.reply(NodeFigures(dict.fromkeys((*GAUGES, *COUNTERS), 2.0))).body.decode()
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    samples = {sample.name: sample.value for family in families for sample in family.samples}
    assert samples == {
        **{f"decaf_node_{name}": 2.0 for name in GAUGES},
        **{f"decaf_node_{name}_total": 2.0 for name in COUNTERS},
    }
