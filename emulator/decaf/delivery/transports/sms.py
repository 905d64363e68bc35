"""Delivery of text messages, to the inbox, if the phone's owner and the account's preferences permit it.

Failure reasons are those of AWS's delivery logs, where these have one.
Source: Amazon SNS Developer Guide, "Mobile text messaging (SMS)" and "Monitoring SMS activity".
"""

from __future__ import annotations

from decimal import Decimal

from decaf.base.events import Events
from decaf.base.settings import Settings
from decaf.delivery.transport import DeliverFn
from decaf.sns.attribute import BadAttribute
from decaf.sns.inbox import Entry
from decaf.sns.notification import Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.sms import parts
from decaf.sns.sms.account import SmsAccount
from decaf.sns.sms.numbers import plain
from decaf.sns.sms.preferences import MessageOptions, read_sms_options
from decaf.sns.topic import Subscription
from decaf.store import REGION_STATE, Store


class ToPhones:
    """Puts text messages in the inbox; those of a topic begin with its DisplayName, if it has one."""

    def __init__(self, store: Store, settings: Settings, events: Events) -> None:
        self._store = store
        self._events = events
        self._in_sandbox = settings.sms_sandbox == "on"
        self._price = Decimal(str(settings.sms_price))

    def prepare(self, notification: Notification) -> DeliverFn:
        topic = self._store.find_topic(notification.source)
        name = topic.attributes["DisplayName"] if topic is not None else ""
        text = notification.text_for("sms")
        text = f"{name}> {text}" if name else text

        def deliver(subscription: Subscription, now: float) -> Outcome:
            return self._deliver(notification, text, subscription.endpoint, now, subscription)

        return deliver

    def send(self, notification: Notification, recipient: str, now: float) -> Outcome:
        return self._deliver(notification, notification.text_for("sms"), recipient, now, None)

    def _deliver(
        self, notification: Notification, text: str, number: str, now: float, subscription: Subscription | None
    ) -> Outcome:
        region = self._store.region(notification.source.account, notification.source.region)
        account = region.sms
        price = self._price * parts.count(text)
        try:
            options = read_sms_options(notification.attributes, account.preferences)
        except BadAttribute as bad:
            return Outcome(str(bad))
        reason = self._refusal(account, plain(number), text, options, price)
        if reason is None and price and not account.spend(price, now):
            reason = "No quota left for account"
        if reason is not None:
            return Outcome(reason)
        if price:
            self._events.mark_dirty(REGION_STATE, region)
        self._store.inbox.put(
            Entry(
                account=notification.source.account,
                protocol="sms",
                recipient=number,
                topic_arn=None if subscription is None else str(subscription.topic_arn),
                message_id=notification.message_id,
                subject=None,
                body=text,
                at=now,
                subscription_arn=None if subscription is None else str(subscription.arn),
                attributes={
                    **options.attributes,
                    "Encoding": parts.encoding(text),
                    "Parts": parts.count(text),
                    "PriceInUSD": float(price),
                },
                notification=notification,
            )
        )
        return DELIVERED

    def _refusal(
        self, account: SmsAccount, number: str, text: str, options: MessageOptions, price: Decimal
    ) -> str | None:
        """Returns the reason not to send `text` to `number`, None if there is none."""
        if len(text) > parts.MAX_LENGTH:
            return f"The text is longer than {parts.MAX_LENGTH} characters"
        if self._in_sandbox and not account.sandbox.is_verified(number):
            return "The account is in the SMS sandbox, and the phone number is not verified"
        if number in account.opted_out:
            return "Phone number is opted out"
        if options.max_price is not None and price > options.max_price:
            return "This delivery would exceed max price"
        return None
