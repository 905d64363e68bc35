"""Topics: names, attributes, creating one twice, lists and deletion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.decaf.sns.cloud import ACCOUNT, Cloud

ORDERS = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"


def attributes(cloud: Cloud, topic: str) -> dict[str, str]:
    found: dict[str, str] = cloud.sns("GetTopicAttributes", TopicArn=topic)["Attributes"]
    return found


def test_a_new_topic_has_aws_default_attributes(cloud: Cloud) -> None:
    found = attributes(cloud, cloud.topic("orders"))
    policy = json.loads(found.pop("Policy"))
    delivery = json.loads(found.pop("EffectiveDeliveryPolicy"))
    assert found == {
        "DisplayName": "",
        "Owner": ACCOUNT,
        "SubscriptionsConfirmed": "0",
        "SubscriptionsDeleted": "0",
        "SubscriptionsPending": "0",
        "TopicArn": ORDERS,
    }
    assert policy["Id"] == "__default_policy_ID"
    (statement,) = policy["Statement"]
    assert statement["Resource"] == ORDERS
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    assert statement["Action"][0] == "SNS:GetTopicAttributes"
    assert statement["Action"][-1] == "SNS:Publish"
    assert delivery["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert delivery["http"]["defaultRequestPolicy"] == {"headerContentType": "text/plain; charset=UTF-8"}


@pytest.mark.parametrize("name", ["", "a" * 257, "a:b", "a;b", "a b", "a.b", "a@b", "orders.fifo", "a\n"])
def test_a_name_must_be_1_to_256_letters_digits_hyphens_underscores(cloud: Cloud, name: str) -> None:
    assert cloud.refusal("CreateTopic", Name=name) == "InvalidParameter: Invalid parameter: Topic Name"


def test_the_longest_name_is_256_long(cloud: Cloud) -> None:
    assert cloud.topic("a" * 256).endswith(":" + "a" * 256)


def test_creating_a_topic_again_gives_the_same_arn(cloud: Cloud) -> None:
    cloud.topic("orders", DisplayName="Orders")
    assert cloud.topic("orders") == ORDERS
    assert cloud.topic("orders", DisplayName="Orders", FifoTopic="false") == ORDERS


def test_creating_a_topic_again_with_other_attributes_or_tags_is_refused(cloud: Cloud) -> None:
    cloud.topic("orders")
    different = "Topic already exists with different"
    assert (
        cloud.refusal("CreateTopic", Name="orders", Attributes={"DisplayName": "x"})
        == f"InvalidParameter: Invalid parameter: Attributes Reason: {different} attributes"
    )
    assert (
        cloud.refusal("CreateTopic", Name="orders", Tags=[{"Key": "team", "Value": "bar"}])
        == f"InvalidParameter: Invalid parameter: Tags Reason: {different} tags"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DisplayName", "Orders"),
        ("MaximumMessageSize", "1024"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("KmsMasterKeyId", "alias/aws/sns"),
        ("SQSSuccessFeedbackSampleRate", "50"),
        ("HTTPFailureFeedbackRoleArn", "arn:aws:iam::111111111111:role/feedback"),
    ],
)
def test_an_attribute_comes_back_as_it_was_set_however_it_was_set(cloud: Cloud, name: str, value: str) -> None:
    created = cloud.topic("created", **{name: value})
    changed = cloud.topic("changed")
    cloud.sns("SetTopicAttributes", TopicArn=changed, AttributeName=name, AttributeValue=value)
    assert attributes(cloud, created)[name] == value
    assert attributes(cloud, changed)[name] == value


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Wrong", "1", "Invalid attribute name: Wrong"),
        ("Owner", "1", "Invalid attribute name: Owner"),
        ("ContentBasedDeduplication", "true", "Unknown attribute ContentBasedDeduplication"),
        ("ArchivePolicy", "{}", "Unknown attribute ArchivePolicy"),
        ("FifoTopic", "maybe", "FifoTopic: Invalid value [maybe]. Must be true or false."),
        ("DisplayName", "x" * 101, "DisplayName: must be at most 100 characters long"),
        (
            "MaximumMessageSize",
            "1023",
            "MaximumMessageSize: 1023 value provided is not an integer between 1024-1048576",
        ),
        (
            "SQSSuccessFeedbackSampleRate",
            "500",
            "SQSSuccessFeedbackSampleRate: 500 value provided is not an integer between 0-100",
        ),
        ("SignatureVersion", "3", "SignatureVersion: Invalid value [3]. Must be one of: 1, 2."),
        ("TracingConfig", "On", "TracingConfig: Invalid value [On]. Must be one of: PassThrough, Active."),
        ("Policy", "{", "Policy Error: null"),
        ("Policy", "[]", "Policy Error: null"),
        ("Policy", '{"Statement":[{"Action":1}]}', "Policy statement action out of service scope!"),
        ("Policy", '{"Statement":[{"Action":"sqs:SendMessage"}]}', "Policy statement action out of service scope!"),
        ("DeliveryPolicy", "{", "DeliveryPolicy: failed to parse JSON."),
        (
            "DeliveryPolicy",
            '{"http":{"defaultHealthyRetryPolicy":{"numRetries":300}}}',
            "DeliveryPolicy: http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100",
        ),
    ],
)
def test_a_bad_attribute_is_refused_with_aws_text(cloud: Cloud, name: str, value: str, text: str) -> None:
    assert (
        cloud.refusal("CreateTopic", Name="new", Attributes={name: value})
        == f"InvalidParameter: Invalid parameter: Attributes Reason: {text}"
    )
    by_name = "AttributeName" if text.startswith(("Unknown", "Invalid attribute")) or name == "FifoTopic" else text
    assert (
        cloud.refusal("SetTopicAttributes", TopicArn=cloud.topic(), AttributeName=name, AttributeValue=value)
        == f"InvalidParameter: Invalid parameter: {by_name}"
    )
    assert cloud.sns("ListTopics")["Topics"] == [{"TopicArn": ORDERS}]


def test_a_delivery_policy_is_completed_in_the_effective_one_and_taken_away_by_the_empty_text(cloud: Cloud) -> None:
    given = '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}'
    topic = cloud.topic("orders", DeliveryPolicy=given)
    found = attributes(cloud, topic)
    assert json.loads(found["DeliveryPolicy"]) == {
        "http": {
            "defaultHealthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1},
            "disableSubscriptionOverrides": False,
        }
    }
    effective = json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    assert effective["maxDelayTarget"] == 6
    assert effective["backoffFunction"] == "linear"
    cloud.sns("SetTopicAttributes", TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue="")
    assert "DeliveryPolicy" not in attributes(cloud, topic)


TOPIC_CALLS: dict[str, dict[str, Any]] = {
    "GetTopicAttributes": {},
    "SetTopicAttributes": {"AttributeName": "DisplayName", "AttributeValue": "x"},
    "DeleteTopic": {},
    "ListSubscriptionsByTopic": {},
    "Subscribe": {"Protocol": "sms", "Endpoint": "+15555550142"},
    "Publish": {"Message": "x"},
    "PublishBatch": {"PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]},
}


@pytest.mark.parametrize("operation", TOPIC_CALLS)
def test_the_topic_arn_is_checked_first(cloud: Cloud, operation: str) -> None:
    params = TOPIC_CALLS[operation]
    cloud.topic("orders")
    few = "InvalidParameter: Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not"
    assert cloud.refusal(operation, TopicArn="", **params) == f"{few} 1"
    assert cloud.refusal(operation, TopicArn="arn:aws", **params) == f"{few} 2"
    other_region = ORDERS.replace("us-east-1", "eu-west-1")
    for arn in (other_region, ORDERS.replace("sns", "sqs"), ORDERS.replace("arn", "nra")):
        assert cloud.refusal(operation, TopicArn=arn, **params) == "InvalidParameter: Invalid parameter: TopicArn"


@pytest.mark.parametrize("operation", [name for name in TOPIC_CALLS if name != "DeleteTopic"])
def test_an_unknown_topic_is_not_found(cloud: Cloud, operation: str) -> None:
    assert (
        cloud.refusal(operation, TopicArn=f"{ORDERS}-x", **TOPIC_CALLS[operation]) == "NotFound: Topic does not exist"
    )


def test_deleting_a_topic_takes_its_subscriptions_along_and_can_be_repeated(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "sqs", cloud.queue())
    assert cloud.sns("DeleteTopic", TopicArn=topic) == {}
    assert cloud.sns("DeleteTopic", TopicArn=topic) == {}
    assert cloud.sns("ListTopics")["Topics"] == []
    assert cloud.sns("ListSubscriptions")["Subscriptions"] == []


def test_topics_are_listed_a_hundred_at_a_time_each_once(cloud: Cloud) -> None:
    created = {cloud.topic(f"topic-{number}") for number in range(201)}
    pages: list[list[str]] = []
    token = None
    while token is not None or not pages:
        answer = cloud.sns("ListTopics", **({"NextToken": token} if token else {}))
        pages.append([topic["TopicArn"] for topic in answer["Topics"]])
        token = answer["NextToken"]
    assert [len(page) for page in pages] == [100, 100, 1]
    assert {arn for page in pages for arn in page} == created


def test_a_hundred_topics_are_one_page_without_a_token(cloud: Cloud) -> None:
    for number in range(100):
        cloud.topic(f"topic-{number}")
    assert cloud.sns("ListTopics")["NextToken"] is None


def test_deleting_the_last_topic_of_a_page_loses_none_of_the_next(cloud: Cloud) -> None:
    for number in range(150):
        cloud.topic(f"topic-{number:03}")
    first = cloud.sns("ListTopics")
    cloud.sns("DeleteTopic", TopicArn=first["Topics"][-1]["TopicArn"])
    second = cloud.sns("ListTopics", NextToken=first["NextToken"])
    assert [topic["TopicArn"].split("-")[-1] for topic in second["Topics"]] == [f"{n:03}" for n in range(100, 150)]


@pytest.mark.parametrize("token", ["!", "AAA", "/w=="])
def test_a_token_that_was_not_given_is_refused(cloud: Cloud, token: str) -> None:
    assert cloud.refusal("ListTopics", NextToken=token) == "InvalidParameter: Invalid parameter: NextToken"


def test_accounts_and_regions_do_not_see_each_other(cloud: Cloud) -> None:
    cloud.topic("orders")
    assert cloud.sns("ListTopics", account="222222222222")["Topics"] == []
    assert cloud.sns("ListTopics", region="eu-west-1")["Topics"] == []


def test_a_topic_for_large_messages_has_few_subscriptions_and_only_to_services(cloud: Cloud) -> None:
    topic = cloud.topic("orders")
    phone = cloud.subscribe(topic, "sms", "+15555550142")
    too_large = {"TopicArn": topic, "AttributeName": "MaximumMessageSize", "AttributeValue": "262145"}
    assert "sms subscriptions cannot take messages larger than 262144" in cloud.refusal(
        "SetTopicAttributes", **too_large
    )
    cloud.sns("Unsubscribe", SubscriptionArn=phone)
    for number in range(100):
        cloud.subscribe(topic, "sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue-{number}")
    cloud.sns("SetTopicAttributes", **too_large)
    more = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{ACCOUNT}:one-more"}
    assert "cannot have more subscriptions" in cloud.refusal("Subscribe", **more)
    assert "sms cannot be subscribed" in cloud.refusal(
        "Subscribe", **(more | {"Protocol": "sms", "Endpoint": "+15555550142"})
    )
