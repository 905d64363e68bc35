"""Every operation of SQS as a client finds it that speaks Query, the older of SQS's two protocols."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from decaf.api.sqs import OPERATIONS
from decaf_protocol import operations
from tests.decaf.sqs.test_batches import SENDING
from tests.journeys.query_client import QueryClient

# AWS's own examples: the digests are printed in the SQS API Reference and the AWS CLI's.
TEXT = {"DataType": "String", "StringValue": "my_attribute_value_1"}
MD5_OF_TEXT = "8ef4d60dbc8efda9f260e1dfd09d29f3"  # as my_attribute_name_1
COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


def _queue(query: QueryClient, name: str = "orders", **attributes: str) -> str:
    url: str = query.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def _arn(query: QueryClient, url: str) -> str:
    attributes = query.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    arn: str = attributes["QueueArn"]
    return arn


def _members(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _md5(body: str) -> str:
    return hashlib.md5(body.encode()).hexdigest()


def test_the_life_of_a_queue(query: QueryClient) -> None:
    url = query.create_queue(QueueName="orders", Attributes={"DelaySeconds": "7"}, tags={"team": "bar"})["QueueUrl"]
    assert query.get_queue_url(QueueName="orders")["QueueUrl"] == url
    assert query.list_queues(QueueNamePrefix="ord")["QueueUrls"] == [url]
    assert _members(query.list_queues(QueueNamePrefix="none")) == {}
    assert _members(query.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})) == {}
    shown = query.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds", "VisibilityTimeout"])
    assert shown["Attributes"] == {"DelaySeconds": "0", "VisibilityTimeout": "30"}
    query.tag_queue(QueueUrl=url, Tags={"team": "kitchen", "stage": "test"})
    query.untag_queue(QueueUrl=url, TagKeys=["stage"])
    assert query.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "kitchen"}
    assert _members(query.purge_queue(QueueUrl=url)) == {}
    assert _members(query.delete_queue(QueueUrl=url)) == {}
    assert _members(query.list_queues()) == {}


def test_lists_come_in_pages(query: QueryClient) -> None:
    urls = [_queue(query, name) for name in ("a", "b", "c")]
    first = query.list_queues(MaxResults=2)
    rest = query.list_queues(MaxResults=2, NextToken=first["NextToken"])
    assert first["QueueUrls"] + rest["QueueUrls"] == urls
    assert "NextToken" not in rest


def test_the_life_of_a_message(query: QueryClient) -> None:
    url = _queue(query)
    body = 'caf\u00e9 \u2615 <a href="x">&amp;</a>\r\n\t]]>'
    attributes = {"my_attribute_name_1": TEXT, "raw": {"DataType": "Binary.gif", "BinaryValue": b"\x00\xff"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    sent = query.send_message(
        QueueUrl=url, MessageBody=body, MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    assert sent["MD5OfMessageBody"] == _md5(body)
    assert sent["MD5OfMessageSystemAttributes"] == "62a56dd927315f2b2e12832b84617ea5"
    (message,) = query.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], body)
    assert (message["MD5OfBody"], message["MessageAttributes"]) == (_md5(body), attributes)
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    handle = message["ReceiptHandle"]
    assert _members(query.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)) == {}
    (again,) = query.receive_message(QueueUrl=url, MessageAttributeNames=["my.*", "my_*"], WaitTimeSeconds=1)[
        "Messages"
    ]
    assert _members(query.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])) == {}
    assert _members(query.receive_message(QueueUrl=url)) == {}


def test_the_digest_is_of_the_attributes_that_come_back(query: QueryClient) -> None:
    url = _queue(query)
    other = {"DataType": "Number", "StringValue": "1"}
    sent = query.send_message(
        QueueUrl=url, MessageBody="latte", MessageAttributes={"my_attribute_name_1": TEXT, "other": other}
    )
    assert sent["MD5OfMessageAttributes"] != MD5_OF_TEXT
    (message,) = query.receive_message(QueueUrl=url, MessageAttributeNames=["my_attribute_name_1"])["Messages"]
    assert message["MessageAttributes"] == {"my_attribute_name_1": TEXT}
    assert message["MD5OfMessageAttributes"] == MD5_OF_TEXT


def test_batches(query: QueryClient) -> None:
    url = _queue(query)
    entries: list[dict[str, Any]] = [{"Id": f"n{n}", "MessageBody": f"latte {n}"} for n in range(10)]
    entries[0]["MessageAttributes"] = {"my_attribute_name_1": TEXT}
    sent = query.send_message_batch(QueueUrl=url, Entries=entries)
    assert {entry["Id"]: entry["MD5OfMessageBody"] for entry in sent["Successful"]} == {
        entry["Id"]: _md5(entry["MessageBody"]) for entry in entries
    }
    assert sent["Successful"][0]["MD5OfMessageAttributes"] == MD5_OF_TEXT
    assert "Failed" not in sent
    messages = query.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    handles = [{"Id": f"n{n}", "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
    for entry in handles:
        entry["VisibilityTimeout"] = 60
    changed = query.change_message_visibility_batch(QueueUrl=url, Entries=handles)
    assert [entry["Id"] for entry in changed["Successful"]] == [f"n{n}" for n in range(10)]
    gone = [{"Id": entry["Id"], "ReceiptHandle": entry["ReceiptHandle"]} for entry in handles[1:]]
    deleted = query.delete_message_batch(QueueUrl=url, Entries=[*gone, {"Id": "bad", "ReceiptHandle": "junk"}])
    assert len(deleted["Successful"]) == 9
    assert deleted["Failed"] == [
        {
            "Id": "bad",
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": 'The input receipt handle "junk" is not a valid receipt handle.',
        }
    ]
    counts = query.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"]
    assert counts == dict(zip(COUNTS, ("0", "1"), strict=True))


@pytest.mark.parametrize(("entry", "code", "text"), SENDING)
def test_an_entry_fails_alone(query: QueryClient, entry: dict[str, Any], code: str, text: str) -> None:
    url = _queue(query, "small", MaximumMessageSize="1024")
    entries = [{"Id": "good", "MessageBody": "latte"}, {"Id": "bad", "MessageBody": "latte", **entry}]
    result = query.send_message_batch(QueueUrl=url, Entries=entries)
    assert result["Failed"] == [{"Id": "bad", "SenderFault": True, "Code": code, "Message": text}]
    assert [entry["Id"] for entry in result["Successful"]] == ["good"]


def test_fifo_queues(query: QueryClient) -> None:
    url = _queue(query, "orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    bodies = ["latte", "mocha", "latte"]
    sent = [query.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="bar") for body in bodies]
    assert sent[0]["SequenceNumber"] < sent[1]["SequenceNumber"]
    assert (sent[2]["MessageId"], sent[2]["SequenceNumber"]) == (sent[0]["MessageId"], sent[0]["SequenceNumber"])
    ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], "ReceiveRequestAttemptId": "1"}
    first = query.receive_message(**ask)["Messages"]
    assert [(message["Body"], message["Attributes"]["MessageGroupId"]) for message in first] == [
        ("latte", "bar"),
        ("mocha", "bar"),
    ]
    assert [m["ReceiptHandle"] for m in query.receive_message(**ask)["Messages"]] == [
        message["ReceiptHandle"] for message in first
    ]


def test_permissions(query: QueryClient, account: str) -> None:
    url = _queue(query)
    actions = ["SendMessage", "ReceiveMessage"]
    query.add_permission(QueueUrl=url, Label="a", AWSAccountIds=[account], Actions=actions)
    policy = query.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(policy)["Statement"][0]["Action"] == [f"SQS:{action}" for action in actions]
    query.remove_permission(QueueUrl=url, Label="a")
    assert _members(query.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])) == {}


def test_dead_letters_and_the_way_back(query: QueryClient, advance: Any) -> None:
    dead = _queue(query, "dead")
    arn = _arn(query, dead)
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = _queue(query, RedrivePolicy=policy, VisibilityTimeout="0")
    assert query.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    query.send_message(QueueUrl=url, MessageBody="latte")
    query.receive_message(QueueUrl=url)
    assert _members(query.receive_message(QueueUrl=url)) == {}
    handle = query.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    (task,) = query.list_message_move_tasks(SourceArn=arn)["Results"]
    assert (task["TaskHandle"], task["Status"], task["MaxNumberOfMessagesPerSecond"]) == (handle, "RUNNING", 1)
    advance(1)
    (task,) = query.list_message_move_tasks(SourceArn=arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert query.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"
    handle = query.start_message_move_task(SourceArn=arn)["TaskHandle"]
    assert query.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 0


def test_there_are_no_other_operations() -> None:
    assert OPERATIONS.keys() == set(operations("sqs"))
