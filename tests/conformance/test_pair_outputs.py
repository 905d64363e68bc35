"""Botocore reads what we write: every operation's result survives our encode and its parser."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol import encode_result
from decaf_protocol.wire import Call, Codec, Dialect, Reply
from tests.conformance.pair import HOST, REQUEST_ID, as_results, parsed, without_empties
from tests.conformance.strategies import few_examples, operation_names, outputs

SQS = Dialect("sqs", Codec.JSON)
SNS = Dialect("sns", Codec.QUERY)
STS = Dialect("sts", Codec.QUERY)


def reply(of: Dialect, operation: str, result: dict[str, Any]) -> Reply:
    return encode_result(Call(of, operation, {}, "000000000000", None, HOST, None), result, REQUEST_ID)


def result_read(service: str, operation: str, answer: Reply) -> dict[str, Any]:
    """The result botocore reads, once the status and the request id are seen to be right."""
    read = parsed(service, operation, answer)
    metadata = read.pop("ResponseMetadata")
    assert (metadata["HTTPStatusCode"], metadata["RequestId"]) == (200, REQUEST_ID)
    return read


@pytest.mark.parametrize("operation", operation_names("sqs"))
@few_examples(30)
@given(data=st.data())
def test_sqs_json(operation: str, data: st.DataObject) -> None:
    """SQS leaves an empty list or map out of its answers, wherever it stands."""
    result = data.draw(outputs("sqs", operation))
    assert result_read("sqs", operation, reply(SQS, operation, result)) == without_empties(result)


@pytest.mark.parametrize("operation", operation_names("sns"))
@few_examples(30)
@given(data=st.data())
def test_sns_query(operation: str, data: st.DataObject) -> None:
    """SNS writes empty lists and maps as empty elements, so botocore reads every result exactly as it was."""
    result = data.draw(outputs("sns", operation))
    assert result_read("sns", operation, reply(SNS, operation, as_results(result))) == result


@pytest.mark.parametrize("operation", operation_names("sts"))
@few_examples(10)
@given(data=st.data())
def test_sts_query(operation: str, data: st.DataObject) -> None:
    result = data.draw(outputs("sts", operation))
    assert result_read("sts", operation, reply(STS, operation, as_results(result))) == result


NO_RESULT = (
    "AddPermission",
    "DeleteEndpoint",
    "DeletePlatformApplication",
    "DeleteTopic",
    "PutDataProtectionPolicy",
    "RemovePermission",
    "SetEndpointAttributes",
    "SetPlatformApplicationAttributes",
    "SetSubscriptionAttributes",
    "SetTopicAttributes",
    "Unsubscribe",
)
EMPTY_RESULT = (
    "CreateSMSSandboxPhoneNumber",
    "DeleteSMSSandboxPhoneNumber",
    "OptInPhoneNumber",
    "SetSMSAttributes",
    "TagResource",
    "UntagResource",
    "VerifySMSSandboxPhoneNumber",
)


def children(answer: Reply) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in ET.fromstring(answer.body)]


@pytest.mark.parametrize("operation", NO_RESULT)
def test_an_sns_operation_without_a_result_has_no_result_element(operation: str) -> None:
    assert children(reply(SNS, operation, {})) == ["ResponseMetadata"]


@pytest.mark.parametrize("operation", EMPTY_RESULT)
def test_an_sns_operation_with_an_empty_result_has_an_empty_element(operation: str) -> None:
    assert children(reply(SNS, operation, {})) == [f"{operation}Result", "ResponseMetadata"]


SILENT = (
    "AddPermission",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "DeleteQueue",
    "PurgeQueue",
    "RemovePermission",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
)


@pytest.mark.parametrize("operation", SILENT)
def test_an_sqs_operation_without_a_result_has_an_empty_body(operation: str) -> None:
    assert reply(SQS, operation, {}).body == b""


@pytest.mark.parametrize("operation", sorted(set(operation_names("sqs")) - set(SILENT)))
def test_an_empty_sqs_result_is_an_empty_object(operation: str) -> None:
    assert json.loads(reply(SQS, operation, {}).body) == {}


def test_the_headers_of_an_answer() -> None:
    assert dict(reply(SQS, "ListQueues", {}).headers) == {
        "x-amzn-RequestId": REQUEST_ID,
        "Content-Type": "application/x-amz-json-1.0",
    }
    assert dict(reply(SNS, "ListTopics", {}).headers) == {
        "x-amzn-RequestId": REQUEST_ID,
        "Content-Type": "text/xml",
    }
