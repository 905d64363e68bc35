"""The checks of a message's body and attributes, and its size.

Sources: the SQS API Reference, SendMessage; Amazon SQS Developer Guide, "Amazon SQS message metadata".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from decaf.base.message_attributes import (
    MAX_NAME,
    RESERVED,
    DotRule,
    broken_dot_rule,
    code_point,
    illegal_character,
    is_id,
)
from decaf.sqs.errors import (
    attribute_lists_not_supported,
    invalid_message_contents,
    invalid_parameter,
    invalid_value,
    missing_parameter,
)
from decaf_protocol import is_plain

Value = Mapping[str, Any]  # the model's MessageAttributeValue
Attributes = Mapping[str, Value]

MAX_ATTRIBUTES = 10  # of a message, unless the settings say otherwise
_ALLOWED = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LEGAL = b"\t\n\r" + bytes(range(32, 128))  # in ASCII
_DOTS = {
    DotRule.STARTS_WITH_DOT: "begin with character '.'",
    DotRule.ENDS_WITH_DOT: "end with character '.'",
    DotRule.SUCCESSIVE_DOTS: "have successive '.' characters",
}
_NUMBER = re.compile(r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_PRECISION, _SMALLEST, _LARGEST = 38, -128, 126  # digits; powers of ten
_TYPES = ("String", "Number", "Binary")
_TRACE_HEADER = re.compile(r"(?=(.*;)?\s*Root=)(\s*[A-Za-z]\w*=[^;]+(;|$))+", re.ASCII)


def check_body(body: str) -> None:
    """Raises MissingParameter for an empty body, InvalidMessageContents for a character that SQS does not accept."""
    if not body:
        raise missing_parameter("MessageBody")
    if is_plain(body) or (body.isascii() and not body.encode().translate(None, _LEGAL)):
        return  # the search, which covers all characters, takes twenty times as long
    illegal = _ILLEGAL.search(body)
    if illegal is not None:
        raise invalid_message_contents(code_point(illegal.group()), _ALLOWED)


def check_attributes(attributes: Attributes, most: int = MAX_ATTRIBUTES) -> dict[str, dict[str, Any]]:
    """Returns a message's user attributes as they are kept: without the empty members that some clients send.

    Raises InvalidParameterValue for attributes that SQS does not accept, UnsupportedOperation for lists.
    """
    if len(attributes) > most:
        raise invalid_value(f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{most}].")
    return {name: _check_attribute(name, value) for name, value in attributes.items()}


def check_trace_header(attributes: Attributes) -> str | None:
    """Return the value of AWSTraceHeader, the only system attribute that can be sent; None if it is not there.

    Raises InvalidParameterValue for any other attribute, and for a value that is not an X-Ray trace header.
    """
    for name, value in attributes.items():
        if name != "AWSTraceHeader":
            raise invalid_value(f"Message system attribute name '{name}' is invalid.")
        if value.get("DataType") != "String":
            raise invalid_value(
                "The type of message system attribute 'AWSTraceHeader' is invalid. You must use String."
            )
        _check_value(name, "String", value, "system")
        if not is_trace_header(value["StringValue"]):
            raise invalid_value("The value of message system attribute 'AWSTraceHeader' is no X-Ray trace header.")
    header = attributes.get("AWSTraceHeader")
    return None if header is None else str(header["StringValue"])


def is_trace_header(text: str) -> bool:
    """Whether `text` is an X-Ray trace header, as `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1` is."""
    return _TRACE_HEADER.fullmatch(text) is not None


def check_id(value: str, parameter: str) -> None:
    """Raises InvalidParameterValue unless `value` can be a group, deduplication or receive attempt id."""
    if not is_id(value):
        raise invalid_parameter(
            value,
            parameter,
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def size(body: str, attributes: Attributes | None) -> int:
    """Return the bytes that count against a size limit: body, and names, types and values of user attributes."""
    total = _length(body)
    if attributes is None:
        return total
    for name, value in attributes.items():
        total += _length(name) + _length(value.get("DataType", ""))
        total += len(value.get("BinaryValue", b"")) + _length(value.get("StringValue", ""))
    return total


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


@lru_cache(maxsize=1024)  # messages repeat the same few names
def _check_name(name: str) -> None:
    if not name:
        raise invalid_value("The request must contain non-empty message attribute name.")
    if len(name) > MAX_NAME:
        raise invalid_value(f"Message (user) attribute name must be shorter than {MAX_NAME} bytes.")
    illegal = illegal_character(name, in_ascii=False)  # "attr.1øßä", in a recorded answer
    if illegal is not None:
        raise invalid_value(
            f"Invalid non-alphanumeric character '{illegal}' was found in the message attribute name. "
            "Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.lower().startswith(RESERVED):
        raise invalid_value(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
            "These strings are reserved for internal use."
        )
    broken = broken_dot_rule(name)
    if broken is not None:
        raise invalid_value(f"Message (user) attribute name must not {_DOTS[broken]}.")


def _check_attribute(name: str, value: Value) -> dict[str, Any]:
    _check_name(name)
    if value.get("StringListValues") or value.get("BinaryListValues"):
        raise attribute_lists_not_supported()
    data_type = value.get("DataType", "")
    kind = _kind(name, data_type)
    _check_value(name, kind, value, "(user)")
    field = "BinaryValue" if kind == "Binary" else "StringValue"
    return {"DataType": data_type, field: value[field]}


@lru_cache(maxsize=1024)  # as _check_name
def _kind(name: str, data_type: str) -> str:
    """Returns the type that a data type is of, which may have a label: Number for Number.float."""
    if not data_type:
        raise invalid_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
    kind, dot, label = data_type.partition(".")
    if kind not in _TYPES or (dot and not label):
        raise invalid_value(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following "
            "supported type prefixes: Binary, Number, String."
        )
    if len(data_type) > MAX_NAME:
        raise invalid_value(f"Message (user) attribute type must be shorter than {MAX_NAME} bytes.")
    return kind


def _check_value(name: str, kind: str, value: Value, owner: str) -> None:
    text, data = value.get("StringValue"), value.get("BinaryValue")
    if not text and not data:
        raise invalid_value(f"Message {owner} attribute '{name}' must contain a non-empty value of type '{kind}'.")
    if text and data:
        raise invalid_value(f"Message {owner} attribute '{name}' must have a single value.")
    if bool(data) != (kind == "Binary"):
        wanted = "Binary" if kind == "Binary" else "String"
        raise invalid_value(f"Message {owner} attribute '{name}' with type '{kind}' must use field '{wanted}'.")
    if text:
        _check_text(name, text, kind, owner)


def _check_text(name: str, text: str, kind: str, owner: str) -> None:
    illegal = None if text.isprintable() else _ILLEGAL.search(text)
    if illegal is not None:
        raise invalid_value(
            f"Invalid binary character '{code_point(illegal.group())}' was found in the message attribute '{name}' "
            f"value, the set of allowed characters is {_ALLOWED}."
        )
    if kind == "Number" and not _is_number(text):
        raise invalid_value(f"Can't cast the value of message {owner} attribute '{name}' to a number.")


def _is_number(text: str) -> bool:
    """Returns whether a Number has up to 38 significant digits, and is 0 or from 10^-128 to 10^126 in magnitude."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return False
    digits, exponent = match.groups()
    if exponent is None and len(digits) <= _PRECISION:
        return True
    if len(digits.replace(".", "").strip("0")) > _PRECISION:
        return False
    number = abs(Decimal(text))
    return number == 0 or Decimal(10) ** _SMALLEST <= number <= Decimal(10) ** _LARGEST
