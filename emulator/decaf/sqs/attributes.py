"""The attributes of a queue: one table of their values, defaults, and where they may be set.

Source: the SQS API Reference, SetQueueAttributes and GetQueueAttributes; the service's model for the names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from decaf.base import policy
from decaf.base.errors import invalid_attribute_name, invalid_attribute_value, invalid_value, over_limit
from decaf.base.settings import Settings
from decaf.sqs.redrive import read_redrive_allow_policy, read_redrive_policy
from decaf_protocol import AWSError

Reader = Callable[[str, str, Settings], Any]  # name, text -> value; raises InvalidAttributeValue


@dataclass(frozen=True, slots=True)
class Attribute:
    """A settable attribute. `read` turns what a client sends into the value kept, `write` turns it back.

    `default` None means that a queue does not have it until it is set.
    """

    read: Reader
    write: Callable[[Any], str] = str
    default: Any = None
    fifo_only: bool = False
    cleared_by_empty: bool = False  # the empty text takes it away


def _whole(least: int | str, most: int | str) -> Reader:
    """A whole number in bounds, each a number or the name of a setting."""

    def read(name: str, text: str, settings: Settings) -> int:
        low, high = (getattr(settings, bound) if isinstance(bound, str) else bound for bound in (least, most))
        if not (text.isascii() and text.isdigit() and len(text) < 10) or not low <= int(text) <= high:
            raise invalid_attribute_value(name)
        return int(text)

    return read


def _truth(name: str, text: str, settings: Settings) -> bool:
    value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        raise invalid_attribute_value(name)
    return value


def _one_of(*values: str) -> Reader:
    def read(name: str, text: str, settings: Settings) -> str:
        if text not in values:
            raise invalid_attribute_value(name)
        return text

    return read


def _text(name: str, text: str, settings: Settings) -> str:
    return text


def _policy(name: str, text: str, settings: Settings) -> str:
    try:
        policy.parse(text, "sqs", policy_limits(settings))
    except policy.BadPolicy:
        raise invalid_attribute_value(name) from None
    except policy.PolicyOverLimit as excess:
        raise over_limit(
            f"{excess.found} {excess.what} were found in the submitted policy, max allowed is {excess.most}"
        ) from None
    return text


def _write_truth(value: bool) -> str:
    return "true" if value else "false"


def _write_document(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_clearable = partial(Attribute, cleared_by_empty=True)

SETTABLE: dict[str, Attribute] = {
    "VisibilityTimeout": Attribute(_whole(0, "max_visibility"), default=30),
    "MaximumMessageSize": Attribute(_whole(1_024, "max_message_size"), default=1_048_576),
    "MessageRetentionPeriod": Attribute(_whole("min_retention", "max_retention"), default=345_600),
    "DelaySeconds": Attribute(_whole(0, "max_delay"), default=0),
    "ReceiveMessageWaitTimeSeconds": Attribute(_whole(0, "max_wait"), default=0),
    "Policy": _clearable(_policy),
    "RedrivePolicy": _clearable(lambda _, text, settings: read_redrive_policy(text, settings), _write_document),
    "RedriveAllowPolicy": _clearable(
        lambda _, text, settings: read_redrive_allow_policy(text, settings), _write_document
    ),
    "KmsMasterKeyId": _clearable(_text),
    "KmsDataKeyReusePeriodSeconds": Attribute(_whole(60, 86_400)),  # shown, with a default, beside a key only
    "SqsManagedSseEnabled": Attribute(_truth, _write_truth, default=True),
    "FifoQueue": Attribute(_truth, _write_truth, fifo_only=True),
    "ContentBasedDeduplication": Attribute(_truth, _write_truth, default=False, fifo_only=True),
    "DeduplicationScope": Attribute(_one_of("queue", "messageGroup"), default="queue", fifo_only=True),
    "FifoThroughputLimit": Attribute(_one_of("perQueue", "perMessageGroupId"), default="perQueue", fifo_only=True),
}

COMPUTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)

NAMES = frozenset(SETTABLE) | frozenset(COMPUTED) | {"All"}

_KEY_REUSE_PERIOD = 300  # seconds; of a key for which none was given


def policy_limits(settings: Settings) -> policy.Limits:
    return policy.Limits(
        settings.max_policy_size,
        settings.max_policy_statements,
        settings.max_policy_principals,
        settings.max_policy_conditions,
    )


def defaults(fifo: bool) -> dict[str, Any]:
    """The values a new queue has before any are given."""
    return {
        name: attribute.default
        for name, attribute in SETTABLE.items()
        if attribute.default is not None and (fifo or not attribute.fifo_only)
    }


def read_new(given: Mapping[str, str], fifo: bool, settings: Settings) -> dict[str, Any]:
    """The values that `given` sets on a new queue; None for an attribute that it leaves empty.

    Raises InvalidAttributeName for one that such a queue does not have, InvalidAttributeValue for a bad value.
    """
    try:
        values = _read(given, fifo, settings)
    except AWSError as error:
        if error.shape == "OverLimit":  # an error that CreateQueue does not have
            raise invalid_value(error.message) from None
        raise
    if values.get("FifoQueue") is False:
        raise invalid_attribute_name("FifoQueue")
    _check_throughput(values)
    return values


def read_changes(given: Mapping[str, str], current: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The values that `given` sets on a queue that has the values `current`; None for what it takes away.

    Raises InvalidAttributeName for one that such a queue does not have, InvalidAttributeValue for a bad value,
    OverLimit for too much of a policy.
    """
    values = _read(given, "FifoQueue" in current, settings)
    if values.get("FifoQueue") is False:
        raise invalid_attribute_value("FifoQueue", "Modifying queue type is not supported.")
    _check_throughput({**current, **values})
    return values


