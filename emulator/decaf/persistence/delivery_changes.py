"""The changes of deliveries that take time, and of the inbox, which others end in."""

from __future__ import annotations

from decaf.base.events import Event, NotificationDelivered, on
from decaf.delivery.delivery import DELIVERY_STATE, Delivery
from decaf.persistence import notifications
from decaf.persistence.batch import Batch, Document
from decaf.persistence.changes import EventTable, KindTable
from decaf.sns.inbox import INBOX_REMOVALS, Inbox
from decaf.store import INBOX_CLEARED, Region


class DeliveryChanges:
    """The deliveries that changed. Each is written by a number of its own."""

    def __init__(self) -> None:
        self._keys: dict[Delivery, int] = {}  # of deliveries that have been written
        self._next_key = 1
        self.start_anew()
        self.by_event: EventTable = {}
        self.by_kind: KindTable = dict((on(DELIVERY_STATE, self.note),))

    def start_anew(self) -> None:
        self._deliveries: dict[Delivery, None] = {}
        self._gone: list[int] = []  # keys of deliveries that nobody waits for any more

    def written(self, deliveries: dict[int, Delivery | None]) -> None:
        """Take deliveries, by their keys, as written. Those that nobody waits for, None, will be deleted."""
        self._keys = {delivery: key for key, delivery in deliveries.items() if delivery is not None}
        self._next_key = max(deliveries, default=0) + 1
        self._gone += [key for key, delivery in deliveries.items() if delivery is None]

    def reset(self, account: str | None) -> None:
        dropped = [each for each in self._keys if account is None or each.belongs_to(account)]
        self._gone += [self._keys.pop(each) for each in dropped]
        kept = () if account is None else [each for each in self._deliveries if not each.belongs_to(account)]
        self._deliveries = dict.fromkeys(kept)

    def note_region(self, region: Region) -> None:
        """Deliveries belong to no region; the journal notes them."""

    def note(self, delivery: Delivery) -> None:
        self._deliveries[delivery] = None

    def take(self, batch: Batch) -> None:
        batch.documents += [Document("delivery", str(key), "", None) for key in self._gone]
        batch.documents += map(self._document, self._deliveries)

    def _document(self, delivery: Delivery) -> Document:
        key = self._keys.get(delivery)
        if key is None:
            key = self._keys[delivery] = self._next_key
            self._next_key += 1
        record = notifications.write_delivery(delivery)
        if record is None:
            del self._keys[delivery]
        return Document("delivery", str(key), delivery.account, record)


class InboxChanges:
    """The entries that came into the inbox since it was written, or all when some were removed or restored: those that
    were read from the disk are numbered anew, so that what the disk has goes then.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._count, self._removals = inbox.count, inbox.removals  # as it was written
        self.start_anew()
        self.by_event: EventTable = {NotificationDelivered: self._entry_came}
        self.by_kind: KindTable = dict((on(INBOX_CLEARED, self._note_cleared), on(INBOX_REMOVALS, self._note_removals)))

    def start_anew(self) -> None:
        self._cleared: list[str | None] = []  # accounts; None: all
        self._all_new = False

    def written(self) -> None:
        """Take all entries as written."""
        self._count = self._inbox.count

    def reset(self, account: str | None) -> None:
        """Entries go with their account."""

    def note_region(self, region: Region) -> None:
        """Entries belong to no region; after a restore all are written."""

    def note_all(self) -> None:
        """Note all entries as new."""
        self._all_new = True

    def _entry_came(self, event: Event) -> None:
        """The inbox itself counts its entries."""

    def _note_removals(self, inbox: Inbox) -> None:
        """The inbox itself counts the removals."""

    def _note_cleared(self, account: str | None) -> None:
        self._cleared.append(account)

    def take(self, batch: Batch) -> None:
        inbox = self._inbox
        batch.inbox_cleared += self._cleared
        batch.inbox_rewritten = self._all_new or inbox.removals != self._removals
        if inbox.count == self._count and not batch.inbox_rewritten:
            return
        since = 0 if batch.inbox_rewritten else self._count
        batch.inbox = [(number, notifications.write_entry(entry)) for number, entry in inbox.since(since)]
        batch.inbox_size = inbox.size
        self._count, self._removals = inbox.count, inbox.removals
