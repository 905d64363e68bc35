"""Data protection of topics: refused publishers, masked deliveries, and audits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.events import NotificationFailed, SensitiveDataFound
from tests.decaf.sns.cloud import ACCOUNT, Cloud

INVALID = "InvalidParameter: Invalid parameter: "
OTHER = "222222222222"
EMAIL = "arn:aws:dataprotection::aws:data-identifier/EmailAddress"
MASK: dict[str, Any] = {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}}
DENY: dict[str, Any] = {"Deny": {}}
AUDIT = {"Audit": {"SampleRate": "99", "FindingsDestination": {}}}
NEVER = {"Audit": {"SampleRate": "0", "FindingsDestination": {}}}


def policy(operation: Any, direction: str = "Inbound", principal: str = "*") -> str:
    statement = {
        "DataDirection": direction,
        "Principal": [principal],
        "DataIdentifier": [EMAIL],
        "Operation": operation,
    }
    return json.dumps({"Name": "no addresses", "Version": "2021-06-01", "Statement": [statement]})


def protected(cloud: Cloud, *args: Any, **kwargs: Any) -> str:
    topic = cloud.topic()
    cloud.sns("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy=policy(*args, **kwargs))
    return topic


def raw_queue(cloud: Cloud, topic: str, name: str = "kitchen", **attributes: str) -> str:
    queue = cloud.queue(name)
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", **attributes)
    return queue


def bodies(cloud: Cloud, queue: str) -> list[str]:
    return [message["Body"] for message in cloud.received(queue)]


def test_a_policy_is_read_as_it_was_put(cloud: Cloud) -> None:
    topic = cloud.topic()
    assert cloud.sns("GetDataProtectionPolicy", ResourceArn=topic) == {"DataProtectionPolicy": ""}
    for document in (policy(DENY), policy(MASK)):
        cloud.sns("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy=document)
        assert cloud.sns("GetDataProtectionPolicy", ResourceArn=topic)["DataProtectionPolicy"] == document


def test_the_empty_text_takes_a_policy_away(cloud: Cloud) -> None:
    topic = protected(cloud, DENY)
    cloud.sns("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy="")
    cloud.sns("Publish", TopicArn=topic, Message="ada@example.com")


def test_a_topic_can_be_created_with_a_policy_and_again_only_with_the_same(cloud: Cloud) -> None:
    given = {"Name": "orders", "DataProtectionPolicy": policy(DENY)}
    topic = cloud.sns("CreateTopic", **given)["TopicArn"]
    assert cloud.sns("GetDataProtectionPolicy", ResourceArn=topic)["DataProtectionPolicy"] == policy(DENY)
    assert cloud.sns("CreateTopic", **given)["TopicArn"] == topic
    assert cloud.topic() == topic
    assert (
        cloud.refusal("CreateTopic", Name="orders", DataProtectionPolicy=policy(MASK))
        == INVALID + "Attributes Reason: Topic already exists with different attributes"
    )


def test_a_bad_policy_is_refused_and_creates_nothing(cloud: Cloud) -> None:
    bad = INVALID + "DataProtectionPolicy Reason: The policy is not JSON."
    assert cloud.refusal("CreateTopic", Name="orders", DataProtectionPolicy="x") == bad
    assert cloud.sns("ListTopics")["Topics"] == []
    topic = cloud.topic()
    assert cloud.refusal("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy="x") == bad


@pytest.mark.parametrize("operation", ["GetDataProtectionPolicy", "PutDataProtectionPolicy"])
def test_a_topic_is_looked_for_by_a_checked_arn(cloud: Cloud, operation: str) -> None:
    document = {} if operation.startswith("Get") else {"DataProtectionPolicy": policy(DENY)}
    unknown = f"arn:aws:sns:us-east-1:{ACCOUNT}:nothing"
    assert cloud.refusal(operation, ResourceArn=unknown, **document) == "NotFound: Topic does not exist"
    assert (
        cloud.refusal(operation, ResourceArn="x", **document)
        == INVALID + "ResourceArn Reason: An ARN must have at least 6 elements, not 1"
    )


def test_a_denied_message_is_refused(cloud: Cloud) -> None:
    topic = protected(cloud, DENY)
    queue = raw_queue(cloud, topic)
    refusal = cloud.refusal("Publish", TopicArn=topic, Message="to ada@example.com")
    assert refusal == (
        f"AuthorizationError: User: arn:aws:iam::{ACCOUNT}:user/decaf is not authorized to perform: SNS:Publish on "
        f"resource: {topic} with an explicit deny in a data protection policy"
    )
    cloud.sns("Publish", TopicArn=topic, Message="to nobody")
    assert bodies(cloud, queue) == ["to nobody"]


def test_one_entry_of_a_batch_is_refused_alone(cloud: Cloud) -> None:
    topic = protected(cloud, DENY)
    entries = [{"Id": "1", "Message": "ada@example.com"}, {"Id": "2", "Message": "x"}]
    answer = cloud.sns("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [done["Id"] for done in answer["Successful"]] == ["2"]
    assert [(failed["Id"], failed["Code"]) for failed in answer["Failed"]] == [("1", "AuthorizationError")]


def test_an_inbound_message_can_be_masked_for_all(cloud: Cloud) -> None:
    topic = protected(cloud, MASK)
    queue = raw_queue(cloud, topic)
    cloud.sns("Publish", TopicArn=topic, Message="to a@b.com")
    cloud.sns("Publish", TopicArn=topic, Message='{"default":"a@b.com","sqs":"c@d.com"}', MessageStructure="json")
    assert sorted(bodies(cloud, queue)) == ["#######", "to #######"]


def test_a_policy_is_for_those_it_names(cloud: Cloud) -> None:
    topic = protected(cloud, DENY, principal=f"arn:aws:iam::{OTHER}:root")
    cloud.sns("Publish", TopicArn=topic, Message="a@b.com")
    assert cloud.refusal("Publish", account=OTHER, TopicArn=topic, Message="a@b.com").startswith("AuthorizationError")


def test_subscribers_see_the_text_for_their_principal(cloud: Cloud) -> None:
    topic = protected(cloud, MASK, "Outbound", f"arn:aws:iam::{ACCOUNT}:root")
    mine, theirs = raw_queue(cloud, topic), cloud.queue("theirs", account=OTHER)
    subscribed: dict[str, Any] = {
        "TopicArn": topic,
        "Protocol": "sqs",
        "Endpoint": theirs,
        "ReturnSubscriptionArn": True,
    }
    cloud.sns("Subscribe", account=OTHER, Attributes={"RawMessageDelivery": "true"}, **subscribed)
    cloud.sns("Publish", TopicArn=topic, Message="to a@b.com")
    assert bodies(cloud, mine) == ["to #######"]
    (message,) = cloud.received(theirs, account=OTHER)
    assert message["Body"] == "to a@b.com"


def test_a_message_denied_outbound_is_a_failed_delivery(cloud: Cloud) -> None:
    topic = protected(cloud, DENY, "Outbound")
    dead = cloud.queue("dead")
    queue = raw_queue(cloud, topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="a@b.com")
    assert bodies(cloud, queue) == []
    (failed,) = [event for event in events if isinstance(event, NotificationFailed)]
    assert failed.subject.outcome.reason == "denied by the topic's data protection policy"
    assert bodies(cloud, dead) == ["a@b.com"]


def test_an_audit_reports_and_changes_nothing(cloud: Cloud) -> None:
    topic = protected(cloud, AUDIT)
    queue = raw_queue(cloud, topic)
    events = cloud.listen()
    published = cloud.sns("Publish", TopicArn=topic, Message="to a@b.com")
    (found,) = [event for event in events if isinstance(event, SensitiveDataFound)]
    finding = found.subject.finding
    assert (str(found.arn), finding.identifier, finding.spans) == (topic, "EmailAddress", ((3, 10),))
    (record,) = [record for record in cloud.world.history.since(0) if record.kind == "SensitiveDataFound"]
    assert (record.message_id, record.reason) == (published["MessageId"], "EmailAddress, 1 times")
    assert bodies(cloud, queue) == ["to a@b.com"]


@pytest.mark.parametrize(
    ("direction", "subscribed", "told"), [("Inbound", 0, 1), ("Outbound", 0, 0), ("Outbound", 2, 1)]
)
def test_a_publish_tells_what_it_was_not_searched_for(cloud: Cloud, direction: str, subscribed: int, told: int) -> None:
    address = EMAIL.replace("EmailAddress", "Address")
    policy = {
        "Name": "p",
        "Version": "2021-06-01",
        "Statement": [
            {"DataDirection": direction, "Principal": ["*"], "DataIdentifier": [address], "Operation": {"Deny": {}}}
        ],
    }
    topic = cloud.topic()
    cloud.sns("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy=json.dumps(policy))
    for number in range(subscribed):
        cloud.subscribe(topic, "sqs", cloud.queue(f"q{number}"))
    cloud.listen()
    published = cloud.sns("Publish", TopicArn=topic, Message="1 High Street")
    records = [record for record in cloud.world.history.since(0) if record.kind == "SensitiveDataNotSearched"]
    assert [(record.message_id, record.reason) for record in records] == [(published["MessageId"], "Address")] * told


def test_an_audit_looks_at_so_many_messages(cloud: Cloud) -> None:
    topic = protected(cloud, NEVER)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="a@b.com")
    assert not any(isinstance(event, SensitiveDataFound) for event in events)
