"""What a message may hold: the checks of its body and its attributes, and its size.

Sources: the SQS API Reference, SendMessage; Amazon SQS Developer Guide, "Amazon SQS message metadata".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emulator.errors import invalid_parameter, invalid_value
from protocol import AWSError

Attributes = Mapping[str, Mapping[str, Any]]

MAX_ATTRIBUTES = 10
MAX_ATTRIBUTE_NAME = 256  # characters; the same bounds the data type
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z0-9_\-.]+")
_RESERVED = ("aws.", "amazon.")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TYPES = ("String", "Number", "Binary")
_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_TRACE_HEADER = re.compile(r"(?=.*Root=)[\w=;:,\-. ]+", re.ASCII)


def check_body(body: str) -> None:
    """Raises MissingParameter for an empty body, InvalidMessageContents for a character SQS does not take."""
    if not body:
        raise AWSError("MissingRequiredParameterException", "The request must contain the parameter MessageBody.")
    if body.isprintable():  # all such characters are legal; the search costs ten times as much
        return
    illegal = _ILLEGAL.search(body)
    if illegal is not None:
        raise AWSError(
            "InvalidMessageContents",
            f"Invalid binary character '#x{ord(illegal.group()):X}' was found in the message body, "
            "the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] "
            "| [#x10000-#x10FFFF].",
        )


def check_attributes(attributes: Attributes) -> None:
    """Raises InvalidParameterValue for user attributes that SQS does not take."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise invalid_value(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAX_ATTRIBUTES}]."
        )
    for name, value in attributes.items():
        _check_name(name)
        _check_type(name, value.get("DataType", ""))
        _check_value(name, value)


def check_trace_header(attributes: Attributes) -> str | None:
    """The AWSTraceHeader among system attributes, the only one that can be sent.

    Raises InvalidParameterValue for any other, or for one that is not a String.
    """
    for name, value in attributes.items():
        if name != "AWSTraceHeader":
            raise invalid_value(f"Message system attribute name '{name}' is invalid. It can only be AWSTraceHeader.")
        _check_value(name, value, "system")
        if value.get("DataType") != "String":
            raise invalid_value(
                "The data type of message system attribute 'AWSTraceHeader' is invalid. It can only be String."
            )
    header = attributes.get("AWSTraceHeader")
    return None if header is None else str(header["StringValue"])


def check_id(value: str, parameter: str) -> None:
    """Raises InvalidParameterValue unless `value` can be a group, deduplication or receive attempt id."""
    if _ID.fullmatch(value) is None:
        raise invalid_parameter(
            value,
            parameter,
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def size(body: str, attributes: Attributes | None) -> int:
    """The bytes that count against a size limit: body, and names, types and values of user attributes."""
    total = len(body) if body.isascii() else len(body.encode())
    for name, value in (attributes or {}).items():
        total += len(name.encode()) + len(value["DataType"].encode())
        total += len(value["BinaryValue"] if "BinaryValue" in value else value["StringValue"].encode())
    return total


def _check_name(name: str) -> None:
    if not name:
        raise invalid_value("The request must contain non-empty message attribute name.")
    if len(name) > MAX_ATTRIBUTE_NAME:
        raise invalid_value(
            f"Message (user) attribute name '{name}' is invalid. It must be at most {MAX_ATTRIBUTE_NAME} "
            "characters long."
        )
    if name.lower().startswith(_RESERVED):
        raise invalid_value(
            f"Message (user) attribute name '{name}' is invalid. It must not start with a reserved prefix."
        )
    if _NAME.fullmatch(name) is None or name[0] == "." or name[-1] == "." or ".." in name:
        raise invalid_value(
            f"Message (user) attribute name '{name}' is invalid. It can contain alphanumerics, hyphens, "
            "underscores and periods, but not start or end with a period or have two in a row."
        )


def _check_type(name: str, data_type: str) -> None:
    if not data_type:
        raise invalid_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
    kind, dot, label = data_type.partition(".")
    if kind not in _TYPES or (dot and not label) or len(data_type) > MAX_ATTRIBUTE_NAME:
        raise invalid_value(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following "
            "supported type prefixes: Binary, Number, String."
        )


def _check_value(name: str, value: Mapping[str, Any], owner: str = "user") -> None:
    if value.get("StringListValues") or value.get("BinaryListValues"):
        raise AWSError("UnsupportedOperation", "Message attribute list values are not supported.")
    kind = value.get("DataType", "").partition(".")[0]
    member = "BinaryValue" if kind == "Binary" else "StringValue"
    text = value.get(member)
    if not text:
        raise invalid_value(f"Message ({owner}) attribute '{name}' must contain a non-empty value of type '{kind}'.")
    if member == "BinaryValue":
        return
    illegal = _ILLEGAL.search(text)
    if illegal is not None:
        raise invalid_value(
            f"Invalid binary character '#x{ord(illegal.group()):X}' was found in the value of "
            f"message ({owner}) attribute '{name}'."
        )
    if kind == "Number" and not _is_number(text):
        raise invalid_value(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def _is_number(text: str) -> bool:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return False
    digits = match.group(1).replace(".", "").strip("0")
    return len(digits) <= 38 and abs(int((match.group(2) or "e0")[1:])) <= 128
