"""SNS as clients meet it: boto3, and links that are clicked."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import ClientError

from tests.live import Live

PHONE = "+15555550142"
MAIL = "customer@example.com"


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="orders")["TopicArn"]
    return arn


@pytest.fixture
def queue(sqs: Any) -> str:
    """A queue's URL."""
    url: str = sqs.create_queue(QueueName="kitchen")["QueueUrl"]
    return url


def arn_of(sqs: Any, url: str) -> str:
    found: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return found


def visit(url: str) -> ET.Element:
    with urlopen(url, timeout=10) as answer:
        return ET.fromstring(answer.read())


def test_a_message_is_in_the_queue_when_publish_returns(sns: Any, sqs: Any, topic: str, queue: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    published = sns.publish(TopicArn=topic, Message="latte")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])
    assert (body["Message"], body["MessageId"]) == ("latte", published["MessageId"])


def test_raw_messages_pass_the_checks_that_clients_make(sns: Any, sqs: Any, topic: str, queue: str) -> None:
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue), Attributes={"RawMessageDelivery": "true"}
    )
    attributes = {
        "size": {"DataType": "Number", "StringValue": "1"},
        "data": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sns.publish(TopicArn=topic, Message="flat white ☕", MessageAttributes=attributes)
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "flat white ☕"
    assert message["MessageAttributes"] == attributes


def test_a_long_poll_gets_a_published_message(
    live: Live, account: str, sns: Any, sqs: Any, topic: str, queue: str
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        live.until_somebody_waits(account, queue.rpartition("/")[2])
        sns.publish(TopicArn=topic, Message="latte")
        assert len(polling.result(timeout=10)["Messages"]) == 1


def test_links_in_messages_can_be_visited(live: Live, account: str, endpoint: str, sns: Any, topic: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint=MAIL)
    (asked,) = live.call(live.world_of(account).inbox.find, "email-json", MAIL, topic)
    body = json.loads(asked.body)
    assert body["SubscribeURL"].startswith(f"{endpoint}/?Action=ConfirmSubscription")
    confirmed = visit(body["SubscribeURL"])
    assert confirmed.findtext(".//{*}SubscriptionArn") == asked.subscription_arn
    sns.publish(TopicArn=topic, Message="latte")
    mail = live.call(live.world_of(account).inbox.find, "email-json", MAIL, topic)[-1]
    assert visit(json.loads(mail.body)["UnsubscribeURL"]).tag.endswith("UnsubscribeResponse")
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_queues_subscription_does_not_end_by_its_link(sns: Any, sqs: Any, topic: str, queue: str) -> None:
    """Recorded in 2026-10: the link is in the envelope, and is answered with 403."""
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="latte")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    with pytest.raises(HTTPError) as refused:
        visit(json.loads(message["Body"])["UnsubscribeURL"])
    assert refused.value.code == 403
    assert ET.fromstring(refused.value.read()).findtext(".//{*}Code") == "AuthorizationError"
    assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["PendingConfirmation"] == "false"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("Action=Unsubscribe", "SubscriptionArn Reason: no value for required parameter"),
        ("Action=Unsubscribe&SubscriptionArn=", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            "Action=SetEndpointAttributes&EndpointArn=x",
            "EndpointArn Reason: An ARN must have at least 6 elements, not 1",
        ),
    ],
)
def test_an_arn_is_looked_at_first(endpoint: str, form: str, text: str) -> None:
    with pytest.raises(HTTPError) as refused:
        visit(f"{endpoint}/?Version=2010-03-31&{form}")
    error = ET.fromstring(refused.value.read())
    assert (refused.value.code, error.findtext(".//{*}Code")) == (400, "InvalidParameter")
    assert error.findtext(".//{*}Message") == f"Invalid parameter: {text}"


