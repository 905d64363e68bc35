"""The attributes of a queue: one table of their values, defaults, and where they may be set.

Source: the SQS API Reference, SetQueueAttributes and GetQueueAttributes; the service's model for the names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from decaf.base import attributes, policy
from decaf.base.attributes import Attribute, Reader, Table, write_truth
from decaf.base.settings import Settings
from decaf.sqs.errors import (
    for_fifo_queues_only,
    invalid_attribute_name,
    invalid_attribute_value,
    invalid_value,
    policy_over_limit,
    two_kinds_of_encryption,
    unknown_action,
)
from decaf.sqs.redrive import read_redrive_allow_policy, read_redrive_policy
from decaf_protocol import AWSError, operations


def _bad(name: str, text: str) -> AWSError:
    return invalid_attribute_value(name)


_truth = attributes.truth(_bad)


def _whole(least: int, most: int) -> Reader:
    return attributes.whole(least, most, _bad)


def _one_of(*values: str) -> Reader:
    return attributes.one_of(values, _bad)


def _policy(settings: Settings) -> Reader:
    def read(name: str, text: str) -> str:
        try:
            document = policy.parse(text, "sqs", policy_limits(settings))
        except policy.BadPolicy:
            raise invalid_attribute_value(name) from None
        except policy.PolicyOverLimit as excess:
            raise policy_over_limit(excess.found, excess.what, excess.most) from None
        for statement in policy.statements(document):
            for action in policy.actions(statement):
                if not _is_action(action):
                    raise unknown_action(action)
        return policy.write(document)

    return read


def _is_action(text: str) -> bool:
    """Whether a policy can name it: each operation can be, but for the batches, whose permission the single one is."""
    name = text.lower().removeprefix("sqs:")
    return "*" in name or "?" in name or name in _ACTIONS


_ACTIONS = frozenset(name.lower() for name in operations("sqs") if not name.endswith("Batch"))


def _write_document(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def table(settings: Settings) -> Table:
    """Returns the attributes that any queue can be given, within the bounds of `settings`."""
    return {
        "VisibilityTimeout": Attribute(_whole(0, settings.max_visibility), default=30),
        "MaximumMessageSize": Attribute(_whole(1_024, settings.max_message_size), default=1_048_576),
        "MessageRetentionPeriod": Attribute(_whole(settings.min_retention, settings.max_retention), default=345_600),
        "DelaySeconds": Attribute(_whole(0, settings.max_delay), default=0),
        "ReceiveMessageWaitTimeSeconds": Attribute(_whole(0, settings.max_wait), default=0),
        "Policy": Attribute(_policy(settings), clearable=True),
        "RedrivePolicy": Attribute(
            lambda _, text: read_redrive_policy(text, settings), _write_document, clearable=True
        ),
        "RedriveAllowPolicy": Attribute(
            lambda _, text: read_redrive_allow_policy(text, settings), _write_document, clearable=True
        ),
        "KmsMasterKeyId": Attribute(attributes.text, clearable=True),
        "KmsDataKeyReusePeriodSeconds": Attribute(_whole(60, 86_400)),  # shown, with a default, beside a key only
        "SqsManagedSseEnabled": Attribute(_truth, write_truth, default=True),
    }


_OF_FIFO_QUEUES: dict[str, Attribute] = {
    "FifoQueue": Attribute(_truth, write_truth),
    "ContentBasedDeduplication": Attribute(_truth, write_truth, default=False),
    "DeduplicationScope": Attribute(_one_of("queue", "messageGroup"), default="queue"),
    "FifoThroughputLimit": Attribute(_one_of("perQueue", "perMessageGroupId"), default="perQueue"),
}

# All names, with AWS's own bounds: for defaults and writing, on which the settings have no influence.
SETTABLE: Table = {**table(Settings()), **_OF_FIFO_QUEUES}

_DEFAULTS_OF_FIFO_QUEUES = attributes.defaults(SETTABLE)
_DEFAULTS = attributes.defaults(table(Settings()))

COMPUTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)

NAMES = frozenset(SETTABLE) | frozenset(COMPUTED) | {"All"}

_KEY_REUSE_PERIOD = 300  # seconds, by default


def policy_limits(settings: Settings) -> policy.Limits:
    return policy.Limits(
        settings.max_policy_size,
        settings.max_policy_statements,
        settings.max_policy_principals,
        settings.max_policy_conditions,
        settings.max_policy_actions,
    )


def defaults(fifo: bool) -> dict[str, Any]:
    """Returns the values of a new queue, by default."""
    return dict(_DEFAULTS_OF_FIFO_QUEUES if fifo else _DEFAULTS)


def read_new(given: Mapping[str, str], fifo: bool, settable: Table) -> dict[str, Any]:
    """Returns the values that `given` sets on a new queue; None for an attribute that it leaves empty.

    Raises InvalidAttributeName for an attribute that such a queue does not have, InvalidAttributeValue for a bad value.
    """
    try:
        values = _read(given, fifo, settable)
    except AWSError as error:
        if error.shape == "OverLimit":  # SetQueueAttributes has this error, CreateQueue does not
            raise invalid_value(error.message) from None
        raise
    # CreateQueue: FifoQueue is true or absent; false is an unknown attribute (reported answer)
    if values.get("FifoQueue") is False:
        raise invalid_attribute_name("FifoQueue")
    _check_throughput(values)
    return values


def read_changes(given: Mapping[str, str], current: Mapping[str, Any], settable: Table) -> dict[str, Any]:
    """Returns the values that `given` sets on a queue with the values `current`; None for attributes that it removes.

    Raises InvalidAttributeName for an attribute that such a queue does not have, InvalidAttributeValue for a bad value,
    OverLimit for a policy that exceeds a limit.
    """
    values = _read(given, "FifoQueue" in current, settable)
    if values.get("FifoQueue") is False:
        raise invalid_attribute_value("FifoQueue", "Modifying queue type is not supported.")
    _check_throughput({**current, **values})
    return values


def _read(given: Mapping[str, str], fifo: bool, settable: Table) -> dict[str, Any]:
    if not given:
        return {}
    if fifo:
        settable = {**settable, **_OF_FIFO_QUEUES}
    values = attributes.read_all(settable, given, _not_settable)
    # SetQueueAttributes: one kind of server-side encryption at a time
    if values.get("KmsMasterKeyId") and values.get("SqsManagedSseEnabled"):
        raise two_kinds_of_encryption()
    return values


def _not_settable(name: str) -> AWSError:
    if name in ("DeduplicationScope", "FifoThroughputLimit"):
        return for_fifo_queues_only(name)
    return invalid_attribute_name(name)


def _check_throughput(values: Mapping[str, Any]) -> None:
    # SetQueueAttributes: perMessageGroupId needs the DeduplicationScope messageGroup
    if values.get("FifoThroughputLimit") == "perMessageGroupId" and values.get("DeduplicationScope") != "messageGroup":
        raise invalid_attribute_value(
            "FifoThroughputLimit",
            "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
        )


def apply(current: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Put `changes` into a queue's values. One kind of encryption replaces the other."""
    attributes.apply(current, changes)
    if changes.get("KmsMasterKeyId"):
        current["SqsManagedSseEnabled"] = False
    elif changes.get("SqsManagedSseEnabled"):
        current.pop("KmsMasterKeyId", None)


def first_difference(given: Mapping[str, Any], current: Mapping[str, Any]) -> str | None:
    """Returns the name of the first of the `given` values that the queue does not have, None if it has them all."""
    for name, value in given.items():
        has = current.get(name)
        same = has == value or (name == "Policy" and has and value and json.loads(has) == json.loads(value))
        if not same:
            return name
    return None


def write(values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the values as a client reads them."""
    written = attributes.write_all(SETTABLE, values)
    period = written.pop("KmsDataKeyReusePeriodSeconds", str(_KEY_REUSE_PERIOD))
    if "KmsMasterKeyId" in written:
        written["KmsDataKeyReusePeriodSeconds"] = period
    return written
