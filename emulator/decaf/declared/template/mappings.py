"""The event source mappings of a template that can be made here: those of queues, to functions that run here.

Rule: a mapping to a function that nothing here can run, or of a source that is no queue, is left out with a note.

Source: CloudFormation Template Reference, "AWS::Lambda::EventSourceMapping".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from decaf.base.arn import is_of_service

MAPPING = "AWS::Lambda::EventSourceMapping"

PROPERTIES = frozenset(
    {
        "AmazonManagedKafkaEventSourceConfig",
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "DocumentDBEventSourceConfig",
        "Enabled",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "FunctionResponseTypes",
        "KmsKeyArn",
        "LoggingConfig",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "MetricsConfig",
        "ParallelizationFactor",
        "ProvisionedPollerConfig",
        "Queues",
        "ScalingConfig",
        "SelfManagedEventSource",
        "SelfManagedKafkaEventSourceConfig",
        "SourceAccessConfigurations",
        "StartingPosition",
        "StartingPositionTimestamp",
        "Tags",
        "Topics",
        "TumblingWindowInSeconds",
    }
)
_SAME = ("BatchSize", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MetricsConfig")
_NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds", "MaximumConcurrency", "MaximumPollers", "MinimumPollers")


def mapping_params(properties: Mapping[str, Any], function: str) -> dict[str, Any] | None:
    """Return the parameters of CreateEventSourceMapping for evaluated properties, None where the source is no queue.

    `function` is the ARN of the function. Numbers and truths may come as texts, as parameters of templates do.
    """
    source = properties.get("EventSourceArn")
    if not isinstance(source, str) or not is_of_service(source, "sqs"):
        return None
    params: dict[str, Any] = {"EventSourceArn": source, "FunctionName": function}
    params |= {name: properties[name] for name in _SAME if name in properties}
    if "KmsKeyArn" in properties:
        params["KMSKeyArn"] = properties["KmsKeyArn"]
    if "Enabled" in properties:
        params["Enabled"] = str(properties["Enabled"]).lower() == "true"
    for name in ("ScalingConfig", "ProvisionedPollerConfig"):
        if isinstance(properties.get(name), Mapping):
            params[name] = {member: _number(member, value) for member, value in properties[name].items()}
    if isinstance(properties.get("FilterCriteria"), Mapping):
        params["FilterCriteria"] = {"Filters": list(map(_filter, properties["FilterCriteria"].get("Filters") or ()))}
    if isinstance(properties.get("Tags"), list):
        params["Tags"] = {str(tag["Key"]): str(tag["Value"]) for tag in properties["Tags"]}
    return {name: _number(name, value) for name, value in params.items()}


def _filter(one: Any) -> Any:
    pattern = one.get("Pattern") if isinstance(one, Mapping) else None
    return {"Pattern": pattern if isinstance(pattern, str) else json.dumps(pattern)}


def _number(name: str, value: Any) -> Any:
    return int(value) if name in _NUMBERS and isinstance(value, str) and value.isdecimal() else value
