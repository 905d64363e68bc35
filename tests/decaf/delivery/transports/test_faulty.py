"""Injected faults in deliveries: failures, their reasons and dead letters, and duplicates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.events import FaultInjected, NotificationDelivered, NotificationFailed
from decaf.faults.effects import Duplicate, Effect, Fail, Timeout
from decaf.faults.match import Match
from decaf.faults.rules import Rule, When
from decaf.functions.function import Function
from tests.decaf.sns.cloud import Cloud
from tests.decaf.sns.test_push import device, events_of, expire, reported
from tests.endpoint import Endpoint
from tests.live import Live
from tests.subscribing import confirmed

PHONE = "+15555550142"


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def _set(cloud: Cloud, effect: Effect, when: When | None = None, **match: Any) -> Rule:
    return cloud.world.faults.add(Match(**match), effect, when or When(), cloud.world.clock.now())


def _publish(cloud: Cloud, topic: str, times: int = 1) -> None:
    for _ in range(times):
        cloud.sns("Publish", TopicArn=topic, Message="decaf")


def test_a_failed_delivery_goes_to_the_dead_letter_queue_and_not_to_the_subscriber(cloud: Cloud) -> None:
    topic, kitchen, bar, dead = cloud.topic(), cloud.queue(), cloud.queue("bar"), cloud.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead})
    cloud.subscribe(topic, "sqs", kitchen, RedrivePolicy=policy)
    cloud.subscribe(topic, "sqs", bar)
    rule = _set(cloud, Fail(status=503), subscriber=kitchen)
    _publish(cloud, topic)
    assert [len(cloud.received(queue)) for queue in (kitchen, bar, dead)] == [0, 1, 1]
    assert (rule.matched, rule.fired) == (1, 1)


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        (Fail(status=404), "the endpoint responded with status 404"),
        (Timeout(), "the endpoint did not respond in time"),
    ],
)
def test_the_event_of_a_failed_delivery_has_the_reason(cloud: Cloud, effect: Effect, reason: str) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "sms", PHONE)
    rule = _set(cloud, effect, When(nth=2), subscriber="sms")
    events = cloud.listen()
    _publish(cloud, topic, times=2)
    seen = [event for event in events if isinstance(event, NotificationDelivered | NotificationFailed | FaultInjected)]
    assert [type(event) for event in seen] == [NotificationDelivered, FaultInjected, NotificationFailed]
    assert [str(event.arn) for event in seen] == [topic, subscription, subscription]
    assert seen[1].subject.rule is rule
    assert seen[2].subject.outcome.reason == reason
    assert len(cloud.inbox()) == 1


@pytest.mark.parametrize(("status", "retryable"), [(404, False), (429, True), (499, False), (500, True), (503, True)])
def test_an_injected_status_may_be_retried_as_an_endpoint_s_own_may(cloud: Cloud, status: int, retryable: bool) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "sms", PHONE)
    _set(cloud, Fail(status=status), When(nth=1), subscriber="sms")
    events = cloud.listen()
    _publish(cloud, topic)
    (failed,) = [event for event in events if isinstance(event, NotificationFailed)]
    assert (failed.subject.outcome.status, failed.subject.outcome.retryable) == (status, retryable)


@pytest.mark.parametrize("by", ["endpoint", "subscription", "protocol", "topic", "queue"])
def test_a_subscriber_can_be_matched_in_several_ways(cloud: Cloud, by: str) -> None:
    topic, kitchen = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", kitchen)
    names = {
        "endpoint": kitchen,
        "subscription": subscription,
        "protocol": "sqs",
        "topic": "orders",
        "queue": "kitchen",
    }
    rule = _set(cloud, Fail(), None, **{by if by in ("topic", "queue") else "subscriber": names[by]})
    _set(cloud, Fail(), subscriber="sms")
    _publish(cloud, topic)
    assert (rule.fired, cloud.received(kitchen)) == (1, [])


def test_a_delivery_made_twice_is_one_notification_in_two_messages(cloud: Cloud) -> None:
    topic, kitchen = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", kitchen)
    _set(cloud, Duplicate(), When(count=1), topic="orders")
    _publish(cloud, topic, times=2)
    received = cloud.received(kitchen)
    notifications = [json.loads(message["Body"])["MessageId"] for message in received]
    assert len({message["MessageId"] for message in received}) == 3
    assert notifications[0] == notifications[1] != notifications[2]


def test_a_message_published_to_a_phone_number_can_fail(cloud: Cloud) -> None:
    _set(cloud, Fail(), When(nth=1), subscriber=PHONE)
    for _ in range(2):
        cloud.sns("Publish", PhoneNumber=PHONE, Message="decaf")
    assert len(cloud.inbox(recipient=PHONE)) == 1


def test_a_message_published_to_a_phone_number_can_come_twice(cloud: Cloud) -> None:
    _set(cloud, Duplicate(), When(nth=1), subscriber=PHONE)
    for _ in range(2):
        cloud.sns("Publish", PhoneNumber=PHONE, Message="decaf")
    assert len(cloud.inbox(recipient=PHONE)) == 3


@pytest.mark.parametrize("by", ["endpoint", "topic"])
def test_a_duplicate_delivery_to_an_expired_token_is_one_failure(cloud: Cloud, by: str) -> None:
    attributes, queue = events_of(cloud, "EventDeliveryFailure")
    phone, topic = device(cloud, **attributes), cloud.topic()
    cloud.subscribe(topic, "application", phone)
    expire(cloud, phone)
    _set(cloud, Duplicate(), subscriber="application")
    cloud.sns("Publish", TargetArn=phone if by == "endpoint" else topic, Message="decaf")
    assert [event["FailureType"] for event in reported(cloud, queue)] == ["InvalidPlatformToken"]


@pytest.mark.parametrize(
    ("answers", "posts", "kinds"),
    [
        ([200, 200], 2, ["NotificationDelivered"]),
        ([200, 409], 2, ["NotificationDelivered"]),
        ([503, 200], 2, ["NotificationDelivered"]),
        ([503, 503, 200], 3, ["NotificationPostponed", "NotificationDelivered"]),
    ],
)
def test_a_duplicate_post_is_delivered_if_either_succeeds(
    live: Live, sns: Any, topic: str, account: str, answers: list[int], posts: int, kinds: list[str]
) -> None:
    with Endpoint() as endpoint:
        subscription = confirmed(live, sns, topic, endpoint)
        control = live.control.of(account)
        control.set_fault(Duplicate(), Match(subscriber=endpoint.url), When(nth=1))
        endpoint.answers.extend(answers)
        published = sns.publish(TopicArn=topic, Message="latte")["MessageId"]
        live.advance(60)
        received = endpoint.of()
        assert [post.headers["x-amz-sns-message-id"] for post in received] == [published] * posts
        assert len({post.body for post in received}) == 1
        outcomes = control.events(message_id=published, subscription=subscription)
        assert [event.kind for event in outcomes] == ["FaultInjected", *kinds]
        assert [fault.fired for fault in control.faults()] == [1]
        control.clear_faults()


def test_a_function_is_invoked_twice(live: Live, sns: Any, topic: str, account: str) -> None:
    with Endpoint() as runtime:
        arn = f"arn:aws:lambda:us-east-1:{account}:function:brew"
        live.call(live.world.functions.register, Function(arn, url=runtime.url))
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
        control = live.control.of(account)
        control.set_fault(Duplicate(), Match(subscriber="lambda"), When(count=1))
        for text in ("latte", "decaf"):
            sns.publish(TopicArn=topic, Message=text)
            live.advance(0)
        events = [json.loads(received.body)["Records"][0]["Sns"]["Message"] for received in runtime.received]
        assert events == ["latte", "latte", "decaf"]
        control.clear_faults()
        live.call(live.world.functions.forget, arn)


def test_a_fifo_topic_delivers_no_message_twice(cloud: Cloud) -> None:
    topic, kitchen = cloud.topic("orders.fifo", FifoTopic="true"), cloud.queue()
    cloud.subscribe(topic, "sqs", kitchen)
    rule = _set(cloud, Duplicate(), subscriber="sqs")
    cloud.sns("Publish", TopicArn=topic, Message="decaf", MessageGroupId="a", MessageDeduplicationId="1")
    assert (len(cloud.received(kitchen)), rule.fired) == (1, 0)


def test_a_published_message_can_be_matched_by_its_account_and_region(cloud: Cloud) -> None:
    elsewhere = _set(cloud, Fail(), region="eu-west-1")
    others = _set(cloud, Fail(), account="222222222222")
    mine = _set(cloud, Fail(status=503), account="111111111111", region="us-east-1")
    events = cloud.listen()
    published = cloud.sns("Publish", PhoneNumber=PHONE, Message="decaf")["MessageId"]
    assert [rule.fired for rule in (elsewhere, others, mine)] == [0, 0, 1]
    injected = next(event for event in events if isinstance(event, FaultInjected))
    assert injected.subject.context.message_id == published
    assert cloud.inbox() == []
