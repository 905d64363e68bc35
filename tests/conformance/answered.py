"""Properties of any request: it becomes a Call or an AWSError, never another exception.

Rule: an error can always be answered in the client's own dialect, and a Call holds nothing that fails later.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from decaf_protocol import decode, dialect, encode_error, operations
from decaf_protocol.wire import AWSError, Codec, Dialect, Reply, Request
from tests.conformance.pair import HOST, REQUEST_ID

JSON_HEADERS = {"host": HOST, "content-type": "application/x-amz-json-1.0"}
FORM_HEADERS = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}


def json_call(operation: str, body: bytes) -> Request:
    return Request("POST", "/", JSON_HEADERS | {"x-amz-target": f"AmazonSQS.{operation}"}, body)


def form_call(form: bytes) -> Request:
    return Request("POST", "/", FORM_HEADERS, form)


def assert_readable(of: Dialect, reply: Reply) -> None:
    """A client of this dialect can parse the body, which only a response with status 204 lacks."""
    if reply.status == 204:
        assert reply.body == b""
        return
    kind = dict(reply.headers)["Content-Type"]
    if kind.endswith("cbor"):
        assert reply.body[0] >> 5 == 5, "a map of CBOR (RFC 8949, section 3.1)"
    elif kind.endswith("xml"):
        assert of.codec is not Codec.JSON
        ET.fromstring(reply.body)
    elif reply.body:
        json.loads(reply.body)


def assert_utf8(value: Any) -> None:
    """Check that no lone surrogate is in a Call: its values can be hashed, stored and sent on."""
    if isinstance(value, dict):
        for name, member in value.items():
            assert_utf8(name)
            assert_utf8(member)
    elif isinstance(value, list):
        for entry in value:
            assert_utf8(entry)
    elif isinstance(value, str):
        value.encode()


def assert_answered(request: Request) -> None:
    of = dialect(request)
    try:
        call = decode(request)
    except AWSError as error:
        reply = encode_error(of, error, REQUEST_ID)
        assert 400 <= reply.status <= 599
        assert_readable(of, reply)
    else:
        assert call.dialect == of
        assert call.operation in operations(of.service)
        assert_utf8(call.params)
