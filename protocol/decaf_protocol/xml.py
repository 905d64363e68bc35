"""AWS Query, the way out: a result or an error as XML.

Rule: any text that a user stored comes back through an XML parser as it was. Carriage returns are written as
references, since a parser would normalise them; a character that no XML document can have becomes U+FFFD. Results are
written by writers compiled per operation, for speed; errors by xmltodict, which is also the tests' oracle.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cache
from typing import Any

from decaf_protocol import sqs_query
from decaf_protocol.errors import described
from decaf_protocol.models import Shape, service
from decaf_protocol.wire import AWSError, Reply, Result

CONTENT_TYPE = ("Content-Type", "text/xml")
_NAMESPACES = {
    "sqs": sqs_query.NAMESPACE,
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
_PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'
# Changes, of ASCII, what XML cannot hold, or a parser would not return, or what is markup.
_NOT_PLAIN = bytes(code ^ ((code < 32 and chr(code) not in "\t\n") or chr(code) in "&<>") for code in range(256))
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_Writer = Callable[[Any], str]  # a value -> the XML between its element's tags


def result_reply(service_name: str, operation: str, result: Result, request_id: str) -> Reply:
    """Returns `<OpResponse>` with its `<OpResult>` (none for an operation without output) and the request id."""
    begin, write, end = _document(service_name, operation)
    return _reply(200, f"{begin}{write(result)}<ResponseMetadata><RequestId>{request_id}{end}", request_id)


def error_reply(service_name: str, error: AWSError, request_id: str) -> Reply:
    """Returns `<ErrorResponse>`, SQS's with an empty `<Detail/>`; a GET without action has a document of its own."""
    if error.shape == "UnknownOperationException":
        return _reply(404, unparse({error.shape: None}), request_id)
    status, words = described(service_name, error)
    words["Message"] = _legal(words["Message"])
    if service_name == "sqs":
        words["Detail"] = None
    content = {"@xmlns": _NAMESPACES[service_name], "Error": words, "RequestId": request_id}
    return _reply(status, unparse({"ErrorResponse": content}), request_id)


def unparse(document: dict[str, Any]) -> str:
    """Returns a document as xmltodict writes it, but for carriage returns: the compiled writers must write the same."""
    import xmltodict  # imported when an error needs it: results do not

    text: str = xmltodict.unparse(document, short_empty_elements=True)
    return text.replace("\r", "&#xD;")


def _reply(status: int, text: str, request_id: str) -> Reply:
    return Reply(status, (CONTENT_TYPE, ("x-amzn-RequestId", request_id)), text.encode())


def _legal(text: str) -> str:
    return text if text.isprintable() else _ILLEGAL.sub("\ufffd", text)


def _is_plain(text: str) -> bool:
    """Returns whether text, as most does, stands between tags as it is."""
    return text.isascii() and (written := text.encode()).translate(_NOT_PLAIN) == written


def _are_plain(texts: Collection[str]) -> bool:
    """Returns whether all texts are plain, and none is empty."""
    return all(texts) and _is_plain("".join(texts))


def escaped(text: str) -> str:
    """Returns text as it stands between tags."""
    if _is_plain(text):
        return text  # what follows walks through a text five times
    written = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return written if text.isprintable() else _ILLEGAL.sub("\ufffd", written).replace("\r", "&#xD;")


@cache
def _document(service_name: str, operation: str) -> tuple[str, _Writer, str]:
    """Returns how a response begins, the writer of its result's element, and how it goes on after the request id."""
    shape = service(service_name).operations[operation].output
    begin = f'{_PROLOG}<{operation}Response xmlns="{_NAMESPACES[service_name]}">'
    end = f"</RequestId></ResponseMetadata></{operation}Response>"
    if shape is None:
        return begin, lambda result: "", end
    write = _structure(shape, _flattened if service_name == "sqs" else _wrapped)
    return begin, _element(f"{operation}Result", write), end


def _element(name: str, write: _Writer) -> _Writer:
    """Returns a writer of one element, which has in it what `write` writes."""
    begin, end, empty = f"<{name}>", f"</{name}>", f"<{name}/>"

    def element(value: Any) -> str:
        content = write(value)
        return f"{begin}{content}{end}" if content else empty

    return element


def _elements(name: str, write: _Writer) -> _Writer:
    element, begin, between, end = _element(name, write), f"<{name}>", f"</{name}><{name}>", f"</{name}>"
    if write is not escaped:
        return lambda values: "".join([element(value) for value in values])

    def elements(texts: list[str]) -> str:
        if texts and _are_plain(texts):
            return f"{begin}{between.join(texts)}{end}"
        return "".join([element(text) for text in texts])

    return elements


# A placer turns a member of a structure into a writer of its elements, tags and all. A flattened list of values
# becomes elements of one name, none when it is empty.
_Placer = Callable[[str, Shape], _Writer]


def _structure(shape: Shape, place: _Placer) -> _Writer:
    members = [(name, place(name, inner)) for name, inner in shape.members.items()]

    def write(value: dict[str, Any]) -> str:
        return "".join([writer(inner) for name, writer in members if (inner := value.get(name)) is not None])

    return write


def _flattened(member: str, shape: Shape) -> _Writer:
    """SQS: elements and entries have no element around them; an empty list or map is not written."""
    if shape.kind == "list" and shape.element is not None:
        return _elements(sqs_query.element_name(shape), _value(shape.element, _flattened))
    if shape.kind == "map" and shape.element is not None:
        pair = _pair(shape.element, sqs_query.entry_parts(shape), _flattened)
        entries = _elements(sqs_query.entry_name(member), pair)
        return lambda values: entries(values.items())
    return _element(member, _value(shape, _flattened))


def _wrapped(member: str, shape: Shape) -> _Writer:
    """SNS and STS: elements under `member`, entries under `entry`, in an element that is written even when empty."""
    if shape.kind == "list" and shape.element is not None:
        return _element(member, _elements("member", _value(shape.element, _wrapped)))
    if shape.kind == "map" and shape.element is not None:
        entries = _elements("entry", _pair(shape.element, (shape.key_name, shape.value_name), _wrapped))
        return _element(member, lambda values: entries(values.items()))
    return _element(member, _value(shape, _wrapped))


def _pair(shape: Shape, parts: tuple[str, str], place: _Placer) -> _Writer:
    key_name, value_name = parts
    write_key, write_value = _element(key_name, escaped), _element(value_name, _value(shape, place))
    return lambda pair: write_key(pair[0]) + write_value(pair[1])


def _value(shape: Shape, place: _Placer) -> _Writer:
    if shape.kind == "structure":
        return _structure(shape, place)
    return _SCALARS.get(shape.kind, str)


def _timestamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_SCALARS: dict[str, _Writer] = {
    "string": escaped,
    "blob": lambda blob: b64encode(blob).decode(),
    "boolean": lambda value: "true" if value else "false",
    "timestamp": _timestamp,
}
