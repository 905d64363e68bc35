"""Redrive policies: which queue takes the messages that another could not get processed.

Source: the SQS API Reference, SetQueueAttributes; Amazon SQS Developer Guide, "Using dead-letter queues".
"""

from __future__ import annotations

import json
from typing import Any

from emulator.arn import Arn, read_arn
from emulator.errors import invalid_parameter
from protocol import AWSError

MAX_RECEIVES = 1_000


def read_redrive_policy(value: Any) -> dict[str, Any]:
    """A redrive policy as it is kept: `{"deadLetterTargetArn": str, "maxReceiveCount": int}`.

    Raises InvalidParameterValue, naming what is wrong.
    """
    if not isinstance(value, dict):
        raise _invalid(value, "Redrive policy is not a valid JSON map.")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if value.get(name) in (None, ""):
            raise _invalid(value, f"Redrive policy does not contain mandatory attribute: {name}.")
    for name in value:
        if name not in ("deadLetterTargetArn", "maxReceiveCount"):
            raise _invalid(value, f"Redrive policy contains unknown attribute: {name}.")
    return {
        "deadLetterTargetArn": str(value["deadLetterTargetArn"]),
        "maxReceiveCount": _receives(value),
    }


def target_arn(policy: dict[str, Any], source: Arn) -> Arn:
    """The dead-letter queue's ARN. Raises InvalidParameterValue if it cannot be one for `source`."""
    target = read_arn(policy["deadLetterTargetArn"])
    if target is None or target.service != "sqs":
        raise _invalid(policy, "Invalid value for deadLetterTargetArn.")
    if target.region != source.region:
        raise _invalid(policy, "Dead letter target must be in same region as the source.")
    if target.resource.endswith(".fifo") != source.resource.endswith(".fifo"):
        raise _invalid(policy, "Dead-letter queue must be same type of queue as the source.")
    return target


def target_does_not_exist(policy: dict[str, Any]) -> AWSError:
    return _invalid(policy, "Dead letter target does not exist.")


def _receives(policy: dict[str, Any]) -> int:
    value = policy["maxReceiveCount"]
    try:
        receives = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else 0
    except ValueError:
        receives = 0
    if not 1 <= receives <= MAX_RECEIVES:
        raise _invalid(
            policy,
            f"Invalid value for maxReceiveCount: {value}, valid values are from 1 to {MAX_RECEIVES} both inclusive.",
        )
    return receives


def _invalid(policy: Any, reason: str) -> AWSError:
    return invalid_parameter(json.dumps(policy, separators=(",", ":")), "RedrivePolicy", reason)
