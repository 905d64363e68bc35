"""Delivery by mail, to the inbox: plain text with a link to unsubscribe, or the JSON envelope for email-json.

Source: Amazon SNS Developer Guide, "Email notifications".
"""

from __future__ import annotations

from decaf.delivery.transport import DeliverFn
from decaf.delivery.transports import mail
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.mail import Mail
from decaf.sns.inbox import Entry
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.topic import Subscription
from decaf.store import Store


class ToMailBoxes:
    """Puts mails in the inbox; with `as_json` their bodies are envelopes, for email-json."""

    def __init__(self, store: Store, envelopes: Envelopes, as_json: bool) -> None:
        self._store = store
        self._envelopes = envelopes
        self._as_json = as_json

    def prepare(self, notification: Notification) -> DeliverFn:
        def deliver(subscription: Subscription, now: float) -> Outcome:
            return self.put(notification, subscription, self.write(notification, subscription), now)

        return deliver

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        return self.put(confirmation, subscription, self.write(confirmation, subscription), now)

    def write(self, sent: Notification | Confirmation, subscription: Subscription) -> Mail:
        """Returns the mail to a subscriber."""
        if isinstance(sent, Confirmation):
            subject, body = mail.confirmation(sent)
            body = self._envelopes.confirmation(sent) if self._as_json else body
            return Mail(mail.SENDER, subscription.endpoint, subject, body, sent.message_id)
        topic = self._store.find_topic(sent.source)
        sender = mail.sender_name(topic.attributes["DisplayName"] if topic is not None else "")
        subject = mail.SUBJECT if sent.subject is None else sent.subject
        return Mail(sender, subscription.endpoint, subject, self._body(sent, subscription), sent.message_id)

    def put(self, sent: Notification | Confirmation, subscription: Subscription, written: Mail, now: float) -> Outcome:
        """Put a mail that reached its mail box in the inbox."""
        self._store.inbox.put(_entry(sent, subscription, written, now))
        return DELIVERED

    def _body(self, notification: Notification, subscription: Subscription) -> str:
        text = notification.text_for(subscription.protocol)
        if not self._as_json:
            return mail.with_footer(text, notification.unsubscribe_url(subscription.arn))
        return self._envelopes.envelope(notification, text).to(subscription.arn)


def _entry(sent: Notification | Confirmation, subscription: Subscription, written: Mail, now: float) -> Entry:
    """Returns the inbox's entry, with the facts that the mail's body contains as attributes of their own."""
    if isinstance(sent, Confirmation):
        attributes = {"From": written.sender_line, "SubscribeURL": sent.subscribe_url}
        return Entry.of_confirmation(sent, subscription, written.body, now, written.subject, attributes)
    return Entry(
        account=subscription.topic_arn.account,
        protocol=subscription.protocol,
        recipient=subscription.endpoint,
        topic_arn=str(subscription.topic_arn),
        message_id=sent.message_id,
        subject=written.subject,
        body=written.body,
        at=now,
        subscription_arn=str(subscription.arn),
        attributes={
            "From": written.sender_line,
            "Message": sent.text_for(subscription.protocol),
            "UnsubscribeURL": sent.unsubscribe_url(subscription.arn),
        },
    )
