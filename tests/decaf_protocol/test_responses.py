"""Responses read again: what was written comes out under the model's names, whatever the codec."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol import (
    AWSError,
    Call,
    Codec,
    Dialect,
    Reply,
    decode_result,
    encode_error,
    encode_result,
    error_message,
    operations,
)
from decaf_protocol.models import service
from tests.decaf_protocol.values import of_shape

CODECS = {
    "sqs": (Codec.JSON, Codec.QUERY, Codec.QUERY_AS_JSON),
    "sns": (Codec.QUERY, Codec.QUERY_AS_JSON),
    "sts": (Codec.QUERY, Codec.QUERY_AS_JSON),
}
SPOKEN = [Dialect(name, codec) for name, codecs in CODECS.items() for codec in codecs]


def _without_timestamps(value: Any) -> Any:
    """JSON has epoch seconds, XML a date: the test compares all else."""
    if isinstance(value, dict):
        return {
            name: _without_timestamps(inner) for name, inner in value.items() if name not in ("CreatedAt", "Expiration")
        }
    return [_without_timestamps(inner) for inner in value] if isinstance(value, list) else value


def _as_json(value: Any) -> Any:
    return json.loads(encode_result(_call(Dialect("sqs", Codec.JSON), "SendMessage"), value, "id").body)


def _call(spoken: Dialect, operation: str) -> Call:
    return Call(spoken, operation, {}, "000000000000", "us-east-1", "localhost", None)


@given(st.data())
def test_a_result_is_read_as_it_was_written(data: st.DataObject) -> None:
    spoken = data.draw(st.sampled_from(SPOKEN))
    operation = data.draw(st.sampled_from(operations(spoken.service)))
    shape = service(spoken.service).operations[operation].output
    result = {} if shape is None else data.draw(of_shape(shape))
    call = _call(spoken, operation)
    read = decode_result(call, encode_result(call, result, "id"))
    assert _without_timestamps(read) == _without_timestamps(_as_json(result))


@pytest.mark.parametrize("spoken", SPOKEN, ids=str)
def test_the_text_of_an_error_is_read(spoken: Dialect) -> None:
    reply = encode_error(spoken, AWSError("InvalidParameterValueException", "1 < 2 & so on"), "id")
    assert error_message(reply) == "1 < 2 & so on"


def test_a_response_without_a_text_has_none() -> None:
    assert error_message(Reply(500, (("Content-Type", "application/cbor"),), b"\xa0")) == ""
    assert error_message(Reply(404, (("Content-Type", "text/xml"),), b"<UnknownOperationException/>")) == ""


@pytest.mark.parametrize(
    ("payload", "read"), [(b'"latte"', "latte"), (b'{"made": 1}', {"made": 1}), (b"", ""), (b"\xff", "/w==")]
)
def test_a_response_of_lambda_has_members_in_its_status_its_headers_and_its_body(payload: bytes, read: Any) -> None:
    invoked = {"StatusCode": 200, "FunctionError": "Unhandled", "ExecutedVersion": "$LATEST", "Payload": payload}
    call = _call(Dialect("lambda", Codec.REST_JSON), "Invoke")
    assert decode_result(call, encode_result(call, invoked, "id")) == {**invoked, "Payload": read}
    listed = {"Functions": [{"FunctionName": "brew", "Timeout": 3}], "NextMarker": "brew"}
    call = _call(Dialect("lambda", Codec.REST_JSON), "ListFunctions")
    assert decode_result(call, encode_result(call, listed, "id")) == listed
