"""FIFO topics: creating them, publishing, deduplication and order, and deliveries to queues."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.decaf.sns.cloud import ACCOUNT, HOST, Cloud
from tests.decaf.sns.test_subscriptions import INVALID

KITCHEN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:kitchen"
FIFO = {"FifoTopic": "true"}
BY_CONTENT = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}

NEEDS_GROUP = INVALID + "The MessageGroupId parameter is required for FIFO topics"
NEEDS_ID = (
    INVALID
    + "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)


def attributes(cloud: Cloud, topic: str) -> dict[str, str]:
    found: dict[str, str] = cloud.sns("GetTopicAttributes", TopicArn=topic)["Attributes"]
    return found


def fifo_queue(cloud: Cloud, name: str = "kitchen.fifo") -> str:
    return cloud.queue(name, FifoQueue="true")


def publish(cloud: Cloud, topic: str, message: str, group: str = "g", **params: Any) -> dict[str, str]:
    answer: dict[str, str] = cloud.sns("Publish", TopicArn=topic, Message=message, MessageGroupId=group, **params)
    return answer


def subscribed(cloud: Cloud, **topic_attributes: str) -> tuple[str, str]:
    """A FIFO topic and a FIFO queue that gets its messages raw: their ARNs."""
    topic, queue = cloud.topic("orders.fifo", **(topic_attributes or BY_CONTENT)), fifo_queue(cloud)
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    return topic, queue


# --- the topic ---------------------------------------------------------------------------------------------


def test_a_fifo_topic_shows_its_attributes(cloud: Cloud) -> None:
    shown = attributes(cloud, cloud.topic("orders.fifo", **FIFO))
    names = ("FifoTopic", "ContentBasedDeduplication")
    assert [shown[name] for name in names] == ["true", "false"]
    assert not {"ArchivePolicy", "BeginningArchiveTime", "FifoThroughputScope"} & shown.keys()
    assert not set(names) & attributes(cloud, cloud.topic("plain")).keys()


def test_the_scope_of_throughput_is_shown_once_it_was_set(cloud: Cloud) -> None:
    """Recorded from 2023-08 to 2025-12."""
    topic = cloud.topic("orders.fifo", **FIFO)
    cloud.sns("SetTopicAttributes", TopicArn=topic, AttributeName="FifoThroughputScope", AttributeValue="Topic")
    assert attributes(cloud, topic)["FifoThroughputScope"] == "Topic"


@pytest.mark.parametrize("name", ["orders", ".fifo", "a" * 252 + ".fifo", "a b.fifo", "orders.FIFO", "a.b.fifo"])
def test_a_fifo_topics_name_ends_in_fifo(cloud: Cloud, name: str) -> None:
    assert cloud.refusal("CreateTopic", Name=name, Attributes=FIFO) == INVALID + "Topic Name"


def test_a_fifo_topics_name_has_up_to_256_characters(cloud: Cloud) -> None:
    assert cloud.topic("a" * 251 + ".fifo", **FIFO).endswith("a.fifo")


def test_a_name_that_ends_in_fifo_is_for_fifo_topics(cloud: Cloud) -> None:
    for given in ({}, {"FifoTopic": "false"}):
        assert cloud.refusal("CreateTopic", Name="orders.fifo", Attributes=given) == INVALID + "Topic Name"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ContentBasedDeduplication", "true"),
        ("FifoThroughputScope", "MessageGroup"),
        ("ArchivePolicy", '{"MessageRetentionPeriod":"30"}'),
    ],
)
def test_attributes_of_fifo_topics_come_back_and_standard_topics_do_not_know_them(
    cloud: Cloud, name: str, value: str
) -> None:
    created, changed = cloud.topic("created.fifo", **FIFO, **{name: value}), cloud.topic("changed.fifo", **FIFO)
    cloud.sns("SetTopicAttributes", TopicArn=changed, AttributeName=name, AttributeValue=value)
    assert attributes(cloud, created)[name] == attributes(cloud, changed)[name] == value
    setting = {"AttributeName": name, "AttributeValue": value}
    assert cloud.refusal("SetTopicAttributes", TopicArn=cloud.topic("plain"), **setting) == INVALID + "AttributeName"
    assert (
        cloud.refusal("CreateTopic", Name="new", Attributes={name: value})
        == INVALID + f"Attributes Reason: Unknown attribute {name}"
    )


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "ContentBasedDeduplication",
            "maybe",
            "ContentBasedDeduplication: Invalid value [maybe]. Must be true or false.",
        ),
        (
            "FifoThroughputScope",
            "Queue",
            "FifoThroughputScope: Invalid value [Queue]. Must be one of: Topic, MessageGroup.",
        ),
        ("ArchivePolicy", "", "ArchivePolicy: Unable to parse JSON"),
        ("ArchivePolicy", "30", "ArchivePolicy: Unable to parse JSON"),
        ("ArchivePolicy", '{"Days":"30"}', "ArchivePolicy: JSON is missing required fields"),
        ("ArchivePolicy", '{"MessageRetentionPeriod":"0"}', "ArchivePolicy: MessageRetentionPeriod value is invalid"),
        ("ArchivePolicy", '{"MessageRetentionPeriod":366}', "ArchivePolicy: MessageRetentionPeriod value is invalid"),
        ("ArchivePolicy", '{"MessageRetentionPeriod":1.5}', "ArchivePolicy: MessageRetentionPeriod value is invalid"),
    ],
)
def test_a_bad_attribute_of_a_fifo_topic_is_refused(cloud: Cloud, name: str, value: str, text: str) -> None:
    assert (
        cloud.refusal("CreateTopic", Name="new.fifo", Attributes=FIFO | {name: value})
        == INVALID + f"Attributes Reason: {text}"
    )
    topic = cloud.topic("orders.fifo", **FIFO)
    setting = {"AttributeName": name, "AttributeValue": value}
    assert cloud.refusal("SetTopicAttributes", TopicArn=topic, **setting) == INVALID + text


def test_a_topic_stays_fifo_or_not(cloud: Cloud) -> None:
    topic = cloud.topic("orders.fifo", **FIFO)
    setting = {"AttributeName": "FifoTopic", "AttributeValue": "false"}
    assert cloud.refusal("SetTopicAttributes", TopicArn=topic, **setting) == INVALID + "AttributeName"


def test_the_throughput_scope_does_not_go_back_to_the_topic(cloud: Cloud) -> None:
    topic = cloud.topic("orders.fifo", **FIFO, FifoThroughputScope="MessageGroup")
    setting = {"AttributeName": "FifoThroughputScope", "AttributeValue": "Topic"}
    assert (
        cloud.refusal("SetTopicAttributes", TopicArn=topic, **setting)
        == INVALID + "FifoThroughputScope: MessageGroup cannot be changed back to Topic."
    )


# --- what it takes -----------------------------------------------------------------------------------------


def test_a_message_needs_a_group(cloud: Cloud) -> None:
    topic, _ = subscribed(cloud)
    assert cloud.refusal("Publish", TopicArn=topic, Message="m") == NEEDS_GROUP


def test_a_message_needs_an_id_unless_its_content_is_one(cloud: Cloud) -> None:
    topic = cloud.topic("orders.fifo", **FIFO)
    message = {"TopicArn": topic, "Message": "m", "MessageGroupId": "g"}
    assert cloud.refusal("Publish", **message) == NEEDS_ID
    cloud.sns("Publish", **message, MessageDeduplicationId="d")


def test_the_structure_of_a_message_is_checked_before_its_group(cloud: Cloud) -> None:
    """Recorded, of batches too."""
    topic = cloud.topic("orders.fifo", **FIFO)
    message = {"Message": '{"sqs":"x"}', "MessageStructure": "json"}
    text = INVALID + "Message Structure - No default entry in JSON message body"
    assert cloud.refusal("Publish", TopicArn=topic, **message) == text
    entries = [{"Id": "1", "Message": "no group"}, message | {"Id": "2"}]
    assert cloud.refusal("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries) == text


@pytest.mark.parametrize("lacking", [{}, {"MessageGroupId": "g"}])
def test_an_entry_without_group_or_id_fails_the_whole_batch(cloud: Cloud, lacking: dict[str, str]) -> None:
    topic, queue = subscribed(cloud, **FIFO)
    good = {"Id": "1", "Message": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    refusal = cloud.refusal(
        "PublishBatch", TopicArn=topic, PublishBatchRequestEntries=[good, {"Id": "2", "Message": "m", **lacking}]
    )
    assert refusal == (NEEDS_ID if lacking else NEEDS_GROUP)
    assert cloud.received(queue) == []


@pytest.mark.parametrize("name", ["MessageGroupId", "MessageDeduplicationId"])
@pytest.mark.parametrize("value", ["", "x" * 129, "two words", "é"])
def test_ids_are_up_to_128_letters_digits_and_marks(cloud: Cloud, name: str, value: str) -> None:
    topic, _ = subscribed(cloud)
    params = {"MessageGroupId": "g", "MessageDeduplicationId": "d", name: value}
    assert cloud.refusal("Publish", TopicArn=topic, Message="m", **params) == (
        INVALID + f"{name} Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
    )


def test_sequence_numbers_have_20_digits_and_grow(cloud: Cloud) -> None:
    topic, _ = subscribed(cloud)
    numbers = [publish(cloud, topic, f"m{n}", group)["SequenceNumber"] for n, group in enumerate("aabab")]
    assert all(len(number) == 20 and number.isdecimal() for number in numbers)
    assert numbers == sorted(set(numbers))


def test_sequence_numbers_are_a_topics_own(cloud: Cloud) -> None:
    topics = [cloud.topic(f"{name}.fifo", **BY_CONTENT) for name in ("orders", "bills")]
    one, other = (int(publish(cloud, topic, "m")["SequenceNumber"]) for topic in topics)
    assert abs(one - other) > 1_000_000
    assert "0" * 12 not in f"{one} {other}"


# --- each message once -------------------------------------------------------------------------------------


def test_a_message_published_again_within_five_minutes_is_the_first_one(cloud: Cloud) -> None:
    topic, queue = subscribed(cloud)
    first = publish(cloud, topic, "m")
    cloud.advance(299.9)
    assert publish(cloud, topic, "m") == first
    assert publish(cloud, topic, "m", "other") == first
    assert [message["Body"] for message in cloud.received(queue)] == ["m"]
    cloud.advance(0.1)
    again = publish(cloud, topic, "m")
    assert again["MessageId"] != first["MessageId"]
    assert again["SequenceNumber"] > first["SequenceNumber"]


def test_the_topic_remembers_for_queues_that_do_not(cloud: Cloud) -> None:
    topic, queue = cloud.topic("orders.fifo", **BY_CONTENT), cloud.queue("plain")
    cloud.subscribe(topic, "sqs", queue)
    publish(cloud, topic, "m")
    publish(cloud, topic, "m")
    assert len(cloud.received(queue)) == 1


def test_attributes_and_subject_do_not_make_another_message(cloud: Cloud) -> None:
    topic, _ = subscribed(cloud)
    first = publish(cloud, topic, "m", Subject="one")
    attribute = {"a": {"DataType": "String", "StringValue": "b"}}
    assert publish(cloud, topic, "m", Subject="two", MessageAttributes=attribute) == first


def test_an_id_of_ones_own_wins_over_the_content(cloud: Cloud) -> None:
    topic, queue = subscribed(cloud)
    one = publish(cloud, topic, "m", MessageDeduplicationId="1")
    assert publish(cloud, topic, "m", MessageDeduplicationId="2") != one
    assert publish(cloud, topic, "other", MessageDeduplicationId="1") == one
    assert [message["Body"] for message in cloud.received(queue)] == ["m", "m"]


def test_with_the_scope_of_groups_an_id_is_one_groups_own(cloud: Cloud) -> None:
    topic = cloud.topic("orders.fifo", **BY_CONTENT, FifoThroughputScope="MessageGroup")
    queue = cloud.queue("plain")
    cloud.subscribe(topic, "sqs", queue)
    one = publish(cloud, topic, "m", "a")
    assert publish(cloud, topic, "m", "b") != one
    assert publish(cloud, topic, "m", "a") == one
    assert len(cloud.received(queue)) == 2


def test_within_a_batch_too_each_message_is_taken_once(cloud: Cloud) -> None:
    topic, queue = subscribed(cloud)
    entries = [{"Id": each, "Message": each[0], "MessageGroupId": "g"} for each in ("a1", "b1", "a2")]
    answer = cloud.sns("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
    a1, b1, a2 = answer["Successful"]
    assert (a1["MessageId"], a1["SequenceNumber"]) == (a2["MessageId"], a2["SequenceNumber"])
    assert b1["SequenceNumber"] > a1["SequenceNumber"]
    assert [message["Body"] for message in cloud.received(queue)] == ["a", "b"]


def test_a_message_that_a_filter_policy_filtered_out_is_a_duplicate_all_the_same(cloud: Cloud) -> None:
    topic, queue = cloud.topic("orders.fifo", **BY_CONTENT), fifo_queue(cloud)
    cloud.subscribe(topic, "sqs", queue, FilterPolicy='{"a":["b"]}')
    attribute = {"a": {"DataType": "String", "StringValue": "b"}}
    publish(cloud, topic, "m")
    publish(cloud, topic, "m", MessageAttributes=attribute)
    assert cloud.received(queue) == []


# --- subscriptions and what reaches them -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("sms", "+15555550142"),
        ("email", "a@example.com"),
        ("email-json", "a@example.com"),
        ("application", "arn:aws:sns:us-east-1:111111111111:endpoint/GCM/app/x"),
        ("http", "http://127.0.0.1/"),
        ("https", "https://127.0.0.1/"),
        ("lambda", "arn:aws:lambda:us-east-1:111111111111:function:f"),
        ("firehose", "arn:aws:firehose:us-east-1:111111111111:deliverystream/s"),
    ],
)
def test_only_queues_can_be_subscribed(cloud: Cloud, protocol: str, endpoint: str) -> None:
    topic = cloud.topic("orders.fifo", **FIFO)
    assert (
        cloud.refusal("Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
        == INVALID + f"Invalid protocol type: {protocol}"
    )


def test_a_fifo_topic_takes_so_many_subscriptions() -> None:
    cloud = Cloud(max_fifo_subscriptions=2)
    topic = cloud.topic("orders.fifo", **FIFO)
    queues = [f"{KITCHEN}-{number}" for number in range(3)]
    for queue in queues[:2]:
        cloud.subscribe(topic, "sqs", queue)
    cloud.subscribe(topic, "sqs", queues[0])  # that is one which is there
    assert (
        cloud.refusal("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queues[2])
        == "SubscriptionLimitExceeded: Subscription limit exceeded: 2 in the topic"
    )


def test_an_envelope_has_the_sequence_number_and_no_signature(cloud: Cloud) -> None:
    topic, queue = cloud.topic("orders.fifo", **BY_CONTENT), fifo_queue(cloud)
    subscription = cloud.subscribe(topic, "sqs", queue)
    published = publish(cloud, topic, "m")
    (message,) = cloud.received(queue)
    assert list(json.loads(message["Body"]).items()) == [
        ("Type", "Notification"),
        ("MessageId", published["MessageId"]),
        ("SequenceNumber", published["SequenceNumber"]),
        ("TopicArn", topic),
        ("Message", "m"),
        ("Timestamp", "2023-11-14T22:13:20.000Z"),
        ("UnsubscribeURL", f"http://{HOST}/?Action=Unsubscribe&SubscriptionArn={subscription}"),
    ]


@pytest.mark.parametrize("raw", ["true", "false"])
def test_group_and_id_go_on_to_fifo_queues(cloud: Cloud, raw: str) -> None:
    topic, queue = cloud.topic("orders.fifo", **BY_CONTENT), fifo_queue(cloud)
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery=raw)
    publish(cloud, topic, "by content", "one")
    publish(cloud, topic, "by id", "two", MessageDeduplicationId="d")
    first, second = (message["Attributes"] for message in cloud.received(queue))
    assert (first["MessageGroupId"], second["MessageGroupId"]) == ("one", "two")
    assert first["MessageDeduplicationId"] == hashlib.sha256(b"by content").hexdigest()
    assert second["MessageDeduplicationId"] == "d"


@pytest.mark.parametrize("raw", ["true", "false"])
def test_standard_queues_get_no_group(cloud: Cloud, raw: str) -> None:
    """Recorded in 2025-08 and 2026-03. So it does not make the queue a fair one."""
    topic, queue = cloud.topic("orders.fifo", **BY_CONTENT), cloud.queue("plain")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery=raw)
    publish(cloud, topic, "m")
    (message,) = cloud.received(queue)
    assert not {"MessageGroupId", "MessageDeduplicationId", "SequenceNumber"} & message["Attributes"].keys()


def test_a_standard_dead_letter_queue_gets_no_group(cloud: Cloud) -> None:
    topic, dead = cloud.topic("orders.fifo", **BY_CONTENT), cloud.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead})
    cloud.subscribe(topic, "sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere", RedrivePolicy=redrive)
    publish(cloud, topic, "m")
    (message,) = cloud.received(dead)
    assert "MessageGroupId" not in message["Attributes"]


def test_groups_keep_their_order_down_to_the_queue(cloud: Cloud) -> None:
    topic, queue = subscribed(cloud)
    for number in range(4):
        publish(cloud, topic, f"a{number}", "a")
        publish(cloud, topic, f"b{number}", "b")
    bodies = [message["Body"] for message in cloud.received(queue)]
    for group in "ab":
        assert [body for body in bodies if body[0] == group] == [f"{group}{number}" for number in range(4)]


# --- dead-letter queues ------------------------------------------------------------------------------------


def redrive(queue: str) -> str:
    return json.dumps({"deadLetterTargetArn": queue})


def test_a_fifo_queue_needs_a_fifo_queue_for_its_dead_letters(cloud: Cloud) -> None:
    topic, queue = cloud.topic("orders.fifo", **BY_CONTENT), fifo_queue(cloud)
    text = "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
    subscribing = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
    given = {"RedrivePolicy": redrive(cloud.queue("dead"))}
    assert cloud.refusal("Subscribe", **subscribing, Attributes=given) == INVALID + f"Attributes Reason: {text}"
    setting = {"AttributeName": "RedrivePolicy", "AttributeValue": given["RedrivePolicy"]}
    subscription = cloud.subscribe(topic, "sqs", queue)
    assert cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, **setting) == INVALID + text


def test_a_standard_queues_dead_letters_may_go_to_a_standard_queue(cloud: Cloud) -> None:
    topic, dead = cloud.topic("orders.fifo", **BY_CONTENT), cloud.queue("dead")
    cloud.subscribe(topic, "sqs", KITCHEN, RedrivePolicy=redrive(dead))
    publish(cloud, topic, "m")
    assert len(cloud.received(dead)) == 1


@pytest.mark.parametrize("raw", ["true", "false"])
def test_dead_letters_keep_group_id_and_order(cloud: Cloud, raw: str) -> None:
    topic, dead = cloud.topic("orders.fifo", **BY_CONTENT), fifo_queue(cloud, "dead.fifo")
    cloud.subscribe(topic, "sqs", f"{KITCHEN}.fifo", RedrivePolicy=redrive(dead), RawMessageDelivery=raw)
    for number in range(3):
        publish(cloud, topic, str(number), MessageDeduplicationId=f"d{number}")
    found = [message["Attributes"] for message in cloud.received(dead)]
    assert [each["MessageDeduplicationId"] for each in found] == ["d0", "d1", "d2"]
    assert {each["MessageGroupId"] for each in found} == {"g"}
