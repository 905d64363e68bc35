"""The attributes of a queue: one table of their values, defaults, and where they may be set.

Source: the SQS API Reference, SetQueueAttributes and GetQueueAttributes; the service's model for the names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.errors import invalid_attribute_name, invalid_attribute_value

Reader = Callable[[str, str], Any]  # name, text -> value; raises InvalidAttributeValue


@dataclass(frozen=True, slots=True)
class Attribute:
    """A settable attribute. `read` turns what a client sends into the value kept, `write` turns it back.

    `default` None means that a queue does not have it until it is set; the empty text takes it away again.
    """

    read: Reader
    write: Callable[[Any], str] = str
    default: Any = None
    fifo_only: bool = False


def _whole(least: int, most: int) -> Reader:
    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            raise invalid_attribute_value(name)
        return int(text)

    return read


def _truth(name: str, text: str) -> bool:
    value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        raise invalid_attribute_value(name)
    return value


def _fifo(name: str, text: str) -> bool:
    if not _truth(name, text):
        raise invalid_attribute_value(name, "Modifying queue type is not supported.")
    return True


def _one_of(*values: str) -> Reader:
    def read(name: str, text: str) -> str:
        if text not in values:
            raise invalid_attribute_value(name)
        return text

    return read


def _text(name: str, text: str) -> str:
    return text


def _policy(name: str, text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not document.get("Statement"):
        raise invalid_attribute_value(name)
    return text


def _document(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise invalid_attribute_value(name) from None


def _write_truth(value: bool) -> str:
    return "true" if value else "false"


def _write_document(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


SETTABLE: dict[str, Attribute] = {
    "VisibilityTimeout": Attribute(_whole(0, 43_200), default=30),
    "MaximumMessageSize": Attribute(_whole(1_024, 1_048_576), default=1_048_576),
    "MessageRetentionPeriod": Attribute(_whole(60, 1_209_600), default=345_600),
    "DelaySeconds": Attribute(_whole(0, 900), default=0),
    "ReceiveMessageWaitTimeSeconds": Attribute(_whole(0, 20), default=0),
    "Policy": Attribute(_policy),
    "RedrivePolicy": Attribute(_document, _write_document),
    "RedriveAllowPolicy": Attribute(_document, _write_document),
    "KmsMasterKeyId": Attribute(_text),
    "KmsDataKeyReusePeriodSeconds": Attribute(_whole(60, 86_400)),
    "SqsManagedSseEnabled": Attribute(_truth, _write_truth, default=True),
    "FifoQueue": Attribute(_fifo, _write_truth, fifo_only=True),
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

_CLEARED_BY_EMPTY = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})


def defaults(fifo: bool) -> dict[str, Any]:
    """The values a new queue has before any are given."""
    return {
        name: attribute.default
        for name, attribute in SETTABLE.items()
        if attribute.default is not None and (fifo or not attribute.fifo_only)
    }


def read(given: Mapping[str, str], fifo: bool) -> dict[str, Any]:
    """The values that `given` sets; None for an attribute that it takes away.

    Raises InvalidAttributeName for one that cannot be set on such a queue, InvalidAttributeValue for a bad value.
    """
    values: dict[str, Any] = {}
    for name, text in given.items():
        attribute = SETTABLE.get(name)
        if attribute is None or (attribute.fifo_only and not fifo):
            raise invalid_attribute_name(name)
        values[name] = None if text == "" and name in _CLEARED_BY_EMPTY else attribute.read(name, text)
    return values


def check_throughput(values: Mapping[str, Any]) -> None:
    """Raises InvalidAttributeValue for a limit by message group without deduplication by message group."""
    by_group = values.get("FifoThroughputLimit") == "perMessageGroupId"
    if by_group and values.get("DeduplicationScope") != "messageGroup":
        raise invalid_attribute_value(
            "FifoThroughputLimit",
            "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
        )


def apply(current: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Put `changes`, as `read` gave them, into a queue's values. One kind of encryption excludes the other."""
    for name, value in changes.items():
        if value is None:
            current.pop(name, None)
        else:
            current[name] = value
    if changes.get("KmsMasterKeyId"):
        current["SqsManagedSseEnabled"] = False
    elif changes.get("SqsManagedSseEnabled"):
        current.pop("KmsMasterKeyId", None)


def write(values: Mapping[str, Any]) -> dict[str, str]:
    """The values as a client reads them."""
    return {name: SETTABLE[name].write(value) for name, value in values.items()}
