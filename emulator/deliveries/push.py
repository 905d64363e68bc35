"""Delivery to apps on devices, to the inbox. What is sent is the text for the endpoint's platform.

Source: Amazon SNS Developer Guide, "Sending mobile push notifications".
"""

from __future__ import annotations

from emulator.arn import read_arn
from emulator.inbox import Entry
from emulator.sns.notification import Notification
from emulator.sns.outcome import DELIVERED, Carrier, Outcome
from emulator.sns.topic import Subscription
from emulator.store import Store


class ToApps:
    """Puts push notifications in the inbox, for endpoints that exist and are enabled."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def carry(self, notification: Notification) -> Carrier:
        def deliver(subscription: Subscription, now: float) -> Outcome:
            return self._put(notification, subscription.endpoint, now, subscription)

        return deliver

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        return self._put(notification, recipient, now, None)

    def _put(
        self, notification: Notification, endpoint_arn: str, now: float, subscription: Subscription | None
    ) -> Outcome:
        arn = read_arn(endpoint_arn)
        application = None if arn is None else self._store.find_application(arn)
        endpoint = None if arn is None else self._store.find_endpoint(arn)
        if application is None or endpoint is None:
            return Outcome("the endpoint does not exist")
        if not endpoint.attributes["Enabled"]:
            return Outcome("the endpoint is disabled")
        if not application.attributes["Enabled"]:
            return Outcome("the platform application is disabled")
        self._store.inbox.put(
            Entry(
                account=notification.source.account,
                protocol="application",
                recipient=endpoint_arn,
                topic_arn=None if subscription is None else str(subscription.topic_arn),
                message_id=notification.message_id,
                subject=notification.subject,
                body=notification.text_for(application.platform),
                at=now,
                subscription_arn=None if subscription is None else str(subscription.arn),
            )
        )
        return DELIVERED
