"""Filter policies of subscriptions: setting them, the messages they filter out, and their number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.events import NotificationDelivered, NotificationPublished
from tests.decaf.sns.cloud import ACCOUNT, Cloud
from tests.decaf.sns.test_subscriptions import INVALID, attributes

PARIS = '{"city":["Paris"]}'
NESTED = '{"store":{"city":["Paris"]}}'
BODY = {"FilterPolicyScope": "MessageBody"}
POLICIES = (
    ("all", ""),
    ("rome", '{"city":["Oslo","Rome"]}'),
    ("paris", PARIS),
    ("prefix", '{"city":[{"prefix":"R"}]}'),
    ("body", '{"store":{"city":["Rome"]}}'),
    ("either", '{"$or":[{"town":["Rome"]},{"city":["Rome"]}]}'),
)


def city(name: str) -> dict[str, Any]:
    return {"city": {"DataType": "String", "StringValue": name}}


def set_attribute(cloud: Cloud, subscription: str, name: str, value: str = "") -> None:
    cloud.sns("SetSubscriptionAttributes", SubscriptionArn=subscription, AttributeName=name, AttributeValue=value)


def subscribe_all(cloud: Cloud, topic: str) -> dict[str, str]:
    """A queue subscribed with each of POLICIES; the subscriptions by the queues' names."""
    return {
        name: cloud.subscribe(topic, "sqs", cloud.queue(name), FilterPolicy=policy, **(BODY if name == "body" else {}))
        for name, policy in POLICIES
    }


def bodies(cloud: Cloud, queue: str) -> list[str]:
    """Returns the texts of a queue's messages, taken out of their envelopes."""
    found = []
    for message in cloud.received(queue):
        body = message["Body"]
        found.append(json.loads(body)["Message"] if body.startswith('{\n  "Type"') else body)
    return found


def test_only_matching_messages_are_delivered(cloud: Cloud) -> None:
    topic, all_of_them, some = cloud.topic(), cloud.queue("all"), cloud.queue("some")
    cloud.subscribe(topic, "sqs", all_of_them)
    cloud.subscribe(topic, "sqs", some, FilterPolicy=PARIS)
    cloud.sns("Publish", TopicArn=topic, Message="yes", MessageAttributes=city("Paris"))
    cloud.sns("Publish", TopicArn=topic, Message="no", MessageAttributes=city("Rome"))
    cloud.sns("Publish", TopicArn=topic, Message="neither")
    assert bodies(cloud, some) == ["yes"]
    assert bodies(cloud, all_of_them) == ["yes", "no", "neither"]


