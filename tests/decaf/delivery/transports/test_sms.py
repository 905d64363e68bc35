"""Text messages as the inbox has them, and those that are not sent."""

from __future__ import annotations

import pytest

from decaf.base.arn import Arn
from decaf.base.events import NotificationFailed
from decaf.sns.inbox import Entry
from decaf.sns.notification import Notification
from decaf.sns.sms.parts import MAX_LENGTH
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud

PHONE = "+15555550142"


def _notification(cloud: Cloud) -> Notification:
    sent = cloud.inbox()[-1].notification
    assert sent is not None
    return sent


def test_a_text_of_a_topic_is_an_entry_of_its_subscription() -> None:
    cloud = Cloud(sms_price=0.05)
    topic = cloud.topic(DisplayName="Coffee")
    subscription = cloud.subscribe(topic, "sms", PHONE)
    published = cloud.sns("Publish", TopicArn=topic, Message="Ready ☕")["MessageId"]
    assert cloud.inbox() == [
        Entry(
            account=ACCOUNT,
            protocol="sms",
            recipient=PHONE,
            topic_arn=topic,
            message_id=published,
            subject=None,
            body="Coffee> Ready ☕",
            at=START,
            subscription_arn=subscription,
            attributes={"SMSType": "Promotional", "Encoding": "UCS-2", "Parts": 1, "PriceInUSD": 0.05},
            notification=_notification(cloud),
        )
    ]
    assert (_notification(cloud).message_id, _notification(cloud).source.resource) == (published, "orders")


def test_a_text_without_a_topic_is_an_entry_of_the_number_alone() -> None:
    cloud = Cloud()
    published = cloud.sns("Publish", PhoneNumber=PHONE, Message="Ready")["MessageId"]
    assert cloud.inbox() == [
        Entry(
            account=ACCOUNT,
            protocol="sms",
            recipient=PHONE,
            topic_arn=None,
            message_id=published,
            subject=None,
            body="Ready",
            at=START,
            attributes={"SMSType": "Promotional", "Encoding": "GSM", "Parts": 1, "PriceInUSD": 0.0},
            notification=_notification(cloud),
        )
    ]


@pytest.mark.parametrize(
    ("length", "reason"), [(MAX_LENGTH, None), (MAX_LENGTH + 1, "The text is longer than 1600 characters")]
)
def test_a_text_has_a_longest_length(length: int, reason: str | None) -> None:
    cloud = Cloud()
    topic = cloud.topic()
    cloud.subscribe(topic, "sms", PHONE)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="x" * length)
    assert len(cloud.inbox()) == (reason is None)
    failed = [event.subject.outcome.reason for event in events if isinstance(event, NotificationFailed)]
    assert failed == ([] if reason is None else [reason])


def test_a_topic_that_is_gone_has_no_name() -> None:
    cloud = Cloud()
    phones = cloud.world.courier._transports["sms"]
    sent = Notification("id", Arn("sns", "us-east-1", ACCOUNT, "gone"), "Ready", START, "http://decaf.test")
    topic = cloud.topic("other", DisplayName="Coffee")
    cloud.subscribe(topic, "sms", PHONE)
    (subscription,) = cloud.world.store.region(ACCOUNT, "us-east-1").subscriptions.values()
    phones.prepare(sent)(subscription, START)
    assert cloud.inbox()[-1].body == "Ready"
