"""The checks of a published message, its subject, ids and attributes, and its size.

Sources: the SNS API Reference, Publish; Amazon SNS Developer Guide, "Amazon SNS message attributes"; the error texts
are those of the real service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from decaf.base.message_attributes import MAX_NAME, RESERVED, DotRule, broken_dot_rule, illegal_character, is_id
from decaf.sns.errors import invalid, invalid_message_attribute
from decaf.sns.notification import Attributes
from decaf.sns.sms.preferences import OF_MESSAGE
from decaf_protocol import AWSError

MAX_SUBJECT = 100  # characters

_OF_DEVICES = "AWS.SNS.MOBILE."

Texts = dict[str, str]  # by protocol

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # JSON can escape half a surrogate pair, UTF-8 cannot encode it
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FIELDS = {"String": "String", "Number": "String", "Binary": "Binary"}
_DOTS = {
    DotRule.STARTS_WITH_DOT: "Invalid message attribute name starting with character '.' was found.",
    DotRule.ENDS_WITH_DOT: "Invalid message attribute name ending with character '.' was found.",
    DotRule.SUCCESSIVE_DOTS: "Message attribute name can not have successive '.' character.",
}


def check_message(message: str, subject: str | None) -> None:
    """Raises InvalidParameter for an empty message, or a subject that is no subject of a mail."""
    if not message:
        raise invalid("Empty message")
    if subject is not None and (not 1 <= len(subject) <= MAX_SUBJECT or _CONTROL.search(subject)):
        raise invalid("Subject")


def read_texts(params: Mapping[str, Any], needs_default: bool = True) -> Texts | None:
    """Returns the texts per protocol of a message whose MessageStructure is json, None for any other structure.

    Raises InvalidParameter if the message is not a JSON object, or has no text for all other protocols.
    """
    if params.get("MessageStructure") != "json":
        return None
    try:
        document = json.loads(params["Message"])
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _not_parsed()
    # API Reference, Publish: a key whose value is not a string is ignored.
    texts = {protocol: text for protocol, text in document.items() if isinstance(text, str)}
    if any(_SURROGATE.search(text) for text in texts.values()):
        raise _not_parsed()
    if needs_default and "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return texts


def _not_parsed() -> AWSError:
    return invalid("Message Structure - JSON message body failed to parse")


def check_ids(params: Mapping[str, Any], fifo: bool) -> None:
    """Raises InvalidParameter for a message group or deduplication id that a FIFO topic, or another target, refuses."""
    if fifo and "MessageGroupId" not in params:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if "MessageDeduplicationId" in params and not fifo:
        raise invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter "
            "that is not valid for this topic type"
        )
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        if name in params and not is_id(params[name]):
            raise invalid(
                f"{name} Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            )


def check_attributes(attributes: Attributes) -> None:
    """Raises ParameterValueInvalid for message attributes that SNS refuses."""
    for name, value in attributes.items():
        _check_name(name)
        _check_value(name, value)


def size(message: str, attributes: Attributes | None) -> int:
    """Returns the bytes that count towards size limits: the message, and the attributes' names, types and values."""
    total = len(message) if message.isascii() else len(message.encode())
    for name, value in (attributes or {}).items():
        total += len(name.encode()) + len(value["DataType"].encode())
        total += len(value["BinaryValue"] if "BinaryValue" in value else value["StringValue"].encode())
    return total


@lru_cache(maxsize=1024)  # messages repeat the same few names
def _check_name(name: str) -> None:
    if not name:
        raise invalid_message_attribute("The request must contain non-empty message attribute names.")
    if len(name) > MAX_NAME:
        raise invalid_message_attribute(f"Length of message attribute name must be less than {MAX_NAME} bytes.")
    illegal = illegal_character(name, in_ascii=True)
    if illegal is not None:
        raise invalid_message_attribute(
            f"Invalid non-alphanumeric character '{illegal}' was found in the message attribute "
            "name. Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    broken = broken_dot_rule(name)
    if broken is not None:
        raise invalid_message_attribute(_DOTS[broken])
    if name.lower().startswith(RESERVED) and not (name in OF_MESSAGE or name.startswith(_OF_DEVICES)):
        raise invalid_message_attribute(
            "Message attribute names starting with 'AWS.' or 'Amazon.' are reserved for use by Amazon."
        )


def _check_value(name: str, value: Mapping[str, Any]) -> None:
    data_type = value["DataType"]
    kind, dot, label = data_type.partition(".")
    field = _FIELDS.get(kind)
    if field is None or (dot and not label):  # `String.` as recorded
        raise invalid_message_attribute(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    if ("BinaryValue" if field == "String" else "StringValue") in value:
        raise invalid_message_attribute(
            f"The message attribute '{name}' with type '{data_type}' must use field '{field}'."
        )
    if not value.get(f"{field}Value"):
        raise invalid_message_attribute(
            f"The message attribute '{name}' must contain non-empty message attribute value "
            f"for message attribute type '{data_type}'."
        )
    if field == "String":
        _check_text(name, data_type, value["StringValue"])


def _check_text(name: str, data_type: str, text: str) -> None:
    if data_type.startswith("Number") and _NUMBER.fullmatch(text) is None:
        raise invalid_message_attribute(f"Could not cast message attribute '{name}' value to number.")
    if data_type == "String.Array" and not _is_array(text):
        raise invalid_message_attribute(
            f"The message attribute '{name}' with type 'String.Array' must be a JSON array of strings, numbers, "
            "true, false or null."
        )


def _is_array(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, list) and not any(isinstance(element, list | dict) for element in value)
