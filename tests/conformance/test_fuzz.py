"""Random requests become a Call or an AWSError and nothing else, and every error has a response.

Rule: pure noise, then valid requests damaged a little; whatever comes out must pass answered.py.
"""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from decaf_protocol import encode_error, encode_result
from decaf_protocol.wire import AWSError, Call, Codec, Dialect, Request
from tests.conformance.answered import assert_answered, assert_readable, form_call, json_call
from tests.conformance.pair import HOST, REQUEST_ID, as_results, as_sent, form_in_url, serialized, signed
from tests.conformance.rest_strategies import rest_inputs, without_events
from tests.conformance.strategies import few_examples, inputs, operation_names, outputs, service_model

header_text = st.text(st.characters(max_codepoint=0xFF), max_size=40) | st.sampled_from(
    [
        "AmazonSQS.SendMessage",
        "AmazonSQS.",
        "AmazonSNS.Publish",
        "DynamoDB_20120810.ListTables",
        "application/x-amz-json-1.0",
        "application/json",
        "application/x-www-form-urlencoded; charset=utf-16",
        "multipart/form-data",
        "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/sns/aws4_request, Signature=0",
        "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256",
        "Bearer x",
        "sqs.eu-west-1.amazonaws.com",
        "[::1]:4566",
        "\udc80",
    ]
)
header_names = st.sampled_from(
    [
        "host",
        "content-type",
        "x-amz-target",
        "authorization",
        "accept",
        "x-amzn-trace-id",
        "x-amz-date",
        "x-other",
    ]
)
PIECES = (
    "/ ? & = % %zz %ff %00 + ; # // http://[ é \x00 \udcff Action= SendMessage Publish Version=2010-03-31 "
    "QueueUrl= TopicArn= Attribute. 1 .Name .Value= member. entry. 123456789012/q "
    "X-Amz-Credential= a%2Fb%2Fc%2Fd%2Fe /2015-03-31/functions /2015-03-31/event-source-mappings /2017-03-31/tags/ "
    "/invocations /policy arn%3Aaws%3Alambda MaxItems= Qualifier= tagKeys="
)
pieces = st.sampled_from(PIECES.split(" "))
targets = st.text(max_size=30) | st.lists(pieces, max_size=12).map("".join)
bodies = st.binary(max_size=60) | st.lists(pieces, max_size=12).map(
    lambda parts: "".join(parts).encode(errors="replace")
)
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get", ""]) | st.text(max_size=5),
    target=targets,
    headers=st.dictionaries(header_names, header_text, max_size=6),
    body=bodies,
)


@few_examples(1000)
@given(request=requests)
def test_noise(request: Request) -> None:
    assert_answered(request)


def valid_request(data: st.DataObject) -> Request:
    service = data.draw(st.sampled_from(["sqs", "sns", "lambda"]))
    operation = data.draw(st.sampled_from(operation_names(service)))
    drawn = data.draw(rest_inputs(service, operation) if service == "lambda" else inputs(service, operation))
    request = serialized(service, operation, drawn)
    if service == "sns" and data.draw(st.booleans()):
        request = form_in_url(request)
    return as_sent(signed(request, "123456789012", service, "eu-west-1"))


@few_examples(400)
@given(data=st.data())
def test_damaged_bytes(data: st.DataObject) -> None:
    request = valid_request(data)
    body = bytearray(request.body)
    cut = data.draw(st.integers(0, len(body)))
    del body[cut : cut + data.draw(st.sampled_from([0, 1, 2, len(body)]))]
    if body:
        where = data.draw(st.integers(0, len(body) - 1))
        body[where] ^= data.draw(st.integers(1, 255))
    assert_answered(replace(request, body=bytes(body)))


@few_examples(200)
@given(data=st.data())
def test_damaged_targets_and_headers(data: st.DataObject) -> None:
    request = valid_request(data)
    cut = data.draw(st.integers(0, len(request.target)))
    headers = dict(request.headers)
    name = data.draw(st.sampled_from(sorted(headers)))
    headers[name] = data.draw(header_text | st.just(headers[name][: data.draw(st.integers(0, len(headers[name])))]))
    if data.draw(st.booleans()):
        del headers[name]
    target = request.target[:cut] + data.draw(st.text(max_size=3)) + request.target[cut:]
    assert_answered(replace(request, target=target, headers=headers))


