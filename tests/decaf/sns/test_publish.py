"""Publishing: messages and targets, alone and in batches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.decaf.sns.cloud import Cloud

INVALID = "InvalidParameter: Invalid parameter: "
PHONE = "+15555550142"


def value(data_type: str, text: str) -> dict[str, Any]:
    return {"DataType": data_type, "StringValue": text}


def binary(data: bytes, data_type: str = "Binary") -> dict[str, Any]:
    return {"DataType": data_type, "BinaryValue": data}


def entry(number: int, message: str = "x", **more: Any) -> dict[str, Any]:
    return {"Id": str(number), "Message": message, **more}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Subject": ""}, "Subject"),
        ({"Subject": "two\nlines"}, "Subject"),
        ({"Subject": "x" * 101}, "Subject"),
        ({"Message": "x" * 262_145}, "Message too long"),
        ({"Message": "é" * 131_073}, "Message too long"),
        (
            {"Message": "x" * 262_136, "MessageAttributes": {"a": value("String", "12")}},
            "Message too long",
        ),
        (
            {"Message": "{", "MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": "[]", "MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"default":"\\ud800"}', "MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"sqs":"x"}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": '{"default":1}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageDeduplicationId": "1"},
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
            "valid for this topic type",
        ),
        (
            {"MessageGroupId": "a b"},
            "MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. "
            "1 to 128 in length.",
        ),
    ],
)
def test_a_message_that_cannot_be_published(cloud: Cloud, params: dict[str, Any], text: str) -> None:
    topic = cloud.topic()
    assert cloud.refusal("Publish", TopicArn=topic, **({"Message": "x"} | params)) == INVALID + text


def test_a_message_at_the_limits_is_published(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.sns("Publish", TopicArn=topic, Message="x" * 262_144, Subject="x" * 100)
    cloud.sns("Publish", TopicArn=topic, Message="x" * 262_135, MessageAttributes={"a": value("String", "12")})
    cloud.sns("Publish", TopicArn=topic, Message="x", Subject="Grüße, 你好", MessageStructure="string")


def test_a_topic_may_take_smaller_or_larger_messages(cloud: Cloud) -> None:
    small = cloud.topic("small", MaximumMessageSize="1024")
    large = cloud.topic("large", MaximumMessageSize="1048576")
    cloud.sns("Publish", TopicArn=small, Message="x" * 1_024)
    assert cloud.refusal("Publish", TopicArn=small, Message="x" * 1_025) == INVALID + "Message too long"
    cloud.sns("Publish", TopicArn=large, Message="x" * 1_048_576)


@pytest.mark.parametrize(
    ("name", "attribute", "text"),
    [
        ("", value("String", "x"), "The request must contain non-empty message attribute names."),
        ("a" * 257, value("String", "x"), "Length of message attribute name must be less than 256 bytes."),
        (
            "a^b",
            value("String", "x"),
            "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include "
            "alphanumeric characters, hyphens, underscores, or dots.",
        ),
        (".a", value("String", "x"), "Invalid message attribute name starting with character '.' was found."),
        ("a.", value("String", "x"), "Invalid message attribute name ending with character '.' was found."),
        ("a..b", value("String", "x"), "Message attribute name can not have successive '.' character."),
        (
            "a",
            value("String", ""),
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type "
            "'String'.",
        ),
        (
            "a",
            {"DataType": "String"},
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type "
            "'String'.",
        ),
        (
            "a",
            binary(b""),
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type "
            "'Binary'.",
        ),
        ("a", binary(b"1", "String"), "The message attribute 'a' with type 'String' must use field 'String'."),
        ("a", binary(b"1", "Number"), "The message attribute 'a' with type 'Number' must use field 'String'."),
        ("a", value("Binary", "1"), "The message attribute 'a' with type 'Binary' must use field 'Binary'."),
        *(
            (
                "a",
                value(kind, "1"),
                "The message attribute 'a' has an invalid message attribute type, the set of supported type "
                "prefixes is Binary, Number, and String.",
            )
            for kind in ("String.", "Number.", "Binary.")
        ),
        (
            "a",
            value("Strings", "x"),
            "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is "
            "Binary, Number, and String.",
        ),
        ("a", value("Number", "ten"), "Could not cast message attribute 'a' value to number."),
        (
            "a",
            value("String.Array", "x"),
            "The message attribute 'a' with type 'String.Array' must be a JSON array of strings, numbers, true, "
            "false or null.",
        ),
    ],
)
def test_a_bad_message_attribute_fails_a_message_and_a_whole_batch(
    cloud: Cloud, name: str, attribute: dict[str, Any], text: str
) -> None:
    topic, attributes = cloud.topic(), {name: attribute}
    events = cloud.listen()
    assert (
        cloud.refusal("Publish", TopicArn=topic, Message="x", MessageAttributes=attributes)
        == f"ParameterValueInvalid: {text}"
    )
    entries = [entry(1), entry(2, MessageAttributes=attributes)]
    assert (
        cloud.refusal("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
        == f"ParameterValueInvalid: {text}"
    )
    assert events == []


def test_all_types_of_message_attributes_are_taken_with_any_label(cloud: Cloud) -> None:
    attributes = {
        "text": value("String", "x"),
        "labelled": value("String.prefixed", "x"),
        "list": value("String.Array", '["a", 1, true, null]'),
        "number": value("Number.int", "-3.5e2"),
        "bytes": binary(b"\x00"),
        "AWS.SNS.SMS.SMSType": value("String", "Transactional"),
        **{f"more-{number}": value("String", "x") for number in range(10)},
    }
    cloud.sns("Publish", TopicArn=cloud.topic(), Message="x", MessageAttributes=attributes)


def test_a_topic_is_published_to_by_its_target_arn_too(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue)
    cloud.sns("Publish", TargetArn=topic, Message="hello")
    (message,) = cloud.received(queue)
    assert json.loads(message["Body"])["TopicArn"] == topic


def test_a_message_needs_exactly_one_target(cloud: Cloud) -> None:
    assert (
        cloud.refusal("Publish", Message="x")
        == INVALID + "TopicArn or TargetArn Reason: no value for required parameter"
    )
    assert "only one of them" in cloud.refusal("Publish", Message="x", TopicArn=cloud.topic(), PhoneNumber=PHONE)


@pytest.mark.parametrize("number", ["InvalidPhoneNumber", "", "+0155", "+1555-5550142", "+1234567890123456"])
def test_a_phone_number_must_be_one(cloud: Cloud, number: str) -> None:
    assert (
        cloud.refusal("Publish", Message="x", PhoneNumber=number)
        == f"{INVALID}PhoneNumber Reason: {number} is not valid to publish to"
    )


def test_a_phone_number_is_published_to(cloud: Cloud) -> None:
    text = '{"default":"to all","sms":"to phones"}'
    published = cloud.sns("Publish", Message=text, MessageStructure="json", PhoneNumber=PHONE)
    (sms,) = cloud.inbox()
    assert (sms.protocol, sms.recipient, sms.body) == ("sms", PHONE, "to phones")
    assert (sms.message_id, sms.topic_arn, sms.subscription_arn) == (published["MessageId"], None, None)
    assert cloud.refusal("Publish", Message="x" * 1_601, PhoneNumber=PHONE) == INVALID + "Message too long"


def test_a_batch_is_published_in_order(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    entries = [entry(number, f"message {number}") for number in range(10)]
    answer = cloud.sns("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
    assert answer["Failed"] == []
    assert [done["Id"] for done in answer["Successful"]] == [str(number) for number in range(10)]
    assert len({done["MessageId"] for done in answer["Successful"]}) == 10
    assert [message["Body"] for message in cloud.received(queue)] == [e["Message"] for e in entries]


def test_bad_subjects_and_empty_messages_fail_alone(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    entries = [entry(1, "one"), entry(2, Subject="a\nb"), entry(3, "three"), entry(4, "")]
    answer = cloud.sns("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [done["Id"] for done in answer["Successful"]] == ["1", "3"]
    assert answer["Failed"] == [
        {
            "Id": "2",
            "Code": "InvalidParameter",
            "Message": "Invalid parameter: Subject",
            "SenderFault": True,
        },
        {
            "Id": "4",
            "Code": "InvalidParameter",
            "Message": "Invalid parameter: Empty message",
            "SenderFault": True,
        },
    ]
    assert [message["Body"] for message in cloud.received(queue)] == ["one", "three"]


@pytest.mark.parametrize(
    ("entries", "refusal"),
    [
        ([], "EmptyBatchRequest: The batch request doesn't contain any entries."),
        (
            [entry(number) for number in range(11)],
            "TooManyEntriesInBatchRequest: The batch request contains more entries than permissible.",
        ),
        (
            [entry(1), entry(1)],
            "BatchEntryIdsNotDistinct: Two or more batch entries in the request have the same Id.",
        ),
        (
            [entry(1) | {"Id": "a b"}],  # this and the next as recorded in 2025-12
            "InvalidBatchEntryId: The Id of a batch entry in the batch request contains an impermissible character: "
            "a b",
        ),
        (
            [entry(1) | {"Id": "a" * 81}],
            f"InvalidBatchEntryId: The Id of a batch entry in the batch request is too long: {'a' * 81}",
        ),
        (
            [entry(1) | {"Id": ""}],
            "InvalidBatchEntryId: The Id of a batch entry in a batch request doesn't abide by the specification.",
        ),
        (
            [entry(1, "x" * 131_073), entry(2, "x" * 131_072)],
            "BatchRequestTooLong: The length of all the messages put together is more than the limit.",
        ),
        (
            [entry(1), entry(2, '{"sqs":"x"}', MessageStructure="json")],
            INVALID + "Message Structure - No default entry in JSON message body",
        ),
        (
            [entry(1), entry(2, MessageDeduplicationId="x")],
            INVALID
            + "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
            + "valid for this topic type",
        ),
    ],
)
def test_a_batch_that_fails_as_a_whole_publishes_nothing(
    cloud: Cloud, entries: list[dict[str, Any]], refusal: str
) -> None:
    topic, events = cloud.topic(), cloud.listen()
    assert cloud.refusal("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries) == refusal
    assert events == []


def test_the_largest_batch_is_as_large_as_the_largest_message(cloud: Cloud) -> None:
    entries = [entry(1, "x" * 131_072), entry(2, "x" * 131_072)]
    answer = cloud.sns("PublishBatch", TopicArn=cloud.topic(), PublishBatchRequestEntries=entries)
    assert len(answer["Successful"]) == 2
