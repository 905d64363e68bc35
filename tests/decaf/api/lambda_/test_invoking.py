"""Invoke, by boto3: results, errors, logs, events and limits."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.decaf.api.lambda_.conftest import ROLE
from tests.live import Live
from tests.refusals import refusal

FAILS = "def handle(event, context):\n    raise ValueError('no milk')\n"


def test_a_function_returns_its_result(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    response = lambda_.invoke(FunctionName="brew", Payload=b'{"cups": [1, "\xc3\xa9"]}')
    assert json.loads(response["Payload"].read()) == {"cups": [1, "é"]}
    assert (response["StatusCode"], response["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in response
    assert "LogResult" not in response
    assert response["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"


def test_without_a_payload_the_event_is_empty(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    assert lambda_.invoke(FunctionName="brew")["Payload"].read() == b"{}"


def test_an_error_of_a_function_is_a_response(lambda_: Any, create: Callable[..., Any]) -> None:
    create(code=FAILS)
    response = lambda_.invoke(FunctionName="brew")
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    error = json.loads(response["Payload"].read())
    assert (error["errorMessage"], error["errorType"]) == ("no milk", "ValueError")


def test_a_function_knows_its_context(lambda_: Any, create: Callable[..., Any]) -> None:
    arn = create(
        code="def handle(event, context):\n"
        "    return [context.invoked_function_arn, context.function_version, context.client_context.custom]\n"
    )["FunctionArn"]
    context = base64.b64encode(b'{"custom": {"table": 7}}').decode()
    response = lambda_.invoke(FunctionName="brew", Qualifier="$LATEST", ClientContext=context)
    assert json.loads(response["Payload"].read()) == [f"{arn}:$LATEST", "$LATEST", {"table": 7}]


@pytest.mark.parametrize("context", ["%%%", base64.b64encode(b"[]").decode(), base64.b64encode(b"\xff").decode()])
def test_a_client_context_is_json(lambda_: Any, create: Callable[..., Any], context: str) -> None:
    create()
    code, message = refusal(lambda_.invoke, FunctionName="brew", ClientContext=context)
    assert code == "InvalidRequestContentException"
    assert message == "Client context must be a valid Base64-encoded JSON object."


def test_the_end_of_the_log_is_returned_when_it_is_asked_for(lambda_: Any, create: Callable[..., Any]) -> None:
    create(code="def handle(event, context):\n    print('x' * 5000)\n    print('the end')\n")
    response = lambda_.invoke(FunctionName="brew", LogType="Tail")
    log = base64.b64decode(response["LogResult"])
    assert len(log) == 4096
    assert b"the end\nEND RequestId: " in log
    assert log.rstrip().splitlines()[-1].startswith(b"REPORT RequestId: ")


def test_a_dry_run_runs_nothing(lambda_: Any, create: Callable[..., Any]) -> None:
    create(code=FAILS)
    response = lambda_.invoke(FunctionName="brew", InvocationType="DryRun")
    assert (response["StatusCode"], response["Payload"].read()) == (204, b"")


def test_an_event_is_answered_at_once_and_run_again_when_it_fails(
    live: Live, lambda_: Any, create: Callable[..., Any], account: str, advance: Callable[[float], None]
) -> None:
    sqs = live.client("sqs", account)
    queue = sqs.create_queue(QueueName="failed")["QueueUrl"]
    create(code=FAILS, DeadLetterConfig={"TargetArn": f"arn:aws:sqs:us-east-1:{account}:failed"})
    response = lambda_.invoke(FunctionName="brew", InvocationType="Event", Payload=b'{"cup": 1}')
    assert (response["StatusCode"], response["Payload"].read()) == (202, b"")
    advance(600)
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {"cup": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no milk"
    sqs.close()


def test_a_payload_is_json(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    for payload in (b"{", b"\xff", b"nothing"):
        code, message = refusal(lambda_.invoke, FunctionName="brew", Payload=payload)
        assert code == "InvalidRequestContentException"
        assert message.startswith("Could not parse request body into json: ")


def test_an_event_may_have_a_megabyte(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    payload = b'"' + b"x" * (1_048_576 - 2) + b'"'
    assert lambda_.invoke(FunctionName="brew", InvocationType="Event", Payload=payload)["StatusCode"] == 202
    code, message = refusal(lambda_.invoke, FunctionName="brew", InvocationType="Event", Payload=payload + b" ")
    assert code == "RequestEntityTooLargeException"
    assert message == "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"


def test_a_payload_may_have_six_megabytes(lambda_: Any, create: Callable[..., Any]) -> None:
    create(code="def handle(event, context):\n    return len(event)\n")
    payload = b'"' + b"x" * (6_291_456 - 2) + b'"'
    assert lambda_.invoke(FunctionName="brew", Payload=payload)["Payload"].read() == b"6291454"
    code, message = refusal(lambda_.invoke, FunctionName="brew", Payload=payload + b" ")
    assert code == "RequestEntityTooLargeException"
    assert message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"


def test_a_result_may_have_six_megabytes(lambda_: Any, create: Callable[..., Any]) -> None:
    create(code="def handle(event, context):\n    return 'x' * 6291600\n", Timeout=20)
    response = lambda_.invoke(FunctionName="brew")
    assert response["FunctionError"] == "Unhandled"
    assert json.loads(response["Payload"].read())["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_function_that_may_not_run_is_throttled(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    lambda_.put_function_concurrency(FunctionName="brew", ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_.exceptions.TooManyRequestsException) as throttled:
        lambda_.invoke(FunctionName="brew")
    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert throttled.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


@pytest.mark.parametrize("member", ["InvocationType", "LogType"])
def test_an_unknown_kind_is_refused(lambda_: Any, create: Callable[..., Any], member: str) -> None:
    create()
    code, message = refusal(lambda_.invoke, FunctionName="brew", **{member: "Soon"})
    assert code == "ValidationException"
    assert message.startswith(f"1 validation error detected: Value 'Soon' at '{member[0].lower()}{member[1:]}' failed")


def test_a_function_that_cannot_be_reached_fails(live: Live, lambda_: Any) -> None:
    live.control.add_function("far", url="http://127.0.0.1:9")
    try:
        response = lambda_.invoke(FunctionName="far")
        assert response["FunctionError"] == "Unhandled"
        assert json.loads(response["Payload"].read())["errorType"] == "Runtime.InvalidEntrypoint"
        described = lambda_.get_function(FunctionName="far")
        assert described["Code"] == {}
        assert "Handler" not in described["Configuration"]
        assert refusal(lambda_.update_function_configuration, FunctionName="far", Handler="a.b", Role=ROLE)[0] == (
            "InvalidParameterValueException"
        )
    finally:
        live.control.remove_function("far")
