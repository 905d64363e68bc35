"""The classic hostile inputs, by name and at full size: each becomes a Call or an AWSError.

Rule: what is long is about 1 MiB, which whatever is not linear in its input would not survive.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest

from decaf_protocol.wire import Request
from tests.conformance.answered import assert_answered, form_call, json_call
from tests.conformance.pair import HOST

MIB = 2**20

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
        "SetQueueAttributes",
        "&".join(f"Attribute.{n}.Name=a{n}&Attribute.{n}.Value=1" for n in range(1, 10_001)),
    ),
    "fifty thousand names": sqs_form(
        "GetQueueAttributes", "&".join(f"AttributeName.{n}=All" for n in range(50_000, 0, -1))
    ),
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
    "a bad blob": sqs_form(
        "SendMessage", "MessageBody=b&MessageAttribute.1.Name=a&MessageAttribute.1.Value.BinaryValue=%"
    ),
    "a blob that is not ASCII": sns_form(
        "Publish",
        "Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.BinaryValue=%C3%A9",
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