def _read(given: Mapping[str, str], fifo: bool, settings: Settings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in given.items():
        attribute = SETTABLE.get(name)
        if attribute is None or (attribute.fifo_only and not fifo):
            raise _not_settable(name)
        values[name] = None if text == "" and attribute.cleared_by_empty else attribute.read(name, text, settings)
    if values.get("KmsMasterKeyId") and values.get("SqsManagedSseEnabled"):
        raise AWSError(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        )
    return values


def _not_settable(name: str) -> AWSError:
    if name in ("DeduplicationScope", "FifoThroughputLimit"):
        return AWSError("InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true.")
    return invalid_attribute_name(name)


def _check_throughput(values: Mapping[str, Any]) -> None:
    if values.get("FifoThroughputLimit") == "perMessageGroupId" and values.get("DeduplicationScope") != "messageGroup":
        raise invalid_attribute_value(
            "FifoThroughputLimit",
            "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
        )


def apply(current: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Put `changes` into a queue's values. One kind of encryption excludes the other."""
    for name, value in changes.items():
        if value is None:
            current.pop(name, None)
        else:
            current[name] = value
    if changes.get("KmsMasterKeyId"):
        current["SqsManagedSseEnabled"] = False
    elif changes.get("SqsManagedSseEnabled"):
        current.pop("KmsMasterKeyId", None)


def first_difference(given: Mapping[str, Any], current: Mapping[str, Any]) -> str | None:
    """The first of the attributes `given` that the queue does not have with this value, None if it has them all."""
    for name, value in given.items():
        has = current.get(name)
        same = has == value or (name == "Policy" and has and value and json.loads(has) == json.loads(value))
        if not same:
            return name
    return None


def write(values: Mapping[str, Any]) -> dict[str, str]:
    """The values as a client reads them."""
    written = {name: SETTABLE[name].write(value) for name, value in values.items()}
    period = written.pop("KmsDataKeyReusePeriodSeconds", str(_KEY_REUSE_PERIOD))
    if "KmsMasterKeyId" in written:
        written["KmsDataKeyReusePeriodSeconds"] = period
    return written
