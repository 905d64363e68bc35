"""SQS's Query form: the names of each operation's parameters, and the parts that the model no longer has."""

from typing import Any

import pytest

from decaf_protocol import decode
from tests.decaf_protocol.requests import get, post, refusal

SEND = "Action=SendMessage&QueueUrl=q&MessageBody=b"


def params(form: str) -> dict[str, Any]:
    return decode(post(form)).params


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("Action=GetQueueAttributes&AttributeName.1=All", {"AttributeNames": ["All"]}),
        ("Action=GetQueueAttributes&AttributeName=All", {"AttributeNames": ["All"]}),
        ("Action=ReceiveMessage&AttributeName.1=SenderId", {"AttributeNames": ["SenderId"]}),
        ("Action=ReceiveMessage&MessageAttributeName.1=a.*", {"MessageAttributeNames": ["a.*"]}),
        ("Action=ReceiveMessage&MaxNumberOfMessages=10", {"MaxNumberOfMessages": 10}),
        (
            "Action=ReceiveMessage&MessageSystemAttributeName.1=All",
            {"MessageSystemAttributeNames": ["All"]},
        ),
        (
            "Action=SetQueueAttributes&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5"
            "&Attribute.2.Name=Policy&Attribute.2.Value=",
            {"Attributes": {"DelaySeconds": "5", "Policy": ""}},
        ),
        (
            "Action=SetQueueAttributes&Attribute.Name=DelaySeconds&Attribute.Value=5",
            {"Attributes": {"DelaySeconds": "5"}},
        ),
        ("Action=TagQueue&Tag.1.Key=a&Tag.1.Value=b", {"Tags": {"a": "b"}}),
        ("Action=TagQueue&Tag.Key=a&Tag.Value=b", {"Tags": {"a": "b"}}),
        ("Action=UntagQueue&TagKey.1=a&TagKey.2=b", {"TagKeys": ["a", "b"]}),
        (
            "Action=AddPermission&Label=l&AWSAccountId.1=123456789012&ActionName.1=SendMessage",
            {"Label": "l", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]},
        ),
        (
            "Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a"
            "&DeleteMessageBatchRequestEntry.1.ReceiptHandle=h",
            {"Entries": [{"Id": "a", "ReceiptHandle": "h"}]},
        ),
        (
            "Action=ChangeMessageVisibilityBatch&ChangeMessageVisibilityBatchRequestEntry.1.Id=a"
            "&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=h"
            "&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=0",
            {"Entries": [{"Id": "a", "ReceiptHandle": "h", "VisibilityTimeout": 0}]},
        ),
    ],
)
def test_parameters_are_named_as_the_api_reference_names_them(form: str, expected: dict[str, Any]) -> None:
    assert params(f"{form}&QueueUrl=q") == {"QueueUrl": "q"} | expected


def test_tags_of_create_queue_are_small() -> None:
    form = "Action=CreateQueue&QueueName=n&Attribute.1.Name=FifoQueue&Attribute.1.Value=true"
    assert params(f"{form}&Tag.1.Key=a&Tag.1.Value=b") == {
        "QueueName": "n",
        "Attributes": {"FifoQueue": "true"},
        "tags": {"a": "b"},
    }


