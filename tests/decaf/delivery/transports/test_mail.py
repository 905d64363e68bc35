"""The texts of mails that confirm."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.delivery.transports import mail
from decaf.sns.notification import Confirmation
from tests.decaf.sns.cloud import START

TOPIC = Arn("sns", "us-east-1", "111111111111", "orders")
SUBSCRIPTION = Arn("sns", "us-east-1", "111111111111", "orders:3f2a")
LINK = f"http://decaf.test/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=token"


@pytest.mark.parametrize(
    ("kind", "subject", "text"),
    [
        (
            "SubscriptionConfirmation",
            "AWS Notification - Subscription Confirmation",
            f"You have chosen to subscribe to the topic:\n{TOPIC}\n\n"
            "To confirm this subscription, click or visit the link below "
            f"(If this was in error no action is necessary):\n{LINK}\n\n",
        ),
        (
            "UnsubscribeConfirmation",
            "AWS Notification - Unsubscribe Confirmation",
            f"Your subscription to the topic below has been deactivated:\n{TOPIC}\n\n"
            "If this was in error or you wish to resubscribe, click or visit the link below to confirm:\n"
            f"{LINK}\n\n",
        ),
    ],
)
def test_a_confirmation_says_what_it_is_about_and_where_to_go(kind: Any, subject: str, text: str) -> None:
    sent = Confirmation("id", TOPIC, SUBSCRIPTION, "token", START, "http://decaf.test", "1", kind)
    assert mail.confirmation(sent) == (subject, f"{text}Please do not reply directly to this email.\n")
