"""Event source mappings: which queue's messages invoke which function, and how they are batched.

Rule: what a mapping can be set to is decided here, whoever sets it. Whether its queue and function exist is decided by
those who know them. A mapping is created, changed and deleted at once: the responses name the states that AWS passes
through, and the next request finds the state that follows. (AWS takes some seconds; tools wait for that state.)

Source: AWS Lambda API Reference, CreateEventSourceMapping and UpdateEventSourceMapping; AWS Lambda Developer Guide,
"Lambda parameters for Amazon SQS event source mappings"; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from decaf.base.arn import Arn
from decaf.base.events import StateKind
from decaf.functions.event_pattern import EventPattern, read_patterns
from decaf.functions.mapping_errors import (
    batch_too_large_on_fifo,
    no_window_on_fifo,
    out_of_range,
    two_ways_to_scale,
    unknown_response_type,
    unsupported_parameter,
    window_needed,
)
from decaf_protocol import Params, Result

BATCH_SIZE = 10  # messages, unless it is set
MAX_BATCH_SIZE = 10_000
MAX_BATCH_SIZE_AT_ONCE = 10  # without a window, and of FIFO queues
MAX_WINDOW = 300  # seconds
MIN_CONCURRENCY, MAX_CONCURRENCY = 2, 1_000
REPORTS = "ReportBatchItemFailures"

_OF_STREAMS = (
    "AmazonManagedKafkaEventSourceConfig",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "DocumentDBEventSourceConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "Queues",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Topics",
    "TumblingWindowInSeconds",
)
_WITHOUT_EFFECT = ("KMSKeyArn", "MetricsConfig", "ProvisionedPollerConfig")  # kept, and returned as they were set

MAPPING_STATE: StateKind[EventSourceMapping] = StateKind("event source mapping")


class Configuration(msgspec.Struct, frozen=True):
    """What can be set of a mapping. `window` is in seconds; `patterns` are its filters, none lets all messages pass.

    `max_concurrency` is how many batches are processed at once at most, None where it is not set. `others` has what has
    no effect here, by AWS's names.
    """

    batch_size: int = BATCH_SIZE
    window: int = 0
    patterns: tuple[EventPattern, ...] = ()
    reports_failures: bool = False
    max_concurrency: int | None = None
    enabled: bool = True
    others: Mapping[str, Any] = msgspec.field(default_factory=dict)


@dataclass(slots=True, eq=False)
class EventSourceMapping:
    """A mapping. `function` is the ARN that it invokes, with the qualifier that was named; `queue` is its source.

    `account` is that of the function. Times are epoch seconds. `problem` is why it cannot do its work, empty while it
    can.
    """

    uuid: str
    account: str
    function: str
    queue: Arn
    configuration: Configuration
    modified_at: float
    tags: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def arn(self) -> Arn:
        return Arn("lambda", self.queue.region, self.account, f"event-source-mapping:{self.uuid}")

    @property
    def state(self) -> str:
        """Enabled or Disabled."""
        return "Enabled" if self.configuration.enabled else "Disabled"


def configure(params: Params, queue: Arn, present: Configuration | None = None) -> Configuration:
    """Returns what a request sets, on top of the `present` configuration, of a mapping whose source is `queue`.

    `params` are those of CreateEventSourceMapping or UpdateEventSourceMapping. Raises InvalidParameterValueException.
    """
    for name in _OF_STREAMS:
        if params.get(name) is not None:
            raise unsupported_parameter(name)
    changed = replace(present or Configuration(), **dict(_read(params)))
    others = {name: params[name] for name in _WITHOUT_EFFECT if params.get(name) is not None}
    changed = replace(changed, others={**changed.others, **others})
    _check(changed, queue.resource.endswith(".fifo"))
    return changed


def _read(params: Params) -> Iterable[tuple[str, Any]]:
    """Yields the fields of the configuration that a request sets."""
    for name, member in (("batch_size", "BatchSize"), ("enabled", "Enabled")):
        if params.get(member) is not None:
            yield name, params[member]
    if params.get("MaximumBatchingWindowInSeconds") is not None:
        yield "window", params["MaximumBatchingWindowInSeconds"]
    if params.get("FilterCriteria") is not None:
        yield "patterns", read_patterns(params["FilterCriteria"])
    if params.get("FunctionResponseTypes") is not None:
        yield "reports_failures", _reports(params["FunctionResponseTypes"])
    if params.get("ScalingConfig") is not None:
        yield "max_concurrency", params["ScalingConfig"].get("MaximumConcurrency")


def _reports(types: list[str]) -> bool:
    if types not in ([], [REPORTS]):
        raise unknown_response_type()
    return bool(types)


def _check(configuration: Configuration, is_fifo: bool) -> None:
    _check_range("BatchSize", configuration.batch_size, 1, MAX_BATCH_SIZE)
    _check_range("MaximumBatchingWindowInSeconds", configuration.window, 0, MAX_WINDOW)
    if configuration.max_concurrency is not None:
        _check_range("MaximumConcurrency", configuration.max_concurrency, MIN_CONCURRENCY, MAX_CONCURRENCY)
        if configuration.others.get("ProvisionedPollerConfig"):
            raise two_ways_to_scale()
    if is_fifo and configuration.window:
        raise no_window_on_fifo()
    if configuration.batch_size > MAX_BATCH_SIZE_AT_ONCE:
        if is_fifo:
            raise batch_too_large_on_fifo()
        if not configuration.window:
            raise window_needed()


def _check_range(parameter: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise out_of_range(parameter, low, high)


def parameters(configuration: Configuration) -> dict[str, Any]:
    """Returns the parameters that set a configuration; those of `configure` in return."""
    written: dict[str, Any] = {
        "BatchSize": configuration.batch_size,
        "MaximumBatchingWindowInSeconds": configuration.window,
        "FunctionResponseTypes": [REPORTS] if configuration.reports_failures else [],
    }
    if configuration.patterns:
        written["FilterCriteria"] = {"Filters": [{"Pattern": pattern.text} for pattern in configuration.patterns]}
    if configuration.max_concurrency is not None:
        written["ScalingConfig"] = {"MaximumConcurrency": configuration.max_concurrency}
    return {**written, **configuration.others}


def describe(mapping: EventSourceMapping, state: str | None = None) -> Result:
    """Returns a mapping as AWS's responses have it, in its present state or in `state`, which it passes through."""
    described: Result = {
        "UUID": mapping.uuid,
        "EventSourceMappingArn": str(mapping.arn),
        "EventSourceArn": str(mapping.queue),
        "FunctionArn": mapping.function,
        "LastModified": mapping.modified_at,
        "State": state or mapping.state,
        "StateTransitionReason": "USER_INITIATED",
    }
    if mapping.problem:
        described["LastProcessingResult"] = f"PROBLEM: {mapping.problem}"
    return {**described, **parameters(mapping.configuration)}
