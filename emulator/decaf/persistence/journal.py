"""The journal: it follows the events and the changes of state, and makes batches of records of them.

Rule: a change only notes which piece of state changed; the record of it is made when the batch is taken, so that a
piece that changes often, or comes and goes, between two commits is written once or not at all. Between two calls the
state is whole, and so is each batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from decaf.api.sns.service import Sns
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.base.deduplication import REMEMBERED_FOR
from decaf.base.events import Event, MessageExpired, StateKind, on
from decaf.base.shard import WHOLE, Shard
from decaf.delivery.delivery import Delivery
from decaf.persistence.account_changes import AccountChanges
from decaf.persistence.batch import Batch, Document
from decaf.persistence.changes import Changes
from decaf.persistence.delivery_changes import DeliveryChanges, InboxChanges
from decaf.persistence.function_changes import FunctionChanges
from decaf.persistence.queue_changes import QueueChanges
from decaf.persistence.records import ClockRecord
from decaf.persistence.topic_changes import TopicChanges
from decaf.sqs.message import Message
from decaf.store import RESET, RESTORED


class Journal:
    """The changes of a shard since the last batch was taken. The first calls `wake`, with whether it may be late."""

    def __init__(self, sqs: Sqs, sns: Sns, wake: Callable[[bool], None], shard: Shard = WHOLE) -> None:
        self._events = sqs.events
        self._store = sqs.store
        self._clock = sqs.clock
        self._courier = sns.courier
        self._wake = wake
        self._queues = QueueChanges(sqs, shard)
        self._topics = TopicChanges(sqs.store)
        self._deliveries = DeliveryChanges()
        self._functions = FunctionChanges(sqs.store)
        self._inbox = InboxChanges(sqs.store.inbox)
        # In the order in which they are taken.
        self._parts: tuple[Changes, ...] = (
            self._queues,
            self._topics,
            AccountChanges(sqs.store),
            self._deliveries,
            self._functions,
            self._inbox,
        )
        self._by_event = {kind: (part, note) for part in self._parts for kind, note in part.by_event.items()}
        self._by_kind: dict[StateKind[Any], tuple[Iterable[Changes], Callable[[Any], None]]] = {
            kind: ((part,), note) for part in self._parts for kind, note in part.by_kind.items()
        }
        for kind, note in (on(RESET, self._reset), on(RESTORED, self._note_all)):
            self._by_kind[kind] = self._parts, note
        self._written_clock: ClockRecord | None = None
        self._swept_at = 0.0
        self._noted: set[Changes] = set(self._parts)  # those that may have changes
        self._start_anew()

    def _start_anew(self) -> None:
        self._reset_accounts: list[str | None] = []
        for part in self._noted:
            part.start_anew()
        self._noted = {self._inbox}  # which counts its entries itself
        self.changed: list[Any] = []  # what changed since the last call: messages, ARNs, and what has an ARN
        self._dirty = False
        self._late = False  # whether all changes are those that come about again by themselves after a restart

    def attach(self) -> None:
        """Begin to listen."""
        self._events.listeners.append(self._on_event)
        self._events.state_listeners.append(self._on_change)

    def detach(self) -> None:
        """Listen no more, and drop the changes since the last batch."""
        if self._on_event in self._events.listeners:
            self._events.listeners.remove(self._on_event)
            self._events.state_listeners.remove(self._on_change)
        self._start_anew()
        self._written_clock = None  # it may not have been written

    def _on_event(self, event: Event) -> None:
        found = self._by_event.get(type(event))
        if found is None:
            return
        part, note = found
        note(event)
        self._noted.add(part)
        if type(event) is MessageExpired:
            self._mark(late=True)
            return
        self.changed.append(event.subject if type(event.subject) is Message else event.arn)
        if not self._dirty or self._late:
            self._mark()

    def _on_change(self, kind: StateKind[Any], key: Any) -> None:
        parts, note = self._by_kind[kind]
        note(key)
        self._noted.update(parts)
        self.changed.append(key)
        self._mark()

    def _mark(self, late: bool = False) -> None:
        """Note that there are changes, which nobody has to wait for if they are `late`."""
        if not self._dirty or (self._late and not late):
            self._dirty, self._late = True, late
            self._wake(late)

    def clock_changed(self) -> None:
        """Note that the clock may have been moved, frozen or set going."""
        if self._clock_record(self._clock.now()) is not None:
            self._mark()

    def _reset(self, account: str | None) -> None:
        """An account, or everybody, is about to lose all state."""
        for part in self._parts:
            part.reset(account)
        self._reset_accounts.append(account)

    def _note_all(self, account: str | None) -> None:
        """All that an account, or everybody, has is new."""
        self._inbox.note_all()
        self._functions.note_all(account)
        for region in self._store.regions():
            if account in (None, region.account):
                for part in self._parts:
                    part.note_region(region)
        for delivery in self._courier.deliveries():
            if account is None or delivery.belongs_to(account):
                self._deliveries.note(delivery)

    def written(
        self, numbers: dict[Arn, int], abandoned: Iterable[int], deliveries: dict[int, Delivery | None]
    ) -> None:
        """Take the whole present state as written, with the numbers of queues there, and the deliveries by their keys.

        Numbers that are abandoned still have messages. Deliveries that nobody waits for any more are None, and will be
        deleted.
        """
        self._queues.written(numbers, abandoned)
        self._topics.written()
        self._deliveries.written(deliveries)
        self._noted.add(self._deliveries)  # those that nobody waits for are yet to be deleted
        self._inbox.written()

    def reserve_number(self) -> int:
        """Returns a number that no queue has."""
        return self._queues.reserve_number()

    def stage(self, numbers: dict[Arn, int]) -> None:
        """Take the messages of queues that are restored next as written, under these numbers."""
        self._queues.staged = numbers

    def take(self) -> Batch | None:
        """Returns the records of all that changed since the last batch, None if nothing did."""
        if not self._dirty:
            return None
        batch = Batch(reset_accounts=self._reset_accounts)
        now = self._clock.now()
        for part in self._parts:
            if part in self._noted:
                part.take(batch)
        clock = self._clock_record(now)
        if clock is not None:
            self._written_clock = clock
            batch.documents.append(Document("clock", "", "", clock))
        if now >= self._swept_at + REMEMBERED_FOR:
            self._swept_at = now
            batch.remembered_until = now - REMEMBERED_FOR
        self._start_anew()
        return batch

    def _clock_record(self, now: float) -> ClockRecord | None:
        """Returns how the clock runs, None if that is written already."""
        clock, known = self._clock, self._written_clock
        if known is None or known.frozen != clock.frozen:
            is_written = False
        else:
            is_written = known.at == now if clock.frozen else known.moved == clock.moved
        return None if is_written else ClockRecord(at=now, moved=clock.moved, frozen=clock.frozen)
