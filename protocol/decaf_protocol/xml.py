"""AWS Query, the way out: a result or an error as XML.

Rule: any text that a user stored comes back through an XML parser as it was. Carriage returns are written as
references, since a parser would normalise them; a character that no XML document can have becomes U+FFFD. Results are
written by writers compiled per operation, for speed; errors by xmltodict, which is also the tests' oracle.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from decaf_protocol import sqs_query
from decaf_protocol.errors import described
from decaf_protocol.models import Shape, service
from decaf_protocol.native import native
from decaf_protocol.wire import AWSError, Reply, Result

CONTENT_TYPE = ("Content-Type", "text/xml")
_NAMESPACES = {
    "sqs": sqs_query.NAMESPACE,
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
_PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'
# What ASCII text has that XML cannot hold, or a parser would not return, or that is markup.
_NOT_PLAIN = bytes(code for code in range(32) if chr(code) not in "\t\n") + b"&<>"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Takes a value and the parts of a document so far, and adds those of the value.
_Writer = Callable[[Any, list[str]], None]


def result_reply(service_name: str, operation: str, result: Result, request_id: str) -> Reply:
    """Returns `<OpResponse>` with its `<OpResult>` (none for an operation without output) and the request id."""
    begin, write, end = _document(service_name, operation)
    parts = [begin]
    write(result, parts)
    parts += "<ResponseMetadata><RequestId>", request_id, end
    return _reply(200, "".join(parts), request_id)


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


def find_plain(text: str) -> bool:
    """Returns whether text, as most does, stands between tags as it is: ASCII, and nothing in it is to be escaped."""
    return text.isascii() and len(text.encode().translate(None, _NOT_PLAIN)) == len(text)


is_plain: Callable[[str], bool] = native("decaf_protocol._query", "is_plain") or find_plain


def escaped(text: str) -> str:
    """Returns text as it stands between tags. It walks through a text five times: see first whether that is plain."""
    written = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return written if text.isprintable() else _ILLEGAL.sub("\ufffd", written).replace("\r", "&#xD;")


@cache
def _document(service_name: str, operation: str) -> tuple[str, _Writer, str]:
    """Returns how a response begins, the writer of its result's element, and how it goes on after the request id."""
    shape = service(service_name).operations[operation].output
    begin = f'{_PROLOG}<{operation}Response xmlns="{_NAMESPACES[service_name]}">'
    end = f"</RequestId></ResponseMetadata></{operation}Response>"
    if shape is None:
        return begin, lambda result, parts: None, end
    write = _structure(shape, _flattened if service_name == "sqs" else _wrapped)
    return begin, _element(f"{operation}Result", write), end


def _element(name: str, write: _Writer) -> _Writer:
    """Returns a writer of one element, which has in it what `write` writes."""
    begin, end, empty = f"<{name}>", f"</{name}>", f"<{name}/>"

    def element(value: Any, parts: list[str]) -> None:
        parts.append(begin)
        before = len(parts)
        write(value, parts)
        if len(parts) > before:
            parts.append(end)
        else:
            parts[-1] = empty

    return element


def _scalar(name: str, text_of: Callable[[Any], str]) -> _Writer:
    """Returns a writer of one element, which has in it the text of a value."""
    begin, end, empty = f"<{name}>", f"</{name}>", f"<{name}/>"

    def element(value: Any, parts: list[str]) -> None:
        text = text_of(value)
        parts.append(f"{begin}{text}{end}" if text else empty)

    return element


def _text(name: str) -> _Writer:
    """Returns a writer of one element, which has a text in it."""
    begin, end, empty = f"<{name}>", f"</{name}>", f"<{name}/>"

    def element(text: str, parts: list[str]) -> None:
        if text:
            parts += begin, text if is_plain(text) else escaped(text), end
        else:
            parts.append(empty)

    return element


def _each(write: _Writer) -> _Writer:
    """Returns a writer of the elements of a list, one after the other."""

    def elements(values: Iterable[Any], parts: list[str]) -> None:
        for value in values:
            write(value, parts)

    return elements


def _texts(name: str) -> _Writer:
    """Returns a writer of a list of texts, which are checked as a whole."""
    one, begin, between, end = _text(name), f"<{name}>", f"</{name}><{name}>", f"</{name}>"

    def elements(texts: list[str], parts: list[str]) -> None:
        if texts and all(texts) and is_plain("".join(texts)):
            parts += begin, between.join(texts), end
        else:
            for text in texts:
                one(text, parts)

    return elements


# A placer turns a member of a structure into a writer of its elements, tags and all. A flattened list of values
# becomes elements of one name, none when it is empty.
_Placer = Callable[[str, Shape], _Writer]


def _structure(shape: Shape, place: _Placer) -> _Writer:
    members = [(name, place(name, inner)) for name, inner in shape.members.items()]

    def write(value: dict[str, Any], parts: list[str]) -> None:
        for name, member in members:
            if (inner := value.get(name)) is not None:
                member(inner, parts)

    return write


def _flattened(member: str, shape: Shape) -> _Writer:
    """SQS: elements and entries have no element around them; an empty list or map is not written."""
    if shape.kind == "list" and shape.element is not None:
        return _list(sqs_query.element_name(shape), shape.element, _flattened)
    if shape.kind == "map" and shape.element is not None:
        return _map(sqs_query.entry_name(member), sqs_query.entry_parts(shape), shape.element, _flattened)
    return _one(member, shape, _flattened)


def _wrapped(member: str, shape: Shape) -> _Writer:
    """SNS and STS: elements under `member`, entries under `entry`, in an element that is written even when empty."""
    if shape.kind == "list" and shape.element is not None:
        return _element(member, _list("member", shape.element, _wrapped))
    if shape.kind == "map" and shape.element is not None:
        return _element(member, _map("entry", (shape.key_name, shape.value_name), shape.element, _wrapped))
    return _one(member, shape, _wrapped)


def _list(name: str, element: Shape, place: _Placer) -> _Writer:
    return _texts(name) if element.kind == "string" else _each(_one(name, element, place))


def _map(name: str, parts: tuple[str, str], element: Shape, place: _Placer) -> _Writer:
    key_name, value_name = parts
    write_key, write_value = _text(key_name), _one(value_name, element, place)

    def pair(entry: tuple[str, Any], parts: list[str]) -> None:
        write_key(entry[0], parts)
        write_value(entry[1], parts)

    entries = _each(_element(name, pair))
    return lambda values, parts: entries(values.items(), parts)


def _one(name: str, shape: Shape, place: _Placer) -> _Writer:
    """Returns a writer of a structure or a scalar in an element."""
    if shape.kind == "structure":
        return _element(name, _structure(shape, place))
    if shape.kind == "string":
        return _text(name)
    return _scalar(name, _SCALARS.get(shape.kind, str))


def _timestamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_SCALARS: dict[str, Callable[[Any], str]] = {
    "blob": lambda blob: b64encode(blob).decode(),
    "boolean": lambda value: "true" if value else "false",
    "timestamp": _timestamp,
}