def test_entries_of_a_batch_are_filtered_one_by_one(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue, FilterPolicy=PARIS)
    entries = [
        {"Id": str(number), "Message": f"m{number}", "MessageAttributes": city(name)}
        for number, name in enumerate(("Rome", "Paris", "Oslo", "Paris"))
    ]
    answer = cloud.sns("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
    assert len(answer["Successful"]) == 4
    assert bodies(cloud, queue) == ["m1", "m3"]


def test_a_policy_on_bodies_looks_into_the_message(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue, FilterPolicy=NESTED, RawMessageDelivery="true", **BODY)
    for body in ('{"store":{"city":"Paris"}}', '{"store":{"city":"Rome"}}', "Paris", '["Paris"]'):
        cloud.sns("Publish", TopicArn=topic, Message=body, MessageAttributes=city("Paris"))
    assert bodies(cloud, queue) == ['{"store":{"city":"Paris"}}']


def test_one_element_of_an_array_in_the_body_has_to_satisfy_the_whole_policy(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    policy = '{"a":{"x":[1],"y":[4]}}'
    cloud.subscribe(topic, "sqs", queue, FilterPolicy=policy, RawMessageDelivery="true", **BODY)
    mixed = '{"a":[{"x":1,"y":2},{"x":3,"y":4}],"b":{"c":1}}'
    whole = '{"a":[{"x":1,"y":4},{"x":3,"y":2}],"b":{"c":1}}'
    for body in (mixed, whole):
        cloud.sns("Publish", TopicArn=topic, Message=body)
    assert bodies(cloud, queue) == [whole]


def test_a_policy_on_bodies_sees_the_text_of_its_own_protocol(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue, FilterPolicy=PARIS, RawMessageDelivery="true", **BODY)
    cloud.subscribe(topic, "sms", "+15555550142", FilterPolicy=PARIS, **BODY)
    for texts in ({"default": "{}", "sqs": '{"city":"Paris"}'}, {"default": '{"city":"Paris"}', "sqs": "{}"}):
        cloud.sns("Publish", TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
    assert bodies(cloud, queue) == ['{"city":"Paris"}']
    (sms,) = cloud.inbox(protocol="sms")
    assert sms.body == '{"city":"Paris"}'
    assert len(cloud.inbox()) == 1


def test_the_scope_is_shown_only_with_a_policy(cloud: Cloud) -> None:
    subscription = cloud.subscribe(cloud.topic(), "sqs", cloud.queue(), **BODY)
    assert not {"FilterPolicy", "FilterPolicyScope"} & attributes(cloud, subscription).keys()
    set_attribute(cloud, subscription, "FilterPolicy", NESTED)
    shown = attributes(cloud, subscription)
    assert (shown["FilterPolicy"], shown["FilterPolicyScope"]) == (NESTED, "MessageBody")


def test_the_scope_is_message_attributes_unless_given(cloud: Cloud) -> None:
    subscription = cloud.subscribe(cloud.topic(), "sqs", cloud.queue(), FilterPolicy=PARIS)
    assert attributes(cloud, subscription)["FilterPolicyScope"] == "MessageAttributes"


def test_another_scope_is_in_force_at_once(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue, FilterPolicy=PARIS)
    set_attribute(cloud, subscription, "FilterPolicyScope", "MessageBody")
    cloud.sns("Publish", TopicArn=topic, Message="by attribute", MessageAttributes=city("Paris"))
    cloud.sns("Publish", TopicArn=topic, Message='{"city":"Paris"}')
    assert bodies(cloud, queue) == ['{"city":"Paris"}']


def test_a_nested_policy_cannot_be_brought_into_the_scope_of_attributes(cloud: Cloud) -> None:
    subscription = cloud.subscribe(cloud.topic(), "sqs", cloud.queue(), FilterPolicy=NESTED, **BODY)
    setting = {"AttributeName": "FilterPolicyScope", "AttributeValue": "MessageAttributes"}
    assert (
        cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, **setting)
        == INVALID + "Filter policy scope MessageAttributes does not support nested filter policy"
    )
    assert attributes(cloud, subscription)["FilterPolicyScope"] == "MessageBody"


@pytest.mark.parametrize("nothing", ["", "{}", " { } "])
def test_an_empty_policy_takes_the_filter_away(cloud: Cloud, nothing: str) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue, FilterPolicy=PARIS)
    set_attribute(cloud, subscription, "FilterPolicy", nothing)
    assert "FilterPolicy" not in attributes(cloud, subscription)
    cloud.sns("Publish", TopicArn=topic, Message="m")
    assert bodies(cloud, queue) == ["m"]


def test_subscribing_again_compares_the_policy(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue, FilterPolicy=NESTED, **BODY)
    assert cloud.subscribe(topic, "sqs", queue, FilterPolicy=NESTED) == subscription
    assert cloud.subscribe(topic, "sqs", queue, **BODY) == subscription
    again = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
    differs = INVALID + "Attributes Reason: Subscription already exists with different attributes"
    assert cloud.refusal("Subscribe", **again, Attributes={"FilterPolicy": PARIS}) == differs
    assert cloud.refusal("Subscribe", **again, Attributes={"FilterPolicy": "{}"}) == differs
    assert attributes(cloud, subscription)["FilterPolicy"] == NESTED


def test_a_filtered_out_message_is_reported_with_the_reason_and_goes_to_no_dead_letter_queue(cloud: Cloud) -> None:
    topic, dead = cloud.topic(), cloud.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead})
    subscription = cloud.subscribe(topic, "sqs", cloud.queue(), FilterPolicy=PARIS, RedrivePolicy=redrive)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="m", MessageAttributes=city("Rome"))
    (published,) = (event for event in events if isinstance(event, NotificationPublished))
    ((filtered_out, reason),) = published.subject.filtered_out()
    assert (str(filtered_out.arn), reason) == (
        subscription,
        'the filter policy does not match: city=Rome is not in ["Paris"]',
    )
    assert not [event for event in events if isinstance(event, NotificationDelivered)]
    assert cloud.received(dead) == []


