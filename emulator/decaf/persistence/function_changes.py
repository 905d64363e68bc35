"""The changes of registered functions, and of the events that were accepted for them."""

from __future__ import annotations

from decaf.base.events import on
from decaf.functions.accepted_event import ACCEPTED_STATE, AcceptedEvent
from decaf.functions.function import FUNCTION_STATE
from decaf.persistence.batch import Batch, Document
from decaf.persistence.changes import EventTable, KindTable
from decaf.persistence.functions import write_accepted, write_function
from decaf.store import Region, Store


class FunctionChanges:
    """The functions and events that changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.start_anew()
        self.by_event: EventTable = {}
        self.by_kind: KindTable = dict((on(FUNCTION_STATE, self._note_function), on(ACCEPTED_STATE, self._note_event)))

    def start_anew(self) -> None:
        self._functions: dict[str, None] = {}  # by name or ARN
        self._events: dict[AcceptedEvent, None] = {}

    def reset(self, account: str | None) -> None:
        self._events = {event: None for event in self._events if account not in (None, event.account)}
        if account is None:  # those of no account stay, but nothing does on the disk
            self._functions |= dict.fromkeys(function.name for function in self._store.functions.kept())

    def note_region(self, region: Region) -> None:
        """Functions belong to no region; the journal notes them."""

    def note_all(self, account: str | None) -> None:
        """Note all functions and events as new, or those of one account."""
        self._functions |= dict.fromkeys(function.name for function in self._store.functions.kept(account))
        self._events |= dict.fromkeys(each for each in self._store.accepted if account in (None, each.account))

    def _note_function(self, name: str) -> None:
        self._functions[name] = None

    def _note_event(self, event: AcceptedEvent) -> None:
        self._events[event] = None

    def take(self, batch: Batch) -> None:
        kept = {function.name: function for function in self._store.functions.kept()} if self._functions else {}
        for name in self._functions:
            function = kept.get(name)
            account = name.split(":")[4] if ":" in name else ""
            record = None if function is None else write_function(function)
            batch.documents.append(Document("function", name, account, record))
        for event in self._events:
            batch.documents.append(Document("accepted", event.request_id, event.account, write_accepted(event)))
