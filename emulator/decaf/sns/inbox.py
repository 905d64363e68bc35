"""The inbox: what reached phones, mail boxes, apps and delivery streams, which exist here as entries to be looked at.

Rule: it keeps the latest entries only, so that a server that runs for long does not grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from decaf.sns.notification import Notification


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery. `at` is epoch seconds; `topic_arn` is None for what was published to a device or number itself.

    `kind` is Notification, SubscriptionConfirmation, UnsubscribeConfirmation or Verification; all but the first have
    a `token` to answer with.
    `account` owns the topic, or published the message. `attributes` are facts of the channel (who a text message
    is from, how long a push notification lives), under AWS's names where AWS has one. `notification` is what was
    published, where it was a notification that was delivered to a phone or an app.
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
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    notification: Notification | None = None


class Inbox:
    """The latest `size` entries, oldest first. `count` is how many there ever were, and so the number of the latest;
    `removals` is how often some were taken out.
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
        """The entries after the one of that number, with theirs, oldest first."""
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
        """The entries that have what is given."""
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
        """Forget all entries, or those of one account."""
        self._keep(lambda entry: account not in (None, entry.account))

    def forget(self, which: Callable[[Entry], bool]) -> None:
        """Forget the entries that `which` is true of."""
        self._keep(lambda entry: not which(entry))
        self.removals += 1

    def _keep(self, which: Callable[[Entry], bool]) -> None:
        self._entries = deque([numbered for numbered in self._entries if which(numbered[1])], self._entries.maxlen)
