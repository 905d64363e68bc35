"""The metrics of one node of several, as OpenMetrics text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

GAUGES = {
    "owned": "1 for the active node, 0 for others",
    "parked": "Requests that wait for an active node",
    "lease_left": "Seconds until this node stops answering unless the database answers a beat",
}
COUNTERS = {
    "hops": "Requests that were passed on to the active node",
    "beats": "Beats that the database answered",
    "failures": "Statements about the lease that the database did not answer",
    "takeovers": "Leases that this node took",
    "conflicts": "Leases that this node lost to another",
    "commits": "Commits under the present lease",
    "commit_seconds": "Time that the commits under the present lease took",
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
