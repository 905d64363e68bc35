"""Redrive policies name the dead-letter queue of a queue; redrive allow policies, the queues that may name one.

Rule: a policy is read once, when it is set, into the form that is kept; an error shows the text as it was sent.

Source: the SQS API Reference, SetQueueAttributes; Amazon SQS Developer Guide, "Using dead-letter queues".
"""

from __future__ import annotations

from typing import Any

import msgspec

from decaf.base.arn import Arn, read_arn
from decaf.base.settings import Settings
from decaf.sqs.errors import invalid_attribute_value, invalid_parameter
from decaf_protocol import AWSError

_FIELDS = ("maxReceiveCount", "deadLetterTargetArn")
_PERMISSIONS = ("allowAll", "denyAll", "byQueue")
_CANNOT = "Amazon SQS can't create the redrive allow policy"


def read_redrive_policy(text: str, settings: Settings) -> dict[str, Any]:
    """Return a redrive policy as it is kept: `{"deadLetterTargetArn": str, "maxReceiveCount": int}`.

    Raises InvalidParameterValue or InvalidAttributeValue, with the reason.
    """
    policy = _read(text)
    if policy is None:
        raise invalid_attribute_value("RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for name in _FIELDS:
        if name not in policy:
            raise refused(text, f"Redrive policy does not contain mandatory attribute: {name}.")
    receives = _receives(policy["maxReceiveCount"])
    if not 1 <= receives <= settings.max_receive_count:
        raise refused(
            text,
            f"Invalid value for maxReceiveCount: {policy['maxReceiveCount']}, "
            f"valid values are from 1 to {settings.max_receive_count} both inclusive.",
        )
    if len(policy) > len(_FIELDS):
        raise refused(text, f"Only following attributes are supported: [{', '.join(_FIELDS)}].")
    return {"deadLetterTargetArn": str(policy["deadLetterTargetArn"]), "maxReceiveCount": receives}


def target_arn(policy: dict[str, Any], text: str, source: Arn) -> Arn:
    """Return the dead-letter queue's ARN. Raises InvalidParameterValue if it cannot be one for `source`."""
    target = read_arn(policy["deadLetterTargetArn"])
    if target is None:
        raise refused(text, "Invalid value for deadLetterTargetArn.")
    if target.service != "sqs":
        raise refused(text, "Only SQS queues are valid resources for deadLetterTargetArn.")
    if target.region != source.region:
        raise refused(text, "Dead-letter target must be in same region as the source.")
    # "must" in older editions of the Developer Guide, "should" in the present one
    if target.account != source.account:
        raise refused(text, "Dead-letter target owner should be same as the source.")
    if target.resource.endswith(".fifo") != source.resource.endswith(".fifo"):
        raise refused(text, "Dead-letter queue must be same type of queue as the source.")
    return target


def refused(text: str, reason: str) -> AWSError:
    """Return the error for a redrive policy that cannot be set."""
    return invalid_parameter(text, "RedrivePolicy", reason)


def read_redrive_allow_policy(text: str, settings: Settings) -> dict[str, Any]:
    """Return a redrive allow policy as it is kept: `{"redrivePermission": str}`, with `sourceQueueArns` for byQueue.

    Raises InvalidParameterValue or InvalidAttributeValue, with the reason.
    """
    policy = _read(text) or {}
    arns = policy.get("sourceQueueArns")
    permission = policy.get("redrivePermission")
    if permission not in _PERMISSIONS or policy.keys() - {"redrivePermission", "sourceQueueArns"} or not _texts(arns):
        raise invalid_attribute_value("RedriveAllowPolicy", f"{_CANNOT}, as it’s in an unsupported format.")
    if permission == "byQueue" and not arns:
        raise _not_allowed(
            text,
            "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
        )
    if permission != "byQueue" and arns:
        raise _not_allowed(text, "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.")
    if arns and len(arns) > settings.max_redrive_sources:
        raise _not_allowed(
            text, f"The maximum number of source queue ARNs you can specify is {settings.max_redrive_sources}."
        )
    return policy


def allows(policy: dict[str, Any] | None, source: Arn) -> bool:
    """Whether `source` may name a queue with the redrive allow policy `policy` as its dead-letter queue."""
    if policy is None or policy["redrivePermission"] == "allowAll":
        return True
    return policy["redrivePermission"] == "byQueue" and str(source) in policy["sourceQueueArns"]


def _not_allowed(text: str, reason: str) -> AWSError:
    return invalid_parameter(text, "RedriveAllowPolicy", f"{_CANNOT}. {reason}")


def _read(text: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _receives(value: Any) -> int:
    """Return maxReceiveCount, which may come as a number or as text; 0 for anything else."""
    text = str(value)
    return int(text) if not isinstance(value, bool) and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(text, str) for text in value))
