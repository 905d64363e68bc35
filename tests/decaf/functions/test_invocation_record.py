"""What destinations and dead-letter queues get about an asynchronous invocation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.functions.invocation import Invocation
from decaf.functions.invocation_record import attributes_of, record_of

ARN = "arn:aws:lambda:us-east-1:111111111111:function:brew"
LONG = json.dumps({"errorMessage": "x" * 2_000}).encode()


def test_a_record_is_in_the_form_of_the_guide() -> None:
    invocation = Invocation("id", ARN, payload=b'{"errorMessage": "out of milk"}', error="Unhandled")
    assert json.loads(record_of("RetriesExhausted", b'{"drink": "latte"}', invocation, 3, 1_573_754_165.568)) == {
        "version": "1.0",
        "timestamp": "2019-11-14T17:56:05.568Z",
        "requestContext": {
            "requestId": "id",
            "functionArn": f"{ARN}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"drink": "latte"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "out of milk"},
    }


def test_a_function_that_was_not_invoked_has_no_response_in_it() -> None:
    record = json.loads(
        record_of("EventAgeExceeded", b"no JSON", Invocation("id", f"{ARN}:live", obstacle="throttled"), 0, 0)
    )
    assert record.keys() == {"version", "timestamp", "requestContext", "requestPayload"}
    assert (record["requestContext"]["functionArn"], record["requestPayload"]) == (f"{ARN}:live", "no JSON")


@pytest.mark.parametrize(
    ("invocation", "code", "message"),
    [
        (Invocation("id", ARN, payload=b'{"errorMessage": "out of milk"}', error="Unhandled"), "200", "out of milk"),
        (Invocation("id", ARN, payload=b"", obstacle="throttled", reason="Rate Exceeded."), "429", "Rate Exceeded."),
        (
            Invocation("id", ARN, payload=b"ok", obstacle="refused", reason="refused: ok", status=404),
            "404",
            "refused: ok",
        ),
        (Invocation("id", ARN, obstacle="unreachable", reason="cannot connect"), "500", "cannot connect"),
        (
            Invocation("id", ARN, payload=LONG, error="Unhandled"),
            "200",
            "x" * 1_024,
        ),
    ],
)
def test_a_dead_letter_has_three_attributes(invocation: Invocation, code: str, message: str) -> None:
    assert attributes_of(invocation) == {
        "RequestID": {"DataType": "String", "StringValue": "id"},
        "ErrorCode": {"DataType": "Number", "StringValue": code},
        "ErrorMessage": {"DataType": "String", "StringValue": message},
    }


@given(st.text(st.characters()))  # with halves of surrogate pairs
def test_what_is_sent_can_be_encoded(text: str) -> None:
    document = json.dumps({"errorMessage": text}).encode()
    invocation = Invocation("id", ARN, payload=document, error="Unhandled")
    record_of("RetriesExhausted", document, invocation, 3, 0.0).encode()
    attributes_of(invocation)["ErrorMessage"]["StringValue"].encode()


def test_half_a_surrogate_pair_is_replaced() -> None:
    invocation = Invocation("id", ARN, payload=rb'{"errorMessage": "bad \ud800, good \ud83d\ude00"}', error="Unhandled")
    assert attributes_of(invocation)["ErrorMessage"]["StringValue"] == "bad \ufffd, good \U0001f600"
    record = json.loads(record_of("RetriesExhausted", b"1", invocation, 3, 0.0))
    assert record["responsePayload"] == {"errorMessage": "bad \ufffd, good \U0001f600"}
