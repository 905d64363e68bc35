"""Any request gives a Call or an AWSError, never another exception; and any error can be answered and read.

Rule: one check, `assert_answered`, over everything: pure noise, valid requests damaged a little, and the classic
hostile inputs at full size (1 MiB: whatever is not linear in its input would not end).
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import decode, dialect, encode_error, encode_result, operations
from protocol.wire import AWSError, Call, Codec, Dialect, Reply, Request
from tests.conformance.pair import HOST, REQUEST_ID, as_sent, form_in_url, serialized, signed
from tests.conformance.strategies import few_examples, inputs, operation_names, outputs, service_model

MIB = 2**20
JSON_HEADERS = {"host": HOST, "content-type": "application/x-amz-json-1.0"}
FORM_HEADERS = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}


def json_call(operation: str, body: bytes) -> Request:
    return Request("POST", "/", JSON_HEADERS | {"x-amz-target": f"AmazonSQS.{operation}"}, body)


def form_call(form: bytes) -> Request:
    return Request("POST", "/", FORM_HEADERS, form)


def assert_readable(of: Dialect, reply: Reply) -> None:
    """A client of this dialect can parse the body."""
    if of.codec is Codec.QUERY:
        ElementTree.fromstring(reply.body)
    elif reply.body:
        json.loads(reply.body)


def assert_utf8(value: Any) -> None:
    """No lone surrogate came through: what is in a Call can be hashed, stored and sent on."""
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
        "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/sns/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256",
        "Bearer x",
        "sqs.eu-west-1.amazonaws.com",
        "[::1]:4566",
        "\udc80",
    ]
)
header_names = st.sampled_from(
    ["host", "content-type", "x-amz-target", "authorization", "accept", "x-amzn-trace-id", "x-amz-date", "x-other"]
)
pieces = st.sampled_from(
    ["/", "?", "&", "=", "%", "%zz", "%ff", "%00", "+", "Action=", "SendMessage", "Publish", "Version=2010-03-31"]
    + ["QueueUrl=", "TopicArn=", "Attribute.", "1", ".Name", ".Value=", "member.", "entry.", "123456789012/q", "é", ";"]
    + ["X-Amz-Credential=", "a%2Fb%2Fc%2Fd%2Fe", "\udcff", "#", "//", "http://[", "\x00"]
)
targets = st.text(max_size=30) | st.lists(pieces, max_size=12).map("".join)
bodies = st.binary(max_size=60) | st.lists(pieces, max_size=12).map(lambda parts: "".join(parts).encode(errors="replace"))
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
    service = data.draw(st.sampled_from(["sqs", "sns"]))
    operation = data.draw(st.sampled_from(operation_names(service)))
    request = serialized(service, operation, data.draw(inputs(service, operation)))
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


WRONG_VALUES: list[Any] = [None, True, 0, -1, 1.5, 1e400, 10**30, "", "x", "\ud800", [], [None], {}, {"": None}, [[[]]]]


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


@pytest.mark.parametrize("service", ["sqs", "sns"])
@few_examples(300)
@given(data=st.data())
def test_any_names_in_a_form(service: str, data: st.DataObject) -> None:
    """Names glued from real ones: a structure where a text belongs, a list without numbers, a number without a list."""
    operation = data.draw(st.sampled_from(operation_names(service)))
    parts = ["1", "2", "0", "-1", "01", "٣", "1e3", "member", "entry", "Name", "Value", "key", "value", "Key", "", " "]
    parts += ["Attribute", "Attributes", "MessageAttribute", "MessageAttributes", "DataType", "StringValue", "BinaryValue"]
    parts += ["StringListValue", "Tag", "Tags", "SendMessageBatchRequestEntry", "PublishBatchRequestEntries", "Id"]
    shape = service_model(service).operation_model(operation).input_shape
    first = st.sampled_from([*parts, *shape.members])
    name = st.tuples(first, st.lists(st.sampled_from(parts), max_size=5)).map(lambda it: ".".join([it[0], *it[1]]))
    pairs = data.draw(st.lists(st.tuples(name, st.sampled_from(["", "x", "1", "true", "AA==", "%%%", "\x00"])), max_size=6))
    assert_answered(form_call(urlencode([("Action", operation), *pairs]).encode()))


BIG_JSON = {
    "open brackets": b"[" * MIB,
    "nested lists": b"[" * 100_000 + b"]" * 100_000,
    "open objects": b'{"a":' * (MIB // 5),
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "nesting in a parameter": b'{"QueueUrl":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nesting in an unknown member": b'{"QueueUrl":"q","Other":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "giant integer": b'{"QueueUrl":"q","MaxNumberOfMessages":' + b"9" * MIB + b"}",
    "long integer": b'{"QueueUrl":"q","MaxNumberOfMessages":' + b"9" * 4000 + b"}",
    "giant fraction": b'{"QueueUrl":"q","MaxNumberOfMessages":1.' + b"9" * MIB + b"}",
    "giant exponent": b'{"QueueUrl":"q","MaxNumberOfMessages":1e999999}',
    "giant text": b'{"QueueUrl":"' + b"q" * MIB + b'"}',
    "escaped text": b'{"QueueUrl":"' + b"\\u0000" * (MIB // 6) + b'"}',
    "many members": b"{" + b",".join(b'"a%d":1' % number for number in range(100_000)) + b"}",
    "many elements": b'{"QueueUrl":"q","MessageAttributeNames":[' + b'"a",' * (MIB // 4) + b'"a"]}',
    "white space": b" " * MIB,
    "NaN": b'{"QueueUrl":"q","MaxNumberOfMessages":NaN}',
    "Infinity": b'{"QueueUrl":"q","MaxNumberOfMessages":-Infinity}',
    "duplicate members": b'{"QueueUrl":"q","QueueUrl":1,"QueueUrl":"r"}',
    "lone high surrogate": b'{"QueueUrl":"\\ud800"}',
    "lone low surrogate": b'{"QueueUrl":"q","MessageAttributeNames":["\\udc00"]}',
    "lone surrogate as a name": b'{"QueueUrl":"q","\\ud800":1}',
    "invalid UTF-8": b'{"QueueUrl":"\xff\xfe\x80"}',
    "surrogate in UTF-8": b'{"QueueUrl":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"QueueUrl":"\xc0\xaf"}',
    "byte order mark": b'\xef\xbb\xbf{"QueueUrl":"q"}',
    "UTF-16": '{"QueueUrl":"q"}'.encode("utf-16"),
    "UTF-32": '{"QueueUrl":"q"}'.encode("utf-32"),
    "raw control character": b'{"QueueUrl":"a\x00b"}',
    "null": b"null",
    "text": b'"QueueUrl"',
    "list": b"[]",
    "number": b"0",
    "trailing junk": b'{"QueueUrl":"q"} x',
    "nothing": b"",
}


@pytest.mark.parametrize("name", BIG_JSON)
def test_hostile_json(name: str) -> None:
    assert_answered(json_call("ReceiveMessage", BIG_JSON[name]))


def sqs_form(operation: str, rest: str) -> bytes:
    return f"Action={operation}&QueueUrl=q&{rest}".encode()


def sns_form(operation: str, rest: str) -> bytes:
    return f"Action={operation}&Version=2010-03-31&TopicArn=t&{rest}".encode()


BIG_FORMS = {
    "a huge index": sqs_form("SetQueueAttributes", "Attribute.999999999.Name=DelaySeconds&Attribute.999999999.Value=1"),
    "an index beyond integers": sqs_form("SetQueueAttributes", f"Attribute.{'9' * 5000}.Name=a&Attribute.1.Value=1"),
    "an index of 1 MiB": sqs_form("SetQueueAttributes", f"Attribute.{'9' * MIB}.Name=a"),
    "an index of another script": sqs_form("SetQueueAttributes", "Attribute.%D9%A3.Name=DelaySeconds&Attribute.²=1"),
    "index zero": sqs_form("SetQueueAttributes", "Attribute.0.Name=DelaySeconds&Attribute.0.Value=1"),
    "a negative index": sqs_form("SetQueueAttributes", "Attribute.-1.Name=DelaySeconds&Attribute.-1.Value=1"),
    "a signed index": sqs_form("SetQueueAttributes", "Attribute.+1.Name=DelaySeconds&Attribute. 1.Value=1"),
    "two ways to write an index": sqs_form("SetQueueAttributes", "Attribute.1.Name=a&Attribute.01.Name=b"),
    "a map and a text": sqs_form("SetQueueAttributes", "Attribute=x&Attribute.1.Name=DelaySeconds&Attribute.1=y"),
    "a name without a value": sqs_form("SetQueueAttributes", "Attribute.1.Name=DelaySeconds"),
    "a value without a name": sqs_form("SetQueueAttributes", "Attribute.1.Value=1"),
    "the same name twice": sqs_form("PurgeQueue", "QueueUrl=r&QueueUrl=s&Action=DeleteQueue"),
    "ten thousand attributes": sqs_form(
        "SetQueueAttributes", "&".join(f"Attribute.{n}.Name=a{n}&Attribute.{n}.Value=1" for n in range(1, 10_001))
    ),
    "fifty thousand names": sqs_form("GetQueueAttributes", "&".join(f"AttributeName.{n}=All" for n in range(50_000, 0, -1))),
    "many entries": sqs_form(
        "SendMessageBatch",
        "&".join(f"SendMessageBatchRequestEntry.{n}.{m}=x" for n in range(1, 10_000) for m in ("Id", "MessageBody")),
    ),
    "many SNS entries": sns_form(
        "PublishBatch",
        "&".join(f"PublishBatchRequestEntries.member.{n}.{m}=x" for n in range(1, 10_000) for m in ("Id", "Message")),
    ),
    "many unknown names": sqs_form("PurgeQueue", "&".join(f"a{n}=1" for n in range(100_000))),
    "ampersands": sqs_form("PurgeQueue", "&" * MIB),
    "equals signs": sqs_form("PurgeQueue", "=" * MIB),
    "percent signs": sqs_form("PurgeQueue", "%" * MIB),
    "escapes": sqs_form("PurgeQueue", "%41" * (MIB // 3)),
    "bad escapes": sqs_form("PurgeQueue", "a=%ff%fe%ed%a0%80%c0%af"),
    "pluses": sqs_form("PurgeQueue", "a=" + "+" * MIB),
    "dots": sqs_form("SetQueueAttributes", "Attribute" + "." * MIB + "=1"),
    "numbers and dots": sqs_form("SetQueueAttributes", "Attribute" + ".1" * (MIB // 2) + "=1"),
    "deep members": sns_form("PublishBatch", "PublishBatchRequestEntries" + ".member.1" * (MIB // 9) + "=1"),
    "deep values": sqs_form("SendMessage", "MessageBody=b&MessageAttribute.1" + ".Value.1" * (MIB // 8) + "=1"),
    "a giant integer": sqs_form("ReceiveMessage", f"MaxNumberOfMessages={'9' * MIB}"),
    "an integer of another script": sqs_form("ReceiveMessage", "MaxNumberOfMessages=%D9%A3"),
    "an integer with underscores": sqs_form("ReceiveMessage", "MaxNumberOfMessages=1_0&WaitTimeSeconds= 1 "),
    "no integer": sqs_form("ReceiveMessage", "MaxNumberOfMessages=one&WaitTimeSeconds=&VisibilityTimeout=1.0"),
    "a bad blob": sqs_form("SendMessage", "MessageBody=b&MessageAttribute.1.Name=a&MessageAttribute.1.Value.BinaryValue=%"),
    "a blob that is not ASCII": sns_form(
        "Publish", "Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.BinaryValue=%C3%A9"
    ),
    "no boolean": sns_form("Subscribe", "Protocol=sqs&ReturnSubscriptionArn=perhaps"),
    "a giant text": sqs_form("SendMessage", "MessageBody=" + "m" * MIB),
    "NUL": sqs_form("SendMessage", "MessageBody=%00"),
    "no action": b"QueueUrl=q",
    "an empty action": b"Action=&QueueUrl=q",
    "an unprintable action": b"Action=%00%ff%0a%3Cx%3E",
    "a giant action": b"Action=" + b"A" * MIB,
    "an action of the other service's protocol": b"Action=AmazonSQS.SendMessage&QueueUrl=q",
    "raw bytes": b"Action=PurgeQueue&QueueUrl=\xff\xfe\x80",
    "only noise": bytes(range(256)) * (MIB // 256),
}


@pytest.mark.parametrize("name", BIG_FORMS)
def test_hostile_forms(name: str) -> None:
    assert_answered(form_call(BIG_FORMS[name]))


@pytest.mark.parametrize("name", BIG_FORMS)
def test_hostile_forms_in_the_url(name: str) -> None:
    target = "/?" + quote(BIG_FORMS[name].decode("latin-1"), safe="=&%.+")
    assert_answered(Request("GET", target, {"host": HOST}, b""))


DIALECTS = [Dialect("sqs", codec) for codec in Codec] + [Dialect("sns", Codec.QUERY), Dialect("sns", Codec.QUERY_AS_JSON)]
any_text = st.text(st.characters(exclude_categories=[]), max_size=20)
shapes = st.sampled_from(["QueueDoesNotExist", "InvalidParameterException", "InternalFailure"]) | any_text


@pytest.mark.parametrize("of", DIALECTS, ids=str)
@few_examples(100)
@given(shape=shapes, message=any_text)
def test_any_error_can_be_answered(of: Dialect, shape: str, message: str) -> None:
    """Messages quote what was sent, and that may be any text: control characters and lone surrogates too."""
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


@pytest.mark.parametrize("of", DIALECTS[:-1], ids=str)
@few_examples(100)
@given(data=st.data(), text=any_text)
def test_any_text_can_be_in_a_result(of: Dialect, data: st.DataObject, text: str) -> None:
    operation = data.draw(st.sampled_from(operation_names(of.service)))
    result = with_text(data.draw(outputs(of.service, operation)), text)
    call = Call(of, operation, {}, "000000000000", None, HOST, None)
    assert_readable(of, encode_result(call, result, REQUEST_ID))
