"""Delivery by mail, to the inbox: plain text, or the JSON envelope for email-json.

Source: Amazon SNS Developer Guide, "Email notifications".
"""

from __future__ import annotations

from emulator.deliveries.sealing import Sealer
from emulator.inbox import Entry, Inbox
from emulator.sns.notification import Confirmation, Notification
from emulator.sns.outcome import DELIVERED, Carrier, Outcome
from emulator.sns.topic import Subscription

SUBJECT = "AWS Notification Message"  # where the publisher gave none
CONFIRMATION_SUBJECT = "AWS Notification - Subscription Confirmation"


class ToMailBoxes:
    """Puts mails in the inbox; `as_json` makes them of the email-json kind."""

    def __init__(self, inbox: Inbox, sealer: Sealer, as_json: bool) -> None:
        self._inbox = inbox
        self._sealer = sealer
        self._protocol = "email-json" if as_json else "email"
        self._as_json = as_json

    def carry(self, notification: Notification) -> Carrier:
        text = notification.text_for(self._protocol)
        letter = self._sealer.letter(notification, text)

        def deliver(subscription: Subscription, now: float) -> Outcome:
            self._inbox.put(
                Entry(
                    account=notification.source.account,
                    protocol=self._protocol,
                    recipient=subscription.endpoint,
                    topic_arn=str(notification.source),
                    message_id=notification.message_id,
                    subject=notification.subject or SUBJECT,
                    body=letter.to(subscription.arn) if self._as_json else text,
                    at=now,
                    subscription_arn=str(subscription.arn),
                )
            )
            return DELIVERED

        return deliver

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        self._inbox.put(
            Entry(
                account=confirmation.topic_arn.account,
                protocol=self._protocol,
                recipient=subscription.endpoint,
                topic_arn=str(confirmation.topic_arn),
                message_id=confirmation.message_id,
                subject=CONFIRMATION_SUBJECT,
                body=self._sealer.confirmation(confirmation) if self._as_json else _invitation(confirmation),
                at=now,
                kind="SubscriptionConfirmation",
                token=confirmation.token,
                subscription_arn=str(subscription.arn),
            )
        )
        return DELIVERED


def _invitation(confirmation: Confirmation) -> str:
    return (
        f"You have chosen to subscribe to the topic:\n{confirmation.topic_arn}\n\n"
        f"To confirm this subscription, visit the link below:\n{confirmation.subscribe_url}\n"
    )