def test_message_attributes_of_every_kind() -> None:
    at = "MessageAttribute"
    form = (
        f"{SEND}&{at}.1.Name=s&{at}.1.Value.DataType=String&{at}.1.Value.StringValue=v"
        f"&{at}.2.Name=b&{at}.2.Value.DataType=Binary&{at}.2.Value.BinaryValue=AP8%3D"
        f"&{at}.3.Name=l&{at}.3.Value.StringListValue.1=x&{at}.3.Value.BinaryListValue.1=AA%3D%3D"
        "&MessageSystemAttribute.1.Name=AWSTraceHeader&MessageSystemAttribute.1.Value.DataType=String"
        "&MessageSystemAttribute.1.Value.StringValue=Root"
    )
    sent = params(form)
    assert sent["MessageAttributes"] == {
        "s": {"DataType": "String", "StringValue": "v"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        "l": {"StringListValues": ["x"], "BinaryListValues": [b"\x00"]},
    }
    assert sent["MessageSystemAttributes"] == {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root"}}


def test_entries_of_a_batch_have_attributes_of_their_own_and_gaps_do_not_matter() -> None:
    at = "SendMessageBatchRequestEntry"
    form = (
        f"Action=SendMessageBatch&QueueUrl=q&{at}.12.Id=b&{at}.12.MessageBody=2&{at}.3.Id=a&{at}.3.MessageBody=1"
        f"&{at}.3.DelaySeconds=4&{at}.3.MessageAttribute.1.Name=n&{at}.3.MessageAttribute.1.Value.DataType=Number"
        f"&{at}.3.MessageAttribute.1.Value.StringValue=7"
    )
    assert params(form)["Entries"] == [
        {
            "Id": "a",
            "MessageBody": "1",
            "DelaySeconds": 4,
            "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "7"}},
        },
        {"Id": "b", "MessageBody": "2"},
    ]


def test_a_batch_without_entries_reaches_the_operation() -> None:
    assert params("Action=DeleteMessageBatch&QueueUrl=q") == {"QueueUrl": "q", "Entries": []}


@pytest.mark.parametrize("name", ["Tags", "Tags.entry"])
def test_tags_may_have_the_names_that_java_and_cpp_give_them(name: str) -> None:
    """As the SDKs of the Query generation send them to TagQueue: Java's v1 and v2, and C++'s."""
    tags = f"{name}.1.Key=a&{name}.1.Value=b&{name}.2.Key=c&{name}.2.Value=d"
    assert params(f"Action=TagQueue&QueueUrl=q&{tags}")["Tags"] == {"a": "b", "c": "d"}
    assert params(f"Action=CreateQueue&QueueName=q&{tags}")["tags"] == {"a": "b", "c": "d"}


def test_a_message_attribute_without_name_or_type_reaches_the_operation() -> None:
    assert params(f"{SEND}&MessageAttribute.1.Value.StringValue=v")["MessageAttributes"] == {"": {"StringValue": "v"}}
    assert params(f"{SEND}&MessageAttribute.1.Name=n")["MessageAttributes"] == {"n": {}}


@pytest.mark.parametrize(
    ("form", "missed"),
    [
        ("Action=SendMessage&QueueUrl=q", "MessageBody"),
        ("Action=SendMessage&MessageBody=b", "QueueUrl"),
        ("Action=DeleteMessage&QueueUrl=q", "MessageHandle"),
        ("Action=AddPermission&QueueUrl=q&Label=l&AWSAccountId.1=1", "Actions"),
        ("Action=UntagQueue&QueueUrl=q", "TagKeys"),
        (
            "Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1.MessageBody=b",
            "SendMessageBatchRequestEntry.1.Id",
        ),
    ],
)
def test_a_missing_parameter_is_named(form: str, missed: str) -> None:
    error = refusal(post(form))
    assert error.shape == "MissingRequiredParameterException"
    assert error.message == f"The request must contain the parameter {missed}."


def test_an_attribute_without_a_value_misses_it() -> None:
    assert refusal(post("Action=SetQueueAttributes&QueueUrl=q&Attribute.1.Name=Policy")).shape == (
        "MissingRequiredParameterException"
    )


def test_a_number_that_is_none_is_an_invalid_value() -> None:
    error = refusal(post(f"{SEND}&DelaySeconds=soon"))
    assert error.shape == "InvalidParameterValueException"
    assert error.message.startswith("Value soon for parameter DelaySeconds is invalid. Reason: ")


def test_lists_spelled_in_another_services_way_are_malformed() -> None:
    error = refusal(post("Action=DeleteMessageBatch&QueueUrl=q&Entries.1.Id=a"))
    assert (error.shape, error.message) == (
        "MalformedInput",
        "Top level element may not be treated as a list",
    )
    error = refusal(post("Action=ReceiveMessage&QueueUrl=q&MessageAttributeNames.member.1=All"))
    assert (error.shape, error.message) == ("MalformedInput", "Start of list found where not expected")


def test_authentication_parameters_are_no_parameters_of_the_call() -> None:
    request = get(
        "/123456789012/orders?Action=DeleteMessage&ReceiptHandle=h&Version=2012-11-05&Expires=2030-01-01T00%3A00%3A00Z"
        "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc&X-Amz-Credential=k%2F20260101%2Feu-west-1%2Fsqs%2Faws4_request"
    )
    call = decode(request)
    assert call.params == {"QueueUrl": "/123456789012/orders", "ReceiptHandle": "h"}
    assert call.region == "eu-west-1"


def test_the_path_is_decoded_and_keeps_its_slash() -> None:
    assert decode(get("/1/a%2Eb+c/?Action=PurgeQueue")).params == {"QueueUrl": "/1/a.b+c/"}
