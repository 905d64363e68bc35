"""A template applied to its stack again updates, replaces and deletes what CloudFormation would.

Source: CloudFormation Template Reference, "Update requires" of the properties; "DeletionPolicy attribute".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.declared.resource import BadDeclaration
from decaf.testing import Decaf, Settings
from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, REGION

NEWS = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
ORDERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"


def template(**resources: tuple[str, dict[str, object]]) -> str:
    return json.dumps(
        {
            "Resources": {
                name: {"Type": f"AWS::{kind}", "Properties": facts} for name, (kind, facts) in resources.items()
            }
        }
    )


def changes(cloud: Declaring, text: str) -> dict[str, str]:
    """Apply a template; return what became of its resources."""
    return {one.what: one.change for one in cloud.template(text)}


def queue(name: str = "orders", **facts: object) -> str:
    return template(Orders=("SQS::Queue", {"QueueName": name, **facts}))


def topic(name: str = "news", **facts: object) -> str:
    return template(News=("SNS::Topic", {"TopicName": name, **facts}))


def subscription(protocol: str = "sqs", endpoint: str = ORDERS, **facts: object) -> str:
    return template(
        Orders=("SQS::Queue", {"QueueName": "orders"}),
        News=("SNS::Topic", {"TopicName": "news"}),
        Sub=("SNS::Subscription", {"TopicArn": NEWS, "Protocol": protocol, "Endpoint": endpoint, **facts}),
    )


def test_the_same_template_changes_nothing_not_even_what_a_client_has_set(cloud: Declaring) -> None:
    assert changes(cloud, queue(DelaySeconds=1)) == {"Orders": "created"}
    cloud.sqs("SetQueueAttributes", QueueUrl="orders", Attributes={"DelaySeconds": "2"})
    assert changes(cloud, queue(DelaySeconds=1)) == {"Orders": "unchanged"}
    assert cloud.attributes_of_queue("orders")["DelaySeconds"] == "2"


def test_a_queue_is_updated_and_keeps_its_messages(cloud: Declaring) -> None:
    cloud.template(queue(VisibilityTimeout=5, DelaySeconds=0, KmsMasterKeyId="k", Tags=[{"Key": "a", "Value": "1"}]))
    cloud.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    tags = [{"Key": "b", "Value": "2"}]
    redrive = {"deadLetterTargetArn": ORDERS.replace("orders", "dead"), "maxReceiveCount": 3}
    cloud.sqs("CreateQueue", QueueName="dead")
    assert changes(cloud, queue(DelaySeconds=3, RedrivePolicy=redrive, Tags=tags)) == {"Orders": "updated"}
    attributes = cloud.attributes_of_queue("orders")
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("30", "3")
    assert "KmsMasterKeyId" not in attributes
    assert attributes["SqsManagedSseEnabled"] == "true"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
    assert cloud.sqs("ListQueueTags", QueueUrl="orders")["Tags"] == {"b": "2"}
    assert attributes["ApproximateNumberOfMessages"] == "1"
    assert changes(cloud, queue()) == {"Orders": "updated"}
    assert "RedrivePolicy" not in cloud.attributes_of_queue("orders")


def test_another_name_replaces_a_queue(cloud: Declaring) -> None:
    cloud.template(queue())
    assert [(one.what, one.arn, one.change) for one in cloud.template(queue("drinks"))] == [
        ("Orders", ORDERS.replace("orders", "drinks"), "replaced")
    ]
    assert cloud.queue_names() == ["drinks"]


def test_fifo_replaces_a_queue_of_a_generated_name(cloud: Declaring) -> None:
    cloud.template(template(Orders=("SQS::Queue", {})))
    assert changes(cloud, template(Orders=("SQS::Queue", {"FifoQueue": True}))) == {"Orders": "replaced"}
    (name,) = cloud.queue_names()
    assert name.endswith(".fifo")


def test_what_left_the_template_is_deleted(cloud: Declaring) -> None:
    cloud.template(subscription())
    assert changes(cloud, queue()) == {"Orders": "unchanged", "News": "deleted", "Sub": "deleted"}
    assert cloud.world.topics() == []
    assert changes(cloud, '{"Resources": {}}') == {"Orders": "deleted"}
    assert cloud.world.queues() == []


def test_a_condition_that_becomes_false_deletes(cloud: Declaring) -> None:
    text = """
