"""The archive of a FIFO topic, and replays: replayed messages, the states of replays, and limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.events import NotificationPublished
from decaf.sns.notification import timestamp
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud
from tests.decaf.sns.test_fifo_topics import attributes
from tests.decaf.sns.test_subscriptions import INVALID
from tests.decaf.sns.test_subscriptions import attributes as attributes_of_subscription

DAY = 86_400.0


def archiving(cloud: Cloud, name: str = "orders.fifo", days: int = 30) -> str:
    policy = json.dumps({"MessageRetentionPeriod": str(days)})
    return cloud.topic(name, FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy=policy)


def set_archive(cloud: Cloud, topic: str, policy: str) -> None:
    cloud.sns("SetTopicAttributes", TopicArn=topic, AttributeName="ArchivePolicy", AttributeValue=policy)


def publish(cloud: Cloud, topic: str, *messages: str, **params: Any) -> None:
    for message in messages:
        cloud.sns("Publish", TopicArn=topic, Message=message, MessageGroupId="g", **params)


def replay_policy(start: float = START, end: float | None = None) -> str:
    policy = {"PointType": "Timestamp", "StartingPoint": timestamp(start)}
    return json.dumps(policy if end is None else policy | {"EndingPoint": timestamp(end)})


def set_replay(cloud: Cloud, subscription: str, policy: str) -> None:
    cloud.sns(
        "SetSubscriptionAttributes",
        SubscriptionArn=subscription,
        AttributeName="ReplayPolicy",
        AttributeValue=policy,
    )


def status(cloud: Cloud, subscription: str) -> str | None:
    return attributes_of_subscription(cloud, subscription).get("ReplayStatus")


def drained(cloud: Cloud, queue: str) -> list[str]:
    """The raw bodies of all messages of a queue, which are deleted."""
    found: list[str] = []
    while messages := cloud.received(queue):
        for message in messages:
            found.append(message["Body"])
            cloud.sqs("DeleteMessage", QueueUrl=queue.split(":")[-1], ReceiptHandle=message["ReceiptHandle"])
    return found


# --- the archive -------------------------------------------------------------------------------------------


def test_an_archive_begins_when_its_policy_is_set_and_shows_since_when(cloud: Cloud) -> None:
    topic = cloud.topic("orders.fifo", FifoTopic="true")
    cloud.advance(0.25)
    set_archive(cloud, topic, '{"MessageRetentionPeriod":"2"}')
    shown = attributes(cloud, topic)
    assert shown["ArchivePolicy"] == '{"MessageRetentionPeriod":"2"}'
    assert shown["BeginningArchiveTime"] == timestamp(START + 0.25)
    cloud.advance(DAY)
    set_archive(cloud, topic, '{"MessageRetentionPeriod":"3"}')
    assert attributes(cloud, topic)["BeginningArchiveTime"] == timestamp(START + 0.25)
    cloud.advance(4 * DAY)
    assert attributes(cloud, topic)["BeginningArchiveTime"] == timestamp(START + 0.25 + 2 * DAY)


def test_a_topic_with_an_archive_is_not_deleted(cloud: Cloud) -> None:
    topic = archiving(cloud)
    assert cloud.refusal("DeleteTopic", TopicArn=topic) == (
        "InvalidState: Invalid state: Cannot delete a topic with an ArchivePolicy"
    )
    set_archive(cloud, topic, "{}")
    assert not {"ArchivePolicy", "BeginningArchiveTime"} & attributes(cloud, topic).keys()
    cloud.sns("DeleteTopic", TopicArn=topic)
    assert cloud.sns("ListTopics")["Topics"] == []


def test_an_empty_policy_deletes_the_archive(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "old")
    set_archive(cloud, topic, "{}")
    set_archive(cloud, topic, '{"MessageRetentionPeriod":"2"}')
    publish(cloud, topic, "new")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    assert drained(cloud, queue) == ["new"]


def test_messages_are_kept_for_the_retention_period(cloud: Cloud) -> None:
    topic = archiving(cloud, days=1)
    publish(cloud, topic, "one")
    cloud.advance(DAY)
    publish(cloud, topic, "two")
    assert _archived(cloud) == 2
    cloud.advance(1)
    publish(cloud, topic, "three")
    assert _archived(cloud) == 2
    cloud.advance(1)
    set_archive(cloud, topic, '{"MessageRetentionPeriod":"1"}')
    assert _archived(cloud) == 2


def _archived(cloud: Cloud) -> int:
    archive = cloud.world.store.region(ACCOUNT, "us-east-1").topics["orders.fifo"].archive
    assert archive is not None
    return len(archive)


def test_duplicates_are_not_archived(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "m", "m")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    assert drained(cloud, queue) == ["m"]


# --- replay policies ---------------------------------------------------------------------------------------

_NOW = timestamp(START)
_POINT = f'"PointType":"Timestamp","StartingPoint":"{_NOW}"'


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("", "Unable to parse JSON"),
        ("[]", "Unable to parse JSON"),
        ('{"PointType":"Timestamp"}', "JSON is missing required fields"),
        (f'{{"StartingPoint":"{_NOW}"}}', "JSON is missing required fields"),
        (f'{{"PointType":"Sequence","StartingPoint":"{_NOW}"}}', "Invalid PointType"),
        ('{"PointType":"Timestamp","StartingPoint":"yesterday"}', "Invalid StartingPoint value"),
        ('{"PointType":"Timestamp","StartingPoint":1700000000}', "Invalid StartingPoint value"),
        (f'{{{_POINT},"EndingPoint":"tomorrow"}}', "Invalid EndingPoint value"),
        (replay_policy(START - 1), "Invalid StartingPoint value"),
        (replay_policy(START + 61), "Invalid StartingPoint value"),
        (replay_policy(START + 30, START + 29), "Invalid EndingPoint value"),
        (replay_policy(START, START + 61), "Invalid EndingPoint value"),
    ],
)
def test_a_bad_replay_policy_is_refused(cloud: Cloud, policy: str, text: str) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    cloud.advance(60)
    subscribing = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
    assert (
        cloud.refusal("Subscribe", **subscribing, Attributes={"ReplayPolicy": policy})
        == f"{INVALID}Attributes Reason: ReplayPolicy: {text}"
    )
    setting = {"AttributeName": "ReplayPolicy", "AttributeValue": policy}
    subscription = cloud.subscribe(topic, "sqs", queue)
    assert (
        cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, **setting)
        == f"{INVALID}ReplayPolicy: {text}"
    )
    assert status(cloud, subscription) is None


def test_a_replay_needs_an_archive(cloud: Cloud) -> None:
    topic = cloud.topic("orders.fifo", FifoTopic="true")
    subscription = cloud.subscribe(topic, "sqs", cloud.queue())
    setting = {"AttributeName": "ReplayPolicy", "AttributeValue": replay_policy()}
    assert (
        cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, **setting)
        == INVALID + "ReplayPolicy: Topic does not have an ArchivePolicy"
    )


def test_standard_topics_do_not_know_replay_policies(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscribing = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
    assert (
        cloud.refusal("Subscribe", **subscribing, Attributes={"ReplayPolicy": replay_policy()})
        == INVALID + "Attributes Reason: Unknown attribute ReplayPolicy"
    )
    setting = {"AttributeName": "ReplayPolicy", "AttributeValue": replay_policy()}
    subscription = cloud.subscribe(topic, "sqs", queue)
    assert (
        cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, **setting) == INVALID + "AttributeName"
    )


def test_so_many_replays_can_run_at_once() -> None:
    cloud = Cloud(max_replays=1)
    topic, policy = archiving(cloud), replay_policy()
    cloud.subscribe(topic, "sqs", cloud.queue("one"), ReplayPolicy=policy)
    other = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": cloud.queue("two")}
    limit = "ReplayLimitExceeded: Replay limit exceeded: 1 at once"
    assert cloud.refusal("Subscribe", **other, Attributes={"ReplayPolicy": policy}) == limit
    assert len(cloud.sns("ListSubscriptions")["Subscriptions"]) == 1
    cloud.advance(0)
    cloud.sns("Subscribe", **other, Attributes={"ReplayPolicy": policy})


def test_subscribing_again_with_the_same_policy_starts_no_other_replay(cloud: Cloud) -> None:
    topic, queue = archiving(cloud, days=1), cloud.queue()
    publish(cloud, topic, "m")
    given = {"RawMessageDelivery": "true", "ReplayPolicy": replay_policy()}
    subscription = cloud.subscribe(topic, "sqs", queue, **given)
    cloud.advance(2 * DAY)
    assert cloud.subscribe(topic, "sqs", queue, **given) == subscription
    cloud.advance(0)
    assert drained(cloud, queue) == ["m"]


# --- replays -----------------------------------------------------------------------------------------------


def test_a_replay_delivers_messages_published_before_the_subscription(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "one", "two")
    cloud.advance(600)
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    assert status(cloud, subscription) == "Pending"
    assert drained(cloud, queue) == []
    cloud.advance(0)
    assert status(cloud, subscription) == "Completed"
    publish(cloud, topic, "three")
    assert drained(cloud, queue) == ["one", "two", "three"]


def test_a_replayed_message_keeps_id_number_and_time_and_is_marked(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    publish(cloud, topic, "m", Subject="s")
    cloud.advance(600)
    set_replay(cloud, subscription, replay_policy())
    cloud.advance(0)
    live, again = (json.loads(message["Body"]) for message in cloud.received(queue))
    assert again == live | {"Replayed": True}
    assert "Replayed" not in live


def test_a_fifo_queue_gets_group_and_id_again(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue("kitchen.fifo", FifoQueue="true")
    publish(cloud, topic, "m", MessageDeduplicationId="d")
    cloud.subscribe(topic, "sqs", queue, ReplayPolicy=replay_policy())
    cloud.advance(0)
    (message,) = cloud.received(queue)
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert message["Attributes"]["MessageDeduplicationId"] == "d"


def test_a_fifo_queue_takes_a_replay_within_five_minutes_for_duplicates(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue("kitchen.fifo", FifoQueue="true")
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    publish(cloud, topic, "m")
    assert drained(cloud, queue) == ["m"]
    for seconds, found in ((299, []), (1, ["m"])):
        cloud.advance(seconds)
        set_replay(cloud, subscription, replay_policy())
        cloud.advance(0)
        assert drained(cloud, queue) == found


def test_a_replay_goes_from_its_starting_to_its_ending_point_both_included(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    for number in range(5):
        cloud.advance(0.0004)
        publish(cloud, topic, str(number))
        cloud.advance(9.9996)
    policy = replay_policy(START + 10, START + 30)
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=policy)
    cloud.advance(0)
    assert drained(cloud, queue) == ["1", "2", "3"]


def test_after_an_ending_point_the_subscription_is_paused(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "one")
    cloud.advance(10)
    policy = replay_policy(START, START + 10)
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=policy)
    events = cloud.listen()
    cloud.advance(1)
    publish(cloud, topic, "two")
    assert status(cloud, subscription) == "Completed"
    assert drained(cloud, queue) == ["one"]
    (event,) = (event for event in events if isinstance(event, NotificationPublished))
    ((paused, reason),) = event.subject.filtered_out()
    assert (str(paused.arn), reason) == (subscription, "the subscription is paused after its replay")


def test_without_its_policy_a_paused_subscription_goes_on(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    policy = replay_policy(START, START)
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=policy)
    cloud.advance(1)
    publish(cloud, topic, "paused")
    set_replay(cloud, subscription, "{}")
    assert not {"ReplayPolicy", "ReplayStatus"} & attributes_of_subscription(cloud, subscription).keys()
    publish(cloud, topic, "live")
    assert drained(cloud, queue) == ["live"]


def test_the_filter_policy_applies_to_replays(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, '{"city":"Paris"}', '{"city":"Rome"}')
    given = {"FilterPolicy": '{"city":["Rome"]}', "FilterPolicyScope": "MessageBody", "RawMessageDelivery": "true"}
    cloud.subscribe(topic, "sqs", queue, **given, ReplayPolicy=replay_policy())
    cloud.advance(0)
    assert drained(cloud, queue) == ['{"city":"Rome"}']


def test_a_long_replay_is_in_progress_and_nothing_is_lost_or_doubled_when_it_goes_on_live() -> None:
    cloud = Cloud(replay_rate=2)
    topic, queue = archiving(cloud), cloud.queue()
    published = [str(number) for number in range(5)]
    publish(cloud, topic, *published)
    cloud.advance(600)
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    for second in range(12):  # messages arrive as the replay runs, half as fast as it does
        found = status(cloud, subscription)
        if second < 4:
            assert found == "In progress"
        publish(cloud, topic, f"live {second}")
        published.append(f"live {second}")
        cloud.advance(1)
    assert status(cloud, subscription) == "Completed"
    assert drained(cloud, queue) == published


def test_a_new_policy_replaces_the_running_replay() -> None:
    cloud = Cloud(replay_rate=2)
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, *"abcd")
    cloud.advance(60)
    publish(cloud, topic, "e")
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    set_replay(cloud, subscription, replay_policy(START + 60))
    assert status(cloud, subscription) == "Pending"
    cloud.advance(10)
    assert drained(cloud, queue) == ["a", "b", "e"]


def test_the_same_policy_set_again_replays_again(cloud: Cloud) -> None:
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "m")
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    set_replay(cloud, subscription, replay_policy())
    cloud.advance(0)
    assert drained(cloud, queue) == ["m", "m"]


def test_a_replay_fails_with_its_archive_and_the_subscription_goes_on_live() -> None:
    cloud = Cloud(replay_rate=1)
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "one", "two", "three")
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    set_archive(cloud, topic, "{}")
    assert status(cloud, subscription) == "Failed"
    cloud.advance(10)
    publish(cloud, topic, "live")
    assert drained(cloud, queue) == ["one", "live"]


def test_a_replay_ends_with_its_subscription() -> None:
    cloud = Cloud(replay_rate=1)
    topic, queue = archiving(cloud), cloud.queue()
    publish(cloud, topic, "one", "two")
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(0)
    cloud.sns("Unsubscribe", SubscriptionArn=subscription)
    cloud.advance(10)
    assert drained(cloud, queue) == ["one"]


def test_a_replay_starts_when_the_subscription_is_confirmed(cloud: Cloud) -> None:
    topic, stranger = archiving(cloud), "222222222222"
    queue = cloud.queue("theirs", account=stranger)
    publish(cloud, topic, "m")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    cloud.advance(10)
    (confirmation,) = cloud.received(queue, stranger)
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=json.loads(confirmation["Body"])["Token"])
    publish(cloud, topic, "in between")
    cloud.advance(0)
    assert [message["Body"] for message in cloud.received(queue, stranger)] == ["m", "in between"]


def test_a_replay_that_waits_has_no_more_than_is_left_of_the_archive(cloud: Cloud) -> None:
    topic, stranger = archiving(cloud, days=1), "222222222222"
    queue = cloud.queue("theirs", account=stranger)
    publish(cloud, topic, "old")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy())
    (confirmation,) = cloud.received(queue, stranger)
    cloud.advance(1.9 * DAY)
    publish(cloud, topic, "new")
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=json.loads(confirmation["Body"])["Token"])
    cloud.advance(0)
    bodies = [message["Body"] for message in cloud.received(queue, stranger)]
    assert [body for body in bodies if body in ("old", "new")] == ["new"]


def test_a_replayed_message_that_cannot_be_delivered_goes_to_the_dead_letter_queue(cloud: Cloud) -> None:
    topic, dead = archiving(cloud), cloud.queue("dead")
    publish(cloud, topic, "m")
    redrive = json.dumps({"deadLetterTargetArn": dead})
    gone = f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone"
    cloud.subscribe(topic, "sqs", gone, RedrivePolicy=redrive, ReplayPolicy=replay_policy())
    cloud.advance(0)
    (message,) = cloud.received(dead)
    assert json.loads(message["Body"])["Replayed"] is True
