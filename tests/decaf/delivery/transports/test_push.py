"""Push notifications as the inbox has them, and the failures that are told to the application's owner."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.arn import read_arn
from decaf.base.events import Event, NotificationFailed
from decaf.sns.inbox import Entry
from decaf.sns.platform import Endpoint, PlatformApplication
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud
from tests.decaf.sns.test_push import device, enabled, events_of, expire, reported

TEXTS = json.dumps({"default": "x", "GCM": '{"data": {"cup": "large"}}'})
FACTS: dict[str, str | int | float] = {
    "Platform": "GCM",
    "Token": "phone-1",
    "Payload": '{"data": {"cup": "large"}}',
    "TTL": 2_419_200,
}


def _entry(cloud: Cloud, phone: str, published: str, **more: Any) -> Entry:
    (got,) = cloud.inbox()
    assert got.notification is not None
    assert got.notification.message_id == published
    return Entry(
        account=ACCOUNT,
        protocol="application",
        recipient=phone,
        message_id=published,
        subject=None,
        body='{"data": {"cup": "large"}}',
        at=START,
        attributes=FACTS,
        notification=got.notification,
        **more,
    )


def test_a_notification_of_a_topic_is_an_entry_of_its_subscription(cloud: Cloud) -> None:
    topic, phone = cloud.topic(), device(cloud)
    subscription = cloud.subscribe(topic, "application", phone)
    published = cloud.sns("Publish", TopicArn=topic, Message=TEXTS, MessageStructure="json")["MessageId"]
    assert cloud.inbox() == [_entry(cloud, phone, published, topic_arn=topic, subscription_arn=subscription)]


def test_a_notification_without_a_topic_is_an_entry_of_the_device_alone(cloud: Cloud) -> None:
    phone = device(cloud)
    published = cloud.sns("Publish", TargetArn=phone, Message=TEXTS, MessageStructure="json")["MessageId"]
    assert cloud.inbox() == [_entry(cloud, phone, published, topic_arn=None)]


def _of(cloud: Cloud, phone: str) -> tuple[PlatformApplication, Endpoint]:
    arn = read_arn(phone)
    assert arn is not None
    application, endpoint = cloud.world.store.find_application(arn), cloud.world.store.find_endpoint(arn)
    assert application is not None
    assert endpoint is not None
    return application, endpoint


def _disable_device(cloud: Cloud, phone: str) -> None:
    cloud.sns("SetEndpointAttributes", EndpointArn=phone, Attributes={"Enabled": "false"})


def _disable_application(cloud: Cloud, phone: str) -> None:
    _of(cloud, phone)[0].attributes["Enabled"] = False


def _delete_device(cloud: Cloud, phone: str) -> None:
    cloud.sns("DeleteEndpoint", EndpointArn=phone)


def _delete_application(cloud: Cloud, phone: str) -> None:
    cloud.sns("DeletePlatformApplication", PlatformApplicationArn=str(_of(cloud, phone)[0].arn))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_disable_device, "the endpoint is disabled"),
        (_disable_application, "the platform application is disabled"),
        (_delete_device, "the endpoint does not exist"),
        (_delete_application, "the endpoint does not exist"),
        (expire, "Platform token associated with the endpoint is not valid"),
    ],
)
def test_a_device_that_cannot_be_reached_is_a_failed_delivery(cloud: Cloud, change: Any, reason: str) -> None:
    topic, phone = cloud.topic(), device(cloud)
    cloud.subscribe(topic, "application", phone)
    change(cloud, phone)
    events: list[Event] = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="Ready")
    (failed,) = [event for event in events if isinstance(event, NotificationFailed)]
    assert (failed.subject.outcome.reason, failed.subject.outcome.retryable) == (reason, False)
    assert cloud.inbox() == []


def test_an_expired_token_disables_the_device_and_is_told_to_the_applications_owner(cloud: Cloud) -> None:
    attributes, queue = events_of(cloud, "EventDeliveryFailure")
    phone = device(cloud, **attributes)
    expire(cloud, phone)
    published = cloud.sns("Publish", TargetArn=phone, Message="Ready")["MessageId"]
    assert enabled(cloud, phone) == "false"
    (told,) = reported(cloud, queue)
    assert told == {
        "DeliveryAttempts": 1,
        "EndpointArn": phone,
        "EventType": "DeliveryFailure",
        "FailureMessage": "Platform token associated with the endpoint is not valid",
        "FailureType": "InvalidPlatformToken",
        "MessageId": published,
        "Resource": str(_of(cloud, phone)[0].arn),
        "Service": "SNS",
        "Subject": "DeliveryFailure event for app shop (GCM)",
        "Time": told["Time"],
    }


def test_a_device_of_another_account_is_asked_to_confirm(cloud: Cloud) -> None:
    app = cloud.sns(
        "CreatePlatformApplication", "222222222222", Name="shop", Platform="GCM", Attributes={"PlatformCredential": "k"}
    )["PlatformApplicationArn"]
    phone = cloud.sns("CreatePlatformEndpoint", "222222222222", PlatformApplicationArn=app, Token="t")["EndpointArn"]
    cloud.subscribe(cloud.topic(), "application", phone)
    (asked,) = cloud.inbox(kind="SubscriptionConfirmation")
    body = json.loads(asked.body)
    assert (asked.recipient, asked.at, body["Token"]) == (phone, START, asked.token)
    assert "Signature" in body