Parameters: {Stage: {Type: String}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources: {Orders: {Type: AWS::SQS::Queue, Condition: IsProd}}
"""
    cloud.template(text, Stage="prod")
    cloud.template(text, Stage="dev")
    assert cloud.world.queues() == []


def test_what_is_to_be_retained_stays(cloud: Declaring) -> None:
    text = """
Resources:
  Orders: {Type: AWS::SQS::Queue, DeletionPolicy: Retain, Properties: {QueueName: orders}}
  Drinks: {Type: AWS::SQS::Queue, UpdateReplacePolicy: Retain, Properties: {QueueName: %s}}
"""
    cloud.template(text % "tea")
    cloud.template(text % "coffee")
    assert cloud.queue_names() == ["coffee", "orders", "tea"]
    cloud.template('{"Resources": {}}')
    assert cloud.queue_names() == ["orders", "tea"]


def test_a_topic_is_updated_and_keeps_its_subscriptions(cloud: Declaring) -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    cloud.template(topic(DisplayName="News", TracingConfig="Active", SignatureVersion="2", Tags=tags))
    cloud.sns("Subscribe", TopicArn=NEWS, Protocol="email", Endpoint="a@example.com")
    assert changes(cloud, topic(DisplayName="New", Tags=[{"Key": "b", "Value": "3"}])) == {"News": "updated"}
    attributes = cloud.attributes_of_topic(NEWS)
    assert (attributes["DisplayName"], attributes["TracingConfig"]) == ("New", "PassThrough")
    assert attributes["SignatureVersion"] == "1"
    assert cloud.sns("ListTagsForResource", ResourceArn=NEWS)["Tags"] == [{"Key": "b", "Value": "3"}]
    assert len(cloud.attributes_of_subscriptions(NEWS)) == 1


def test_the_data_protection_of_a_topic_is_changed_and_taken_away(cloud: Declaring) -> None:
    deny = {
        "Sid": "deny",
        "DataDirection": "Inbound",
        "Principal": ["*"],
        "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
        "Operation": {"Deny": {}},
    }
    for name in ("one", "two"):
        cloud.template(topic(DataProtectionPolicy={"Name": name, "Version": "2021-06-01", "Statement": [deny]}))
        policy = cloud.sns("GetDataProtectionPolicy", ResourceArn=NEWS)["DataProtectionPolicy"]
        assert json.loads(policy)["Name"] == name
    assert changes(cloud, topic()) == {"News": "updated"}
    assert cloud.sns("GetDataProtectionPolicy", ResourceArn=NEWS)["DataProtectionPolicy"] == ""


def test_a_topic_of_another_name_is_a_replacement(cloud: Declaring) -> None:
    cloud.template(topic())
    assert changes(cloud, topic("olds")) == {"News": "replaced"}
    assert [str(one.arn) for one in cloud.world.topics()] == [NEWS.replace("news", "olds")]


def test_the_archive_of_a_topic_is_taken_away(cloud: Declaring) -> None:
    fifo = {"FifoTopic": True, "ContentBasedDeduplication": True}
    cloud.template(topic("news.fifo", ArchivePolicy={"MessageRetentionPeriod": 7}, **fifo))
    cloud.template(topic("news.fifo", FifoTopic=True))
    attributes = cloud.attributes_of_topic(f"{NEWS}.fifo")
    assert "ArchivePolicy" not in attributes
    assert attributes["ContentBasedDeduplication"] == "false"


def test_a_subscription_is_updated_under_its_arn(cloud: Declaring) -> None:
    policy = {"kind": {"of": ["hot"]}}
    cloud.template(subscription(FilterPolicyScope="MessageBody", FilterPolicy=policy, RawMessageDelivery=True))
    (before,) = cloud.attributes_of_subscriptions(NEWS)
    cloud.template(subscription(FilterPolicyScope="MessageBody", FilterPolicy={"kind": {"of": ["cold"]}}))
    (after,) = cloud.attributes_of_subscriptions(NEWS)
    assert after["SubscriptionArn"] == before["SubscriptionArn"]
    assert (after["RawMessageDelivery"], json.loads(after["FilterPolicy"])) == ("false", {"kind": {"of": ["cold"]}})
    assert changes(cloud, subscription(RedrivePolicy={"deadLetterTargetArn": ORDERS}))["Sub"] == "updated"
    (after,) = cloud.attributes_of_subscriptions(NEWS)
    assert "FilterPolicy" not in after
    assert json.loads(after["RedrivePolicy"]) == {"deadLetterTargetArn": ORDERS}
    cloud.template(subscription())
    assert "RedrivePolicy" not in cloud.attributes_of_subscriptions(NEWS)[0]


def test_a_filter_of_the_body_comes_with_its_scope(cloud: Declaring) -> None:
    cloud.template(subscription(FilterPolicy={"kind": ["hot"]}))
    cloud.template(subscription(FilterPolicy={"kind": {"of": ["hot"]}}, FilterPolicyScope="MessageBody"))
    assert cloud.attributes_of_subscriptions(NEWS)[0]["FilterPolicyScope"] == "MessageBody"
    cloud.template(subscription(FilterPolicy={"kind": ["cold"]}))
    assert cloud.attributes_of_subscriptions(NEWS)[0]["FilterPolicyScope"] == "MessageAttributes"


def test_another_endpoint_replaces_a_subscription(cloud: Declaring) -> None:
    cloud.template(subscription())
    drinks = ORDERS.replace("orders", "drinks")
    cloud.sqs("CreateQueue", QueueName="drinks")
    assert changes(cloud, subscription(endpoint=drinks))["Sub"] == "replaced"
    assert [one["Endpoint"] for one in cloud.attributes_of_subscriptions(NEWS)] == [drinks]


def test_a_pending_subscription_cannot_be_deleted_and_stays(cloud: Declaring) -> None:
    cloud.template(subscription("email", "a@example.com"))
    cloud.template(topic())
    assert [one["Protocol"] for one in cloud.attributes_of_subscriptions(NEWS)] == ["email"]


def policies(queue_action: str | None, topic_action: str | None) -> str:
    resources: dict[str, tuple[str, dict[str, object]]] = {
        "Orders": ("SQS::Queue", {"QueueName": "orders"}),
        "News": ("SNS::Topic", {"TopicName": "news"}),
    }
    for action, kind, facts in (
        (queue_action, "SQS::QueuePolicy", {"Queues": ["orders"]}),
        (topic_action, "SNS::TopicPolicy", {"Topics": [NEWS]}),
    ):
        if action is not None:
            statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
            resources[kind[5:]] = (kind, {**facts, "PolicyDocument": {"Statement": [statement]}})
    return template(**resources)


def test_policies_are_changed_and_taken_away(cloud: Declaring) -> None:
    cloud.template(policies("sqs:SendMessage", "sns:Publish"))
    said = changes(cloud, policies("sqs:ReceiveMessage", "sns:Publish"))
    assert said == {"Orders": "unchanged", "News": "unchanged", "QueuePolicy": "updated"}
    assert "sqs:ReceiveMessage" in cloud.attributes_of_queue("orders")["Policy"]
    said = changes(cloud, policies(None, None))
    assert (said["QueuePolicy"], said["TopicPolicy"]) == ("deleted", "deleted")
    assert "Policy" not in cloud.attributes_of_queue("orders")
    assert "__default_policy_ID" in cloud.attributes_of_topic(NEWS)["Policy"]


def test_what_a_client_has_deleted_is_created_again(cloud: Declaring) -> None:
    cloud.template(topic())
    cloud.sns("DeleteTopic", TopicArn=NEWS)
    assert changes(cloud, topic()) == {"News": "created"}
    cloud.sns("DeleteTopic", TopicArn=NEWS)
    assert changes(cloud, '{"Resources": {}}') == {}


def test_stacks_of_other_names_and_other_resources_are_left_alone(cloud: Declaring) -> None:
    cloud.sqs("CreateQueue", QueueName="other")
    cloud.template(queue(), stack_name="one")
    cloud.template(topic(), stack_name="two")
    cloud.declare('[[queues]]\nname = "plain"')
    assert cloud.queue_names() == ["orders", "other", "plain"]


def test_a_refused_update_leaves_the_stack_true(cloud: Declaring) -> None:
    cloud.template(queue())
    with pytest.raises(BadDeclaration, match="InvalidAttributeValue"):
        cloud.template(template(Drinks=("SQS::Queue", {"QueueName": "tea", "DelaySeconds": 901})))
    assert changes(cloud, template(Drinks=("SQS::Queue", {"QueueName": "tea"}))) == {
        "Drinks": "created",
        "Orders": "deleted",
    }


def test_a_reset_creates_the_last_template_again(cloud: Declaring) -> None:
    cloud.template(queue())
    cloud.template(topic())
    cloud.world.reset(declared=True)
    assert cloud.world.queues() == []
    assert [str(one.arn) for one in cloud.world.topics()] == [NEWS]
    cloud.world.reset()
    assert changes(cloud, queue()) == {"Orders": "created"}


def test_a_snapshot_has_the_stacks_also_in_another_account(cloud: Declaring) -> None:
    cloud.template(subscription())
    snapshot = cloud.world.snapshot(ACCOUNT)
    cloud.world.restore(snapshot)
    assert set(changes(cloud, subscription()).values()) == {"unchanged"}
    cloud.world.restore(snapshot, "222222222222")
    region = cloud.world.store.region("222222222222", REGION)
    assert {str(call.params.get("TopicArn")) for call in region.stacks["shop"]} == {
        "None",
        NEWS.replace(ACCOUNT, "222222222222"),
    }


NAMES = st.sampled_from(["one", "two"])
TAGS = st.dictionaries(NAMES, NAMES).map(lambda tags: [{"Key": key, "Value": value} for key, value in tags.items()])
QUEUES = st.fixed_dictionaries(
    {"QueueName": NAMES},
    optional={
        "DelaySeconds": st.integers(0, 3),
        "KmsMasterKeyId": NAMES,
        "RedriveAllowPolicy": st.just({"redrivePermission": "denyAll"}),
        "Tags": TAGS,
        "VisibilityTimeout": st.integers(0, 3),
    },
)
TOPICS = st.fixed_dictionaries(
    {"TopicName": NAMES},
    optional={
        "DisplayName": NAMES,
        "KmsMasterKeyId": NAMES,
        "SignatureVersion": st.sampled_from(["1", "2"]),
        "Tags": TAGS,
        "TracingConfig": st.sampled_from(["Active", "PassThrough"]),
    },
)
SUBSCRIPTIONS = st.fixed_dictionaries(
    {
        "Protocol": st.just("sqs"),
        "TopicArn": st.just({"Ref": "Topic"}),
        "Endpoint": NAMES.map(lambda name: ORDERS.replace("orders", name)),
    },
    optional={
        "RawMessageDelivery": st.booleans(),
        "RedrivePolicy": st.just({"deadLetterTargetArn": ORDERS}),
    },
).flatmap(
    lambda facts: st.sampled_from(
        [
            facts,
            facts | {"FilterPolicy": {"kind": ["hot"]}},
            facts | {"FilterPolicy": {"kind": ["hot"]}, "FilterPolicyScope": "MessageBody"},
            facts | {"FilterPolicy": {"kind": {"of": ["hot"]}}, "FilterPolicyScope": "MessageBody"},
        ]
    )
)


@st.composite
def stacks(draw: st.DrawFn) -> str:
    """A template of a topic, and perhaps a queue and a subscription."""
    resources: dict[str, tuple[str, Any]] = {"Topic": ("SNS::Topic", draw(TOPICS))}
    if draw(st.booleans()):
        resources["Queue"] = ("SQS::Queue", draw(QUEUES))
    if draw(st.booleans()):
        resources["Sub"] = ("SNS::Subscription", draw(SUBSCRIPTIONS))
    return template(**resources)


def state(cloud: Declaring) -> dict[str, object]:
    """Return all that is there, without what differs between any two runs."""
    found: dict[str, object] = {}
    for name in cloud.queue_names():
        attributes = cloud.attributes_of_queue(name)
        found[name] = {key: text for key, text in attributes.items() if not key.endswith("Timestamp")}
        found[f"{name} tags"] = cloud.sqs("ListQueueTags", QueueUrl=name).get("Tags")
    for each in cloud.world.topics():
        arn = str(each.arn)
        attributes = cloud.attributes_of_topic(arn)
        found[arn] = {key: text for key, text in attributes.items() if key != "SubscriptionsDeleted"}
        found[f"{arn} tags"] = sorted(map(str, cloud.sns("ListTagsForResource", ResourceArn=arn)["Tags"]))
        subscribed = cloud.attributes_of_subscriptions(arn)
        found[f"{arn} to"] = [
            {key: text for key, text in one.items() if key != "SubscriptionArn"} for one in subscribed
        ]
    return found


# TracingConfig and SignatureVersion are shown once they were set, also with the value that they have by default.
USUAL = {"TracingConfig": "PassThrough", "SignatureVersion": "1"}


def without_usual(found: dict[str, object]) -> dict[str, object]:
    return {
        name: {key: text for key, text in value.items() if USUAL.get(key) != text} if isinstance(value, dict) else value
        for name, value in found.items()
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(stacks(), min_size=2, max_size=4))
def test_after_any_updates_there_is_what_the_last_template_declares(texts: list[str]) -> None:
    updated, fresh = Declaring(), Declaring()
    for cloud in (updated, fresh):
        cloud.sqs("CreateQueue", QueueName="orders")
    for text in texts:
        updated.template(text)
        updated.world.clock.advance(61)  # the name of a deleted queue can be used again
    fresh.template(texts[-1])
    assert without_usual(state(updated)) == without_usual(state(fresh))


def test_a_restarted_server_brings_its_stack_up_to_date(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "shop.yaml"
    kept = Settings(port=0, init=(str(file),), data_dir=str(tmp_path / "data"))
    file.write_text(
        template(Orders=("SQS::Queue", {"QueueName": "orders"}), News=("SNS::Topic", {"TopicName": "news"}))
    )
    with Decaf(kept):
        pass
    file.write_text(queue(DelaySeconds=7))
    with Decaf(kept) as decaf:
        assert decaf.control.topics() == []
        assert decaf.control.queues()[0].attributes["DelaySeconds"] == "7"
        assert [message.rpartition(":")[2] for message in caplog.messages if " is " in message] == ["orders", "news"]
    file.write_text('{"Resources": {}}')
    with Decaf(kept) as decaf:
        assert decaf.control.queues() == []
