"""Mails: their text and sender, and the links in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from decaf.delivery.transports.mail import Mail, sender_name
from tests.decaf.sns.cloud import HOST, START, Cloud

MAIL = "customer@example.com"


def confirmed(cloud: Cloud, topic: str, protocol: str = "email") -> str:
    """The ARN of a mail box's subscription."""
    subscription = cloud.subscribe(topic, protocol, MAIL)
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=cloud.inbox(protocol=protocol)[-1].token)
    cloud.world.clear_inbox()
    return subscription


def test_a_new_subscriber_gets_a_link_to_confirm(cloud: Cloud) -> None:
    topic = cloud.topic("orders", DisplayName="Coffee")
    cloud.subscribe(topic, "email", MAIL)
    (asked,) = cloud.inbox()
    link = f"http://{HOST}/?Action=ConfirmSubscription&TopicArn={topic}&Token={asked.token}"
    assert asked.body == (
        f"You have chosen to subscribe to the topic:\n{topic}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is "
        f"necessary):\n{link}\n\n"
        "Please do not reply directly to this email.\n"
    )
    assert asked.subject == "AWS Notification - Subscription Confirmation"
    assert asked.attributes == {"From": "AWS Notifications <no-reply@sns.amazonaws.com>", "SubscribeURL": link}


def test_a_mail_ends_with_the_way_to_get_no_more(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = confirmed(cloud, topic)
    cloud.sns("Publish", TopicArn=topic, Message="Ready")
    (mail,) = cloud.inbox()
    link = f"http://{HOST}/?Action=Unsubscribe&SubscriptionArn={subscription}"
    assert mail.body == (
        "Ready\n\n--\n"
        "If you wish to stop receiving notifications from this topic, please click or visit the link below to "
        f"unsubscribe:\n{link}\n\n"
        "Please do not reply directly to this email.\n"
    )
    assert (mail.attributes["Message"], mail.attributes["UnsubscribeURL"]) == ("Ready", link)


def test_mails_have_the_subject_or_aws_own(cloud: Cloud) -> None:
    topic = cloud.topic()
    confirmed(cloud, topic)
    cloud.sns("Publish", TopicArn=topic, Message="Ready", Subject="Order 42")
    cloud.sns("Publish", TopicArn=topic, Message="Ready")
    assert [mail.subject for mail in cloud.inbox()] == ["Order 42", "AWS Notification Message"]


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("", "AWS Notifications <no-reply@sns.amazonaws.com>"),
        ("Coffee", "Coffee <no-reply@sns.amazonaws.com>"),
        ('Joe "the" Barista, Inc.', '"Joe \\"the\\" Barista, Inc." <no-reply@sns.amazonaws.com>'),
    ],
)
def test_mails_are_from_the_topic_by_its_name(cloud: Cloud, name: str, sender: str) -> None:
    topic = cloud.topic("orders", DisplayName=name)
    confirmed(cloud, topic)
    cloud.sns("Publish", TopicArn=topic, Message="Ready")
    assert cloud.inbox()[0].attributes["From"] == sender


def test_a_name_stays_on_its_line() -> None:
    assert sender_name("Coffee\r\nBcc: everybody@example.com") == "Coffee Bcc: everybody@example.com"


def test_json_mails_are_the_envelope_alone(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = confirmed(cloud, topic, "email-json")
    cloud.sns("Publish", TopicArn=topic, Message="Ready", Subject="Order 42")
    (mail,) = cloud.inbox(protocol="email-json")
    body = json.loads(mail.body)
    assert (body["Message"], body["Subject"]) == ("Ready", "Order 42")
    assert body["UnsubscribeURL"] == mail.attributes["UnsubscribeURL"]
    assert body["UnsubscribeURL"].endswith(subscription)


def test_a_json_subscriber_gets_the_request_to_confirm_in_json(cloud: Cloud) -> None:
    cloud.subscribe(cloud.topic(), "email-json", MAIL)
    (asked,) = cloud.inbox()
    assert json.loads(asked.body)["SubscribeURL"] == asked.attributes["SubscribeURL"]


def test_a_mail_as_servers_take_it() -> None:
    message = Mail("Café", MAIL, "Prêt ☕", "é\n.\n", "4f3d").as_message(START)
    assert (message["To"], message["Subject"]) == (MAIL, "Prêt ☕")
    assert str(message["From"]) == "Café <no-reply@sns.amazonaws.com>"
    assert message["Message-ID"] == "<4f3d@sns.amazonaws.com>"
    assert message["Date"].datetime == datetime.fromtimestamp(START, UTC)
    assert message.get_content() == "é\n.\n"
    assert bytes(message).isascii()
