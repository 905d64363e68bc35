"""Query answered in JSON."""

import json
from typing import Any

from decaf_protocol import AWSError, Codec, Dialect, decode, encode_error, encode_result
from tests.decaf_protocol.requests import post


def answer(form: str, result: dict[str, Any]) -> Any:
    return json.loads(encode_result(decode(post(form, accept="application/json")), result, "rid").body)


def test_a_result_is_wrapped_and_absent_members_are_null() -> None:
    assert answer("Action=SendMessage&QueueUrl=q&MessageBody=b", {"MessageId": "m", "MD5OfMessageBody": "5"}) == {
        "SendMessageResponse": {
            "SendMessageResult": {
                "MD5OfMessageBody": "5",
                "MD5OfMessageAttributes": None,
                "MD5OfMessageSystemAttributes": None,
                "MessageId": "m",
                "SequenceNumber": None,
            },
            "ResponseMetadata": {"RequestId": "rid"},
        }
    }


def test_received_messages_are_small_and_their_attributes_a_list() -> None:
    document = answer("Action=ReceiveMessage&QueueUrl=q", {"Messages": [{"Attributes": {"SenderId": "s"}}]})
    [message] = document["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    assert message["Attributes"] == [{"Name": "SenderId", "Value": "s"}]
    assert answer("Action=ReceiveMessage&QueueUrl=q", {"Messages": []})["ReceiveMessageResponse"][
        "ReceiveMessageResult"
    ] == {"messages": None}


def test_maps_of_sns_are_objects() -> None:
    document = answer("Action=GetTopicAttributes&TopicArn=t", {"Attributes": {"Owner": "1"}})
    assert document["GetTopicAttributesResponse"]["GetTopicAttributesResult"] == {"Attributes": {"Owner": "1"}}


def test_an_operation_without_output_has_metadata_only() -> None:
    assert answer("Action=DeleteQueue&QueueUrl=q", {}) == {
        "DeleteQueueResponse": {"ResponseMetadata": {"RequestId": "rid"}}
    }


def test_an_error_is_an_object() -> None:
    error = AWSError("QueueDoesNotExist", "The specified queue does not exist.")
    assert json.loads(encode_error(Dialect("sqs", Codec.QUERY_AS_JSON), error, "rid").body) == {
        "Error": {
            "Type": "Sender",
            "Code": "AWS.SimpleQueueService.NonExistentQueue",
            "Message": "The specified queue does not exist for this wsdl version.",
        },
        "RequestId": "rid",
    }