def test_a_redrive_policy_is_unset_by_leaving_out_its_value_alone(sns: Any, sqs: Any, topic: str, queue: str) -> None:
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, queue)})
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn_of(sqs, queue)}
    arn = sns.subscribe(**given, Attributes={"RedrivePolicy": policy})["SubscriptionArn"]
    change = {"SubscriptionArn": arn, "AttributeName": "RedrivePolicy"}
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.set_subscription_attributes(**change, AttributeValue="")
    assert "RedrivePolicy" in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    sns.set_subscription_attributes(**change)
    assert "RedrivePolicy" not in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def test_a_trace_header_reaches_the_queue(sns: Any, sqs: Any, topic: str, queue: str) -> None:
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))

    def add_header(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = trace

    sns.meta.events.register("before-send.sns.Publish", add_header)
    sns.publish(TopicArn=topic, Message="latte")
    asked = {"QueueUrl": queue, "MessageSystemAttributeNames": ["AWSTraceHeader"]}
    (message,) = sqs.receive_message(**asked)["Messages"]
    assert message["Attributes"] == {"AWSTraceHeader": trace}


def test_a_batch_returns_the_entries_that_succeeded_and_those_that_failed(sns: Any, topic: str) -> None:
    answer = sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": "good", "Message": "latte"},
            {"Id": "bad", "Message": "latte", "Subject": "two\nlines"},
        ],
    )
    assert [done["Id"] for done in answer["Successful"]] == ["good"]
    assert answer["Failed"] == [
        {"Id": "bad", "Code": "InvalidParameter", "Message": "Invalid parameter: Subject", "SenderFault": True}
    ]


def test_empty_lists_are_there(sns: Any, topic: str) -> None:
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == []
    assert sns.list_platform_applications()["PlatformApplications"] == []
    batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "x"}])
    assert batch["Failed"] == []


def test_paginators_find_all(sns: Any) -> None:
    made = {sns.create_topic(Name=f"topic-{number}")["TopicArn"] for number in range(101)}
    pages = sns.get_paginator("list_topics").paginate()
    assert {topic["TopicArn"] for page in pages for topic in page["Topics"]} == made


def test_an_endpoint_arn_can_be_read_out_of_the_error_as_aws_guide_does(sns: Any) -> None:
    app = sns.create_platform_application(Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"})
    params = {"PlatformApplicationArn": app["PlatformApplicationArn"], "Token": "phone"}
    endpoint = sns.create_platform_endpoint(**params, CustomUserData="Ada")["EndpointArn"]
    with pytest.raises(ClientError, match=f"Endpoint {endpoint} already exists with the same Token"):
        sns.create_platform_endpoint(**params)


@pytest.mark.parametrize(
    ("operation", "params", "error", "status"),
    [
        ("get_topic_attributes", {"TopicArn": "arn:aws:sns:us-east-1:1:no"}, "NotFoundException", 404),
        ("get_topic_attributes", {"TopicArn": "x"}, "InvalidParameterException", 400),
        ("list_tags_for_resource", {"ResourceArn": "arn:aws:sns:us-east-1:1:no"}, "ResourceNotFoundException", 404),
        (
            "create_topic",
            {"Name": "a", "Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
            "TagLimitExceededException",
            400,
        ),
    ],
)
def test_errors_are_the_exceptions_of_the_client(
    sns: Any, operation: str, params: dict[str, Any], error: str, status: int
) -> None:
    with pytest.raises(getattr(sns.exceptions, error)) as caught:
        getattr(sns, operation)(**params)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_batch_errors_and_bad_attributes_are_the_exceptions_of_the_client(sns: Any, topic: str) -> None:
    twice = [{"Id": "1", "Message": "x"}] * 2
    with pytest.raises(sns.exceptions.BatchEntryIdsNotDistinctException):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=twice)
    with pytest.raises(sns.exceptions.EmptyBatchRequestException):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[])
    bad = {"a": {"DataType": "Wrong", "StringValue": "x"}}
    with pytest.raises(sns.exceptions.InvalidParameterValueException):
        sns.publish(TopicArn=topic, Message="x", MessageAttributes=bad)
