"""Strategies for REST-JSON: as those of strategies.py, with what fits into a path, a header or a status.

Rule: what cannot be sent is not drawn: an empty label, an empty list in a query, control characters in a header.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

from tests.conformance.strategies import Values, _value, operation_names, service_model

header_texts = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


def without_events(service: str) -> list[str]:
    """The operations whose input and output are no streams of events, which are a format of its own."""
    model = service_model(service)
    found = {name: model.operation_model(name) for name in operation_names(service)}
    return [name for name, each in found.items() if not (each.has_event_stream_input or each.has_event_stream_output)]


@lru_cache
def rest_inputs(service: str, operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of one call."""
    shape = service_model(service).operation_model(operation).input_shape
    return _members(shape) if shape else st.just({})


@lru_cache
def rest_outputs(service: str, operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Results of one call; {} for an operation that has none."""
    shape = service_model(service).operation_model(operation).output_shape
    return _members(shape) if shape else st.just({})


@lru_cache
def errors(service: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """The members of an error, except its message and Type."""
    shape = service_model(service).shape_for(name)
    return _members(shape).map(
        lambda members: {key: value for key, value in members.items() if key not in ("Type", "message", "Message")}
    )


def _members(shape: Any) -> st.SearchStrategy[dict[str, Any]]:
    payload = shape.serialization.get("payload")
    statuses = {name for name, member in shape.members.items() if member.serialization.get("location") == "statusCode"}
    required = {*shape.required_members, payload, *statuses}  # no body, and `{}`, would look the same
    members = {
        name: (_payload(member) if name == payload else _placed(member)).map(_whole_seconds)
        for name, member in shape.members.items()
    }
    return st.fixed_dictionaries(
        {name: values for name, values in members.items() if name in required},
        optional={name: values for name, values in members.items() if name not in required},
    )


def _placed(shape: Any) -> Values:
    location = shape.serialization.get("location")
    if location == "statusCode":
        return st.sampled_from([200, 201, 202])
    if location in ("header", "headers"):
        return _in_header(shape)
    values = _value(shape, 1 if location else 0)
    if location == "uri" and shape.type_name == "string":
        return values.filter(lambda text: text.strip("/") == text != "")
    return values


def _in_header(shape: Any) -> Values:
    if shape.type_name == "string" and not shape.enum and not shape.serialization.get("jsonvalue"):
        least, most = shape.metadata.get("min", 1), shape.metadata.get("max", 1000)
        if "pattern" in shape.metadata:
            return _value(shape, 1).filter(lambda text: text.isascii() and text.isprintable() and text.strip() == text)
        return header_texts.map(lambda text: text.ljust(least, "x")[:most])
    if shape.type_name == "map":
        return st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), header_texts, min_size=1, max_size=3)
    if shape.serialization.get("jsonvalue"):
        return st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=3)
    return _value(shape, 1)


def _payload(shape: Shape) -> Values:
    return st.binary(min_size=1, max_size=16) if shape.type_name == "blob" else _value(shape, 1)


def _whole_seconds(value: Any) -> Any:
    """The value with its moments cut to seconds: botocore writes no fraction."""
    if isinstance(value, dict):
        return {name: _whole_seconds(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole_seconds(entry) for entry in value]
    if isinstance(value, datetime):
        return value - timedelta(microseconds=value.microsecond)
    return value
