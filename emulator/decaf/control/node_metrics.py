"""The metrics of one node of several, as OpenMetrics text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

GAUGES = {
    "owned": "Shards that this node owns and answers for",
    "parked": "Requests that wait for the owner of their shard",
    "lease_left": "Seconds until this node stops answering unless the database answers a beat",
}
COUNTERS = {
    "hops": "Requests that were passed on to another node",
    "beats": "Beats that the database answered",
    "failures": "Statements about the lease that the database did not answer",
    "takeovers": "Leases that this node took",
    "conflicts": "Leases that this node lost to another",
    "commits": "Commits under the present leases",
    "commit_seconds": "Time that the commits under the present leases took",
}


class NodeFigures:
    """Yields the families of metrics to the library: `figures` by the names above."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for name, text in GAUGES.items():
            yield GaugeMetricFamily(f"decaf_node_{name}", text, value=self.figures[name])
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"decaf_node_{name}", text, value=self.figures[name])
