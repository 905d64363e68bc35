"""The inbox: the messages that reached phones, mail boxes, mobile apps and delivery streams, as entries to read.

Rule: it keeps the latest entries only, so that a server that runs for long does not grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from itertools import takewhile

import msgspec

from decaf.base.events import StateKind
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.topic import Subscription

INBOX_REMOVALS: StateKind[Inbox] = StateKind("inbox removals")  # some entries were removed


class Entry(msgspec.Struct, frozen=True):
    """One delivery. `at` is epoch seconds; `topic_arn` is None for a message published to a device or number directly.

    `kind` is Notification, SubscriptionConfirmation, UnsubscribeConfirmation or Verification; all but the first have
    a `token` to confirm with. `account` owns the topic, or published the message. `attributes` are facts of the
    protocol (the sender of a text message, the TTL of a push notification), under AWS's names where AWS has one.
    `notification` is the published one, for deliveries of notifications to phones and apps. `region` is that of a
    Verification, None for what a topic or who published tells.
    """

    account: str
    protocol: str
    recipient: str
    topic_arn: str | None
    message_id: str
    subject: str | None
    body: str
    at: float
    kind: str = "Notification"
    token: str | None = None
    subscription_arn: str | None = None
    attributes: Mapping[str, str | int | float] = msgspec.field(default_factory=dict)
    notification: Notification | None = None
    region: str | None = None

    @classmethod
    def of_confirmation(
        cls,
        confirmation: Confirmation,
        subscription: Subscription,
        body: str,
        at: float,
        subject: str | None = None,
        attributes: Mapping[str, str | int | float] | None = None,
    ) -> Entry:
        """Returns the entry of a confirmation that was delivered as `body`."""
        return cls(
            account=subscription.topic_arn.account,
            protocol=subscription.protocol,
            recipient=subscription.endpoint,
            topic_arn=str(subscription.topic_arn),
            message_id=confirmation.message_id,
            subject=subject,
            body=body,
            at=at,
            kind=confirmation.kind,
            token=confirmation.token,
            subscription_arn=str(subscription.arn),
            attributes=attributes or {},
        )


class Inbox:
    """The latest `size` entries, oldest first.

    `count` is the number of entries that there ever were, and so the number of the latest; `removals` counts the calls
    of `forget`.
    """

    __slots__ = ("_entries", "count", "removals", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.removals = 0
        self._entries: deque[tuple[int, Entry]] = deque(maxlen=size)

    def put(self, entry: Entry) -> None:
        self.count += 1
        self._entries.append((self.count, entry))

    def since(self, number: int) -> list[tuple[int, Entry]]:
        """Returns the entries after the one with that number, each with its own, oldest first."""
        later = list(takewhile(lambda numbered: numbered[0] > number, reversed(self._entries)))
        later.reverse()
        return later

    def find(
        self,
        protocol: str | None = None,
        recipient: str | None = None,
        topic_arn: str | None = None,
        account: str | None = None,
        kind: str | None = None,
        message_id: str | None = None,
    ) -> list[Entry]:
        """Returns the entries that equal all given values."""
        return [
            entry
            for _, entry in self._entries
            if protocol in (None, entry.protocol)
            and recipient in (None, entry.recipient)
            and topic_arn in (None, entry.topic_arn)
            and account in (None, entry.account)
            and kind in (None, entry.kind)
            and message_id in (None, entry.message_id)
        ]

    def clear(self, account: str | None = None) -> None:
        """Remove all entries, or those of one account."""
        self._keep(lambda entry: account not in (None, entry.account))

    def forget(self, condition: Callable[[Entry], bool]) -> None:
        """Remove the entries that `condition` is true of."""
        self._keep(lambda entry: not condition(entry))
        self.removals += 1

    def _keep(self, condition: Callable[[Entry], bool]) -> None:
        self._entries = deque([numbered for numbered in self._entries if condition(numbered[1])], self._entries.maxlen)