WRONG_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e400,
    10**30,
    "",
    "x",
    "\ud800",
    [],
    [None],
    {},
    {"": None},
    [[[]]],
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON document."""
    if isinstance(value, dict):
        return [place for key in value for place in [(value, key), *places(value[key])]]
    if isinstance(value, list):
        return [place for index in range(len(value)) for place in [(value, index), *places(value[index])]]
    return []


@pytest.mark.parametrize("operation", operation_names("sqs"))
@few_examples(30)
@given(data=st.data())
def test_wrong_types_in_json(operation: str, data: st.DataObject) -> None:
    document = json.loads(as_sent(serialized("sqs", operation, data.draw(inputs("sqs", operation)))).body)
    if found := places(document):
        container, key = data.draw(st.sampled_from(found))
        container[key] = copy.deepcopy(data.draw(st.sampled_from(WRONG_VALUES)))
    assert_answered(json_call(operation, json.dumps(document).encode()))


LAMBDA = service_model("lambda")
WITH_JSON = [name for name in operation_names("lambda") if not LAMBDA.operation_model(name).has_streaming_input]


@pytest.mark.parametrize("operation", WITH_JSON)
@few_examples(5)
@given(data=st.data())
def test_wrong_types_in_rest(operation: str, data: st.DataObject) -> None:
    request = as_sent(serialized("lambda", operation, data.draw(rest_inputs("lambda", operation))))
    document = json.loads(request.body or b"{}")
    if found := places(document):
        container, key = data.draw(st.sampled_from(found))
        container[key] = copy.deepcopy(data.draw(st.sampled_from(WRONG_VALUES)))
        request = replace(request, body=json.dumps(document).encode())
    assert_answered(request)


NAME_PARTS = [
    *("1", "2", "0", "-1", "01", "٣", "1e3", "", " "),
    *(
        "member",
        "entry",
        "Name",
        "Value",
        "key",
        "value",
        "Key",
        "Id",
        "DataType",
        "StringValue",
        "BinaryValue",
    ),
    *("Attribute", "Attributes", "MessageAttribute", "MessageAttributes", "StringListValue", "Tag", "Tags"),
    *("SendMessageBatchRequestEntry", "PublishBatchRequestEntries"),
]


@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
@few_examples(300)
@given(data=st.data())
def test_any_names_in_a_form(service: str, data: st.DataObject) -> None:
    """Names glued from real ones: a structure where a text belongs, a list without numbers, and so on."""
    operation = data.draw(st.sampled_from(operation_names(service)))
    shape = service_model(service).operation_model(operation).input_shape
    first = st.sampled_from([*NAME_PARTS, *(shape.members if shape else ())])
    name = st.tuples(first, st.lists(st.sampled_from(NAME_PARTS), max_size=5)).map(lambda it: ".".join([it[0], *it[1]]))
    pairs = data.draw(
        st.lists(st.tuples(name, st.sampled_from(["", "x", "1", "true", "AA==", "%%%", "\x00"])), max_size=6)
    )
    assert_answered(form_call(urlencode([("Action", operation), *pairs]).encode()))


DIALECTS = [
    *(Dialect("sqs", codec) for codec in Codec),
    *(Dialect(service, codec) for service in ("sns", "sts") for codec in (Codec.QUERY, Codec.QUERY_AS_JSON)),
    Dialect("lambda", Codec.REST_JSON),
]
any_text = st.text(st.characters(exclude_categories=[]), max_size=20)
shapes = st.sampled_from(["QueueDoesNotExist", "InvalidParameterException", "InternalFailure", "NobodyKnowsThis", ""])


@pytest.mark.parametrize("of", DIALECTS, ids=str)
@few_examples(100)
@given(shape=shapes, message=any_text)
def test_any_error_can_be_answered(of: Dialect, shape: str, message: str) -> None:
    """Messages quote the request, which may contain any text: control characters and lone surrogates too."""
    reply = encode_error(of, AWSError(shape, message), REQUEST_ID)
    assert 400 <= reply.status <= 599
    assert_readable(of, reply)
    for name, value in reply.headers:
        assert (name + value).isascii()
        assert (name + value).isprintable()


def with_text(value: Any, text: str) -> Any:
    """The value with every text in it replaced."""
    if isinstance(value, dict):
        return {name: with_text(member, text) for name, member in value.items()}
    if isinstance(value, list):
        return [with_text(entry, text) for entry in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("of", DIALECTS, ids=str)
@few_examples(100)
@given(data=st.data(), text=any_text)
def test_any_text_can_be_in_a_result(of: Dialect, data: st.DataObject, text: str) -> None:
    names = [name for name in without_events(of.service) if name != "Invoke"]  # whose payload is the function's
    operation = data.draw(st.sampled_from(names))
    result = with_text(as_results(data.draw(outputs(of.service, operation))), text)
    call = Call(of, operation, {}, "000000000000", None, HOST, None)
    assert_readable(of, encode_result(call, result, REQUEST_ID))
