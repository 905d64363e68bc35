"""Delivery of text messages, to the inbox.

Source: Amazon SNS Developer Guide, "Mobile text messaging (SMS)".
"""

from __future__ import annotations

from emulator.inbox import Entry, Inbox
from emulator.sns.notification import Notification
from emulator.sns.outcome import DELIVERED, Carrier, Outcome
from emulator.sns.sms import MAX_LENGTH
from emulator.sns.topic import Subscription
from emulator.store import Store


class ToPhones:
    """Puts text messages in the inbox; a topic's begin with its DisplayName, if it has one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._inbox: Inbox = store.inbox

    def carry(self, notification: Notification) -> Carrier:
        topic = self._store.find_topic(notification.source)
        name = topic.attributes["DisplayName"] if topic is not None else ""
        text = notification.text_for("sms")
        text = f"{name}> {text}" if name else text

        def deliver(subscription: Subscription, now: float) -> Outcome:
            return self._put(notification, text, subscription.endpoint, now, subscription)

        return deliver

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        return self._put(notification, notification.text_for("sms"), recipient, now, None)

    def _put(
        self, notification: Notification, text: str, number: str, now: float, subscription: Subscription | None
    ) -> Outcome:
        if len(text) > MAX_LENGTH:
            return Outcome(f"the text is longer than {MAX_LENGTH} characters")
        self._inbox.put(
            Entry(
                account=notification.source.account,
                protocol="sms",
                recipient=number,
                topic_arn=None if subscription is None else str(subscription.topic_arn),
                message_id=notification.message_id,
                subject=notification.subject,
                body=text,
                at=now,
                subscription_arn=None if subscription is None else str(subscription.arn),
            )
        )
        return DELIVERED
