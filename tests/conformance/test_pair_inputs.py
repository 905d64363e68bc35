"""We read what botocore writes: all parameters survive its serializer, its signer and our decode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol import decode, dialect, operations
from decaf_protocol.wire import Call, Codec, Dialect, Request
from tests.conformance.pair import HOST, as_sent, form_in_url, presigned, serialized, signed
from tests.conformance.strategies import few_examples, inputs, operation_names

SQS = Dialect("sqs", Codec.JSON)
SNS = Dialect("sns", Codec.QUERY)
ACCOUNT_OF = {
    "123456789012": "123456789012",
    "000000000001": "000000000001",
    "AKIAIOSFODNN7EXAMPLE": "000000000000",
    "test": "000000000000",
    "1234567890123": "000000000000",
    "12345678901": "000000000000",
    "12345678901a": "000000000000",
}
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1", "us-isob-east-1")

access_keys = st.sampled_from(sorted(ACCOUNT_OF))
regions = st.sampled_from(REGIONS)
tokens = st.sampled_from([None, "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJ="])


def call(of: Dialect, operation: str, params: dict[str, Any], access_key: str, region: str) -> Call:
    return Call(of, operation, params, ACCOUNT_OF[access_key], region, host=HOST, trace_header=None)


def as_query_can_say(value: Any) -> Any:
    """A Query form has no way to write a map without entries: it is not sent at all."""
    if isinstance(value, dict):
        return {name: as_query_can_say(member) for name, member in value.items() if member != {}}
    if isinstance(value, list):
        return [as_query_can_say(entry) for entry in value]
    return value


@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
def test_the_operations_are_those_of_the_model(service: str) -> None:
    assert sorted(operations(service)) == operation_names(service)


@pytest.mark.parametrize("operation", operation_names("sqs"))
@few_examples(25)
@given(data=st.data(), access_key=access_keys, region=regions, token=tokens)
def test_sqs_json(operation: str, data: st.DataObject, access_key: str, region: str, token: str | None) -> None:
    params = data.draw(inputs("sqs", operation))
    request = as_sent(signed(serialized("sqs", operation, params), access_key, "sqs", region, token=token))
    assert dialect(request) == SQS
    assert decode(request) == call(SQS, operation, params, access_key, region)


@pytest.mark.parametrize("operation", operation_names("sns"))
@pytest.mark.parametrize(
    "carry",
    [
        pytest.param(lambda request: request, id="form in the body"),
        pytest.param(form_in_url, id="GET"),
        pytest.param(lambda request: form_in_url(request, 1), id="action in the URL"),
        pytest.param(lambda request: form_in_url(request, 4), id="form in both"),
    ],
)
@few_examples(10)
@given(data=st.data(), access_key=access_keys, region=regions, token=tokens)
def test_sns_query(
    carry: Callable[[AWSRequest], AWSRequest],
    operation: str,
    data: st.DataObject,
    access_key: str,
    region: str,
    token: str | None,
) -> None:
    params = data.draw(inputs("sns", operation))
    request = as_sent(signed(carry(serialized("sns", operation, params)), access_key, "sns", region, token=token))
    assert dialect(request) == SNS
    assert decode(request) == call(SNS, operation, as_query_can_say(params), access_key, region)


@pytest.mark.parametrize("operation", ["GetAccessKeyInfo", "GetCallerIdentity"])
@few_examples(10)
@given(access_key=access_keys, region=regions)
def test_sts_query(operation: str, access_key: str, region: str) -> None:
    params = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"} if operation == "GetAccessKeyInfo" else {}
    request = as_sent(signed(serialized("sts", operation, params), access_key, "sts", region))
    assert decode(request) == call(Dialect("sts", Codec.QUERY), operation, params, access_key, region)


def presigned_get(operation: str, params: dict[str, Any], access_key: str, region: str) -> Request:
    return as_sent(presigned(form_in_url(serialized("sns", operation, params)), access_key, "sns", region))


def presigned_post(operation: str, params: dict[str, Any], access_key: str, region: str) -> Request:
    """The signer moves the form of a POST into the URL: the body is left empty."""
    return as_sent(presigned(serialized("sns", operation, params), access_key, "sns", region))


@pytest.mark.parametrize("operation", operation_names("sns"))
@pytest.mark.parametrize("send", [presigned_get, presigned_post])
@few_examples(4)
@given(data=st.data(), access_key=access_keys, region=regions)
def test_sns_query_presigned(
    send: Callable[..., Request], operation: str, data: st.DataObject, access_key: str, region: str
) -> None:
    params = data.draw(inputs("sns", operation))
    read = decode(send(operation, params, access_key, region))
    assert read == call(SNS, operation, as_query_can_say(params), access_key, region)


@few_examples(25)
@given(params=inputs("sqs", "SendMessage"), access_key=access_keys, region=regions)
def test_sqs_json_with_the_credentials_in_the_url(params: dict[str, Any], access_key: str, region: str) -> None:
    request = serialized("sqs", "SendMessage", params)
    body, request.data = request.data, b""
    presigned(request, access_key, "sqs", region).data = body
    assert decode(as_sent(request)) == call(SQS, "SendMessage", params, access_key, region)


@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_unsigned_calls_belong_to_no_account_and_no_region(service: str) -> None:
    operation = {"sqs": "ListQueues", "sns": "ListTopics"}[service]
    read = decode(as_sent(serialized(service, operation, {})))
    assert (read.operation, read.account, read.region) == (operation, "000000000000", None)


def test_a_trace_header_is_handed_on() -> None:
    request = serialized("sqs", "ListQueues", {})
    request.headers["X-Amzn-Trace-Id"] = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    assert decode(as_sent(request)).trace_header == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"


def test_an_empty_list_is_read_as_sent() -> None:
    """An empty batch must reach the operation: it has an error of its own to answer with."""
    sqs = serialized("sqs", "DeleteMessageBatch", {"QueueUrl": "q", "Entries": []})
    assert decode(as_sent(sqs)).params["Entries"] == []
    sns = serialized("sns", "PublishBatch", {"TopicArn": "t", "PublishBatchRequestEntries": []})
    assert decode(as_sent(sns)).params["PublishBatchRequestEntries"] == []
