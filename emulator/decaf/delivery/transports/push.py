"""Delivery to mobile apps, to the inbox, with the payload for the endpoint's platform.

Rule: an endpoint whose token has expired is disabled when the next notification is sent to it, as in AWS.
Source: Amazon SNS Developer Guide, "Sending mobile push notifications".
"""

from __future__ import annotations

from decaf.base.arn import Arn, read_arn
from decaf.base.events import Events
from decaf.delivery.transport import DeliverFn
from decaf.delivery.transports.envelope import Envelopes
from decaf.sns.application_event import ApplicationEvent
from decaf.sns.attribute import BadAttribute
from decaf.sns.inbox import Entry
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.platform import ENDPOINT_STATE, Endpoint, PlatformApplication
from decaf.sns.push import BadPayload, payload, read_push_options
from decaf.sns.topic import Subscription
from decaf.store import Store

_TOKEN_UNKNOWN = "Platform token associated with the endpoint is not valid"


class ToApps:
    """Puts push notifications for endpoints that exist and are enabled in the inbox."""

    def __init__(self, store: Store, envelopes: Envelopes, events: Events) -> None:
        self._store = store
        self._envelopes = envelopes
        self._events = events

    def prepare(self, notification: Notification) -> DeliverFn:
        def deliver(subscription: Subscription, now: float) -> Outcome:
            return self._deliver(notification, subscription.target, now, subscription)

        return deliver

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        return self._deliver(notification, read_arn(recipient), now, None)

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        """Deliver the request to the device: that of another account has to confirm, by its app."""
        body = self._envelopes.confirmation(confirmation)
        self._store.inbox.put(Entry.of_confirmation(confirmation, subscription, body, now))
        return DELIVERED

    def _deliver(
        self, notification: Notification, arn: Arn | None, now: float, subscription: Subscription | None
    ) -> Outcome:
        application = None if arn is None else self._store.find_application(arn)
        endpoint = None if arn is None else self._store.find_endpoint(arn)
        if application is None or endpoint is None:
            return Outcome("the endpoint does not exist")
        if not endpoint.attributes["Enabled"]:
            return Outcome("the endpoint is disabled")
        if not application.attributes["Enabled"]:
            return Outcome("the platform application is disabled")
        if endpoint.expired:
            endpoint.attributes["Enabled"] = False
            self._events.mark_dirty(ENDPOINT_STATE, endpoint)
            return _failure(application, endpoint, notification, "InvalidPlatformToken", _TOKEN_UNKNOWN)
        try:
            sent = payload(application.platform, notification)
            options = read_push_options(application.platform, notification.attributes, sent)
        except (BadPayload, BadAttribute) as bad:
            return _failure(application, endpoint, notification, "InvalidNotification", str(bad))
        attributes = {"Platform": application.platform, "Token": endpoint.token, "Payload": sent, **options}
        self._store.inbox.put(
            Entry(
                account=notification.source.account,
                protocol="application",
                recipient=str(arn),
                topic_arn=None if subscription is None else str(subscription.topic_arn),
                message_id=notification.message_id,
                subject=None,
                body=notification.text_for(application.platform),
                at=now,
                subscription_arn=None if subscription is None else str(subscription.arn),
                attributes=attributes,
                notification=notification,
            )
        )
        return DELIVERED


def _failure(
    application: PlatformApplication, endpoint: Endpoint, notification: Notification, failure_type: str, reason: str
) -> Outcome:
    """Returns the outcome of a delivery that the push service refuses; its event notifies the application's owner."""
    details = {
        "DeliveryAttempts": 1,
        "FailureMessage": reason,
        "FailureType": failure_type,
        "MessageId": notification.message_id,
    }
    event = ApplicationEvent("DeliveryFailure", application, endpoint, details, notification.base_url)
    return Outcome(reason, event=event)
