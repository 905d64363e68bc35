"""Responses, read again: the result or the error's text that a response of ours has, for people who look at a call.

Rule: what comes out is JSON, under the model's member names whatever the codec; blobs stay base64, as they were sent.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from decaf_protocol import query_json, sqs_query
from decaf_protocol.models import Shape, service
from decaf_protocol.wire import Call, Codec, Reply, Result

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def decode_result(call: Call, reply: Reply) -> Result:
    """Returns the result in a response to `call` that is no error."""
    spoken, operation = call.dialect, call.operation
    if spoken.codec is Codec.JSON:
        result: Result = json.loads(reply.body or b"{}")
        return result
    shape = service(spoken.service).operations[operation].output
    if shape is None:
        return {}
    if spoken.codec is Codec.REST_JSON:
        return _of_rest(shape, reply)
    if spoken.codec is Codec.QUERY:
        found = _root(reply).find(f"{{*}}{operation}Result")
        return {} if found is None else _structure(shape, found, spoken.service == "sqs")
    written = json.loads(reply.body)[f"{operation}Response"].get(f"{operation}Result")
    renamed: Result = query_json.with_members(shape, written, spoken.service == "sqs") or {}
    return renamed


def _of_rest(shape: Shape, reply: Reply) -> Result:
    """Returns a result whose members are in the status, the headers and the body; of headers, texts and numbers."""
    headers = {name.lower(): value for name, value in reply.headers}
    result: Result = {}
    for name, place in shape.places.items():
        if place.location == "statusCode":
            result[name] = reply.status
        elif place.location == "header" and place.name.lower() in headers:
            text = headers[place.name.lower()]
            result[name] = int(text) if shape.members[name].kind in ("integer", "long") else text
    if shape.payload is None:
        return {**json.loads(reply.body or b"{}"), **result}
    try:
        return {**result, shape.payload: json.loads(reply.body)}  # of Invoke, what the function returned
    except ValueError:
        return {**result, shape.payload: b64encode(reply.body).decode()}


def error_message(reply: Reply) -> str:
    """Returns the text of the error in a response, "" if it has none."""
    kind = dict(reply.headers).get("Content-Type", "")
    if "json" in kind and reply.body:
        document = json.loads(reply.body)
        words = document.get("Error", document)
        return str(words.get("message") or words.get("Message") or "")
    if "xml" not in kind:
        return ""
    return _root(reply).findtext(".//{*}Message") or ""


def _root(reply: Reply) -> Element:
    from xml.etree.ElementTree import fromstring  # few calls are looked at

    return fromstring(reply.body)


def _structure(shape: Shape, element: Element, flattened: bool) -> dict[str, Any]:
    found = {}
    for name, inner in shape.members.items():
        elements = _elements(name, inner, element, flattened)
        if elements is not None:
            found[name] = _read(inner, elements, flattened)
    return found


def _elements(name: str, shape: Shape, element: Element, flattened: bool) -> list[Element] | None:
    """Returns the elements of a member, those in a list or map one by one; None if it was not written."""
    written = sqs_query.wire_name(name, shape) if flattened else name
    found = element.findall(f"{{*}}{written}")
    if not found:
        return None
    return found if flattened or shape.scalar or shape.kind == "structure" else list(found[0])


def _read(shape: Shape, elements: list[Element], flattened: bool) -> Any:
    inner = shape.element
    if shape.kind == "list" and inner is not None:
        return [_read(inner, [each], flattened) for each in elements]
    if shape.kind == "map" and inner is not None:
        key, value = sqs_query.entry_parts(shape) if flattened else (shape.key_name, shape.value_name)
        pairs = ((each.findtext(f"{{*}}{key}") or "", each.findall(f"{{*}}{value}")) for each in elements)
        return {name: _read(inner, values, flattened) for name, values in pairs}
    (element,) = elements
    if shape.kind == "structure":
        return _structure(shape, element, flattened)
    text = element.text or ""
    if shape.kind in ("integer", "long"):
        return int(text)
    return text == "true" if shape.kind == "boolean" else text