def test_one_event_reports_all_subscriptions_that_a_message_is_filtered_out_for(cloud: Cloud) -> None:
    topic = cloud.topic()
    of = subscribe_all(cloud, topic)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="{}", MessageAttributes=city("Rome"))
    (published,) = (event for event in events if isinstance(event, NotificationPublished))
    assert str(published.arn) == topic
    assert {str(filtered_out.arn) for filtered_out, _ in published.subject.filtered_out()} == {of["paris"], of["body"]}
    assert published.subject.filtered_out_count == 2


def test_the_reason_does_not_change_with_a_later_policy(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "sqs", cloud.queue(), FilterPolicy=PARIS)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="m", MessageAttributes=city("Rome"))
    set_attribute(cloud, subscription, "FilterPolicy", '{"town":["Rome"]}')
    (published,) = (event for event in events if isinstance(event, NotificationPublished))
    assert [reason for _, reason in published.subject.filtered_out()] == [
        'the filter policy does not match: city=Rome is not in ["Paris"]'
    ]


def test_deliveries_keep_the_order_of_subscribing_whatever_the_policies(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscribe_all(cloud, topic)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message='{"store":{"city":"Rome"}}', MessageAttributes=city("Rome"))
    (delivered,) = [event for event in events if isinstance(event, NotificationDelivered)]
    told = [subscription.endpoint.split(":")[-1] for subscription in delivered.subject.subscriptions]
    assert told == ["all", "rome", "prefix", "body", "either"]


def test_a_topic_has_so_many_filter_policies(cloud: Cloud) -> None:
    topic = cloud.topic()
    queues = [f"arn:aws:sqs:us-east-1:{ACCOUNT}:q{number}" for number in range(201)]
    subscriptions = [cloud.subscribe(topic, "sqs", queue, FilterPolicy=PARIS) for queue in queues[:200]]
    limit = "FilterPolicyLimitExceeded: Filter policy limit exceeded: 200 in the topic"
    one_more = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queues[200]}
    assert cloud.refusal("Subscribe", **one_more, Attributes={"FilterPolicy": PARIS}) == limit
    assert str(cloud.sns("GetTopicAttributes", TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"]) == "200"
    plain = cloud.subscribe(topic, "sqs", queues[200])
    setting = {"AttributeName": "FilterPolicy", "AttributeValue": PARIS}
    assert cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=plain, **setting) == limit
    set_attribute(cloud, subscriptions[0], "FilterPolicy", '{"city":["Rome"]}')  # one that is there may change
    set_attribute(cloud, subscriptions[0], "FilterPolicy")
    set_attribute(cloud, plain, "FilterPolicy", PARIS)


def test_an_account_has_so_many_filter_policies_in_all_its_topics() -> None:
    cloud = Cloud(max_filter_policies=2)
    queue = cloud.queue()
    for name in ("one", "two"):
        cloud.subscribe(cloud.topic(name), "sqs", queue, FilterPolicy=PARIS)
    third = {"TopicArn": cloud.topic("three"), "Protocol": "sqs", "Endpoint": queue}
    assert (
        cloud.refusal("Subscribe", **third, Attributes={"FilterPolicy": PARIS})
        == "FilterPolicyLimitExceeded: Filter policy limit exceeded: 2 in the account"
    )
