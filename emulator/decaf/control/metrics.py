"""Metrics for monitoring systems, as OpenMetrics text. The library that writes it is loaded with the first call."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from decaf.control.route import EmptyRequest, EmptyResponse, Route
from decaf.observe.call_statistics import BOUNDS
from decaf_protocol import Reply

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector as RegisteredCollector
    from prometheus_client.samples import Sample

    from decaf.world import World

MEDIA = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_LABELS = ["account", "region"]


class Collector:
    """Yields the families of metrics to the library: each once, with what all worlds have of it."""

    def __init__(self, *worlds: World) -> None:
        self._worlds = worlds

    def collect(self) -> Iterator[Metric]:
        return map(_summed, zip(*map(_families, self._worlds), strict=True))


def _families(world: World) -> Iterator[Metric]:
    yield from _queues(world)
    yield _topics(world)
    yield from _operations(world)
    yield _deliveries(world)
    yield _denials(world)
    yield from _functions(world)


def _summed(families: tuple[Metric, ...]) -> Metric:
    """Returns one family of the same families of several worlds: samples of the same labels are summed."""
    first, *others = families
    if others:
        sums: dict[tuple[str, tuple[tuple[str, str], ...]], Sample] = {}
        for sample in (sample for family in families for sample in family.samples):
            key = sample.name, tuple(sample.labels.items())
            sums[key] = sample._replace(value=sample.value + sums[key].value) if key in sums else sample
        first.samples = list(sums.values())
    return first


def _queues(world: World) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    labels = [*_LABELS, "queue"]
    counts = GaugeMetricFamily("decaf_queue_messages", "Messages of a queue, by state", labels=[*labels, "state"])
    ages = GaugeMetricFamily(
        "decaf_queue_oldest_message_age", "Age of the oldest message", labels=labels, unit="seconds"
    )
    now = world.clock.now()
    for queue in world.queues():
        queue.settle(now)
        named = [queue.arn.account, queue.arn.region, queue.name]
        for state, count in (
            ("visible", len(queue.visible)),
            ("in_flight", len(queue.in_flight)),
            ("delayed", len(queue.delayed)),
        ):
            counts.add_metric([*named, state], count)
        if (oldest := queue.ages.oldest()) is not None:
            ages.add_metric(named, now - oldest.sent_at)
    yield counts
    yield ages


def _topics(world: World) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    subscribed = GaugeMetricFamily(
        "decaf_topic_subscriptions", "Subscriptions of a topic, by state", labels=[*_LABELS, "topic", "state"]
    )
    for topic in world.topics():
        named = [topic.arn.account, topic.arn.region, topic.arn.resource]
        pending = topic.pending_count()
        subscribed.add_metric([*named, "confirmed"], len(topic.subscriptions) - pending)
        subscribed.add_metric([*named, "pending"], pending)
    return subscribed


def _operations(world: World) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    took = HistogramMetricFamily(
        "decaf_operation_duration",
        "Duration of requests, including the wait of long polls",
        labels=["service", "operation"],
        unit="seconds",
    )
    names = [*map(str, BOUNDS), "+Inf"]
    for (service, operation), timings in world.call_statistics.calls.items():
        buckets = list(zip(names, map(float, accumulate(timings.counts)), strict=True))
        took.add_metric([service, operation], buckets, timings.seconds)
    yield took
    errors = CounterMetricFamily(
        "decaf_errors", "Requests that failed, by error code", labels=["service", "operation", "error"]
    )
    for (service, operation, code), count in world.call_statistics.errors.items():
        errors.add_metric([service, operation, code], count)
    yield errors


def _deliveries(world: World) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    attempts = CounterMetricFamily(
        "decaf_deliveries", "Deliveries of notifications to subscribers, by outcome", labels=["protocol", "outcome"]
    )
    for (protocol, kind), count in world.history.attempts.items():
        attempts.add_metric([protocol, kind.removeprefix("Notification").lower()], count)
    return attempts


def _denials(world: World) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    denials = CounterMetricFamily(
        "decaf_access_denials",
        "Calls and deliveries that AWS denies: let through with a warning, or refused",
        labels=["service", "action", "outcome"],
    )
    for labels, count in world.access.counts.items():
        denials.add_metric(labels, count)
    return denials


def _functions(world: World) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    labels = ["function"]
    invocations = CounterMetricFamily("decaf_function_invocations", "Invocations of a function", labels=labels)
    errors = CounterMetricFamily("decaf_function_errors", "Invocations that failed", labels=labels)
    throttles = CounterMetricFamily("decaf_function_throttles", "Invocations that were throttled", labels=labels)
    took = CounterMetricFamily(
        "decaf_function_duration", "Time that a function ran, of all invocations", labels=labels, unit="seconds"
    )
    for arn, figures in world.runner.statistics.by_function.items():
        invocations.add_metric([arn], figures.invocations)
        errors.add_metric([arn], figures.errors)
        throttles.add_metric([arn], figures.throttles)
        took.add_metric([arn], figures.seconds)
    yield from (invocations, errors, throttles, took)


def _metrics(world: World, _: EmptyRequest) -> Reply:
    return reply(Collector(world))


def reply(*collectors: RegisteredCollector) -> Reply:
    """Returns the response with the metrics of all `collectors`."""
    from prometheus_client.openmetrics.exposition import generate_latest
    from prometheus_client.registry import CollectorRegistry

    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return Reply(200, (("Content-Type", MEDIA),), generate_latest(registry))  # type: ignore[no-untyped-call]


GET_METRICS = Route(
    "GET",
    "/metrics",
    "Return counters and durations for monitoring",
    _metrics,
    EmptyRequest,
    EmptyResponse,
    command="metrics",
    python="control.metrics()",
    media=MEDIA,
)

ROUTES = (GET_METRICS,)
