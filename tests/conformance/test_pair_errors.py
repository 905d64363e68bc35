"""How we refuse, botocore understands: code, message, fault, status and exception of every error.

Rule: the table in errors.py says what to expect; the errors of SQS over Query are in test_legacy_query.py.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import example, given

from decaf_protocol import encode_error, error_code
from decaf_protocol.wire import AWSError, Codec, Dialect, Reply
from tests.conformance.errors import SNS_ERRORS, SNS_MODELLED, SQS_ERRORS, SQS_MODELLED, SQS_OF_JSON, ErrorAsAnswered
from tests.conformance.pair import HOST, REQUEST_ID, parsed
from tests.conformance.strategies import few_examples, service_model, xml_text

SQS = Dialect("sqs", Codec.JSON)
SNS = Dialect("sns", Codec.QUERY)
SQS_IN_JSON = SQS_ERRORS + SQS_OF_JSON

of_sqs = pytest.mark.parametrize("error", SQS_IN_JSON, ids=lambda error: error.shape)
of_sns = pytest.mark.parametrize("error", SNS_ERRORS, ids=lambda error: error.shape)
messages = xml_text(least=1)


def refusal(of: Dialect, error: ErrorAsAnswered, message: str) -> Reply:
    return encode_error(of, AWSError(error.shape, message), REQUEST_ID)


@pytest.mark.parametrize(("service", "table"), [("sqs", SQS_MODELLED), ("sns", SNS_MODELLED)])
def test_the_table_has_every_modelled_error(service: str, table: tuple[ErrorAsAnswered, ...]) -> None:
    assert {error.shape for error in table} == {shape.name for shape in service_model(service).error_shapes}


@of_sqs
@few_examples(10)
@given(message=messages)
@example(message="The specified queue does not exist.")
def test_sqs_json(error: ErrorAsAnswered, message: str) -> None:
    read = parsed("sqs", "ListQueues", refusal(SQS, error, message))
    assert read["Error"] == {
        "Message": message,
        "Code": error.code,
        "QueryErrorCode": error.shape,
        "Type": error.fault,
    }
    assert read["ResponseMetadata"]["RequestId"] == REQUEST_ID
    assert read["ResponseMetadata"]["HTTPStatusCode"] == error.status


@of_sqs
def test_sqs_json_as_written(error: ErrorAsAnswered) -> None:
    """A modelled error belongs to SQS, any other to the framework it is built with."""
    space = "com.amazonaws.sqs" if error in SQS_MODELLED else "com.amazon.coral.service"
    reply = refusal(SQS, error, "no")
    text = "Message" if error.code == "AccessDenied" else "message"  # recorded in 2026-10
    assert json.loads(reply.body) == {"__type": f"{space}#{error.shape}", text: "no"}
    assert dict(reply.headers) == {
        "x-amzn-RequestId": REQUEST_ID,
        "x-amzn-query-error": f"{error.code};{error.fault}",
        "Content-Type": "application/x-amz-json-1.0",
    }


@of_sns
@few_examples(10)
@given(message=messages)
def test_sns_query(error: ErrorAsAnswered, message: str) -> None:
    read = parsed("sns", "ListTopics", refusal(SNS, error, message))
    assert read["Error"] == {"Message": message, "Code": error.code, "Type": error.fault}
    assert read["ResponseMetadata"]["RequestId"] == REQUEST_ID
    assert read["ResponseMetadata"]["HTTPStatusCode"] == error.status


@of_sqs
def test_the_code_of_an_sqs_error(error: ErrorAsAnswered) -> None:
    assert error_code("sqs", error.shape) == error.code


@of_sns
def test_the_code_of_an_sns_error(error: ErrorAsAnswered) -> None:
    assert error_code("sns", error.shape) == error.code


class Body:
    """A response body as botocore takes it from its HTTP library."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self) -> list[bytes]:
        return [self.content]


@lru_cache
def client(service: str) -> Any:
    session = Session()
    session.set_credentials("123456789012", "secret")
    config = Config(retries={"max_attempts": 0})
    return session.create_client(service, "eu-west-1", endpoint_url=f"http://{HOST}", config=config)


def raised(service: str, operation: str, reply: Reply) -> ClientError:
    """Returns the error that a client raises for `reply`."""
    sqs_or_sns = client(service)

    def answer(request: Any, **_: Any) -> Any:
        return AWSResponse(request.url, reply.status, dict(reply.headers), Body(reply.body))

    sqs_or_sns.meta.events.register("before-send", answer, unique_id="answer")
    try:
        with pytest.raises(ClientError) as caught:
            getattr(sqs_or_sns, operation)()
    finally:
        sqs_or_sns.meta.events.unregister("before-send", unique_id="answer")
    return caught.value


@of_sqs
def test_an_sqs_client_raises_the_exception_of_its_name(error: ErrorAsAnswered) -> None:
    exception = raised("sqs", "list_queues", refusal(SQS, error, "no"))
    modelled = error in SQS_MODELLED
    assert type(exception) is (getattr(client("sqs").exceptions, error.shape) if modelled else ClientError)
    assert exception.response["Error"]["Code"] == error.code


@of_sns
def test_an_sns_client_raises_the_exception_of_its_name(error: ErrorAsAnswered) -> None:
    exception = raised("sns", "list_topics", refusal(SNS, error, "no"))
    modelled = error in SNS_MODELLED
    assert type(exception) is (getattr(client("sns").exceptions, error.shape) if modelled else ClientError)
    assert exception.response["Error"]["Code"] == error.code
