"""What all parts of the journal have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from decaf.base.events import Event, StateKind
from decaf.persistence.batch import Batch
from decaf.store import Region

EventTable = dict[type[Event], Callable[[Any], None]]
KindTable = dict[StateKind[Any], Callable[[Any], None]]


class Changes(Protocol):
    """The changes of some kinds of state since the last batch was taken: which pieces changed, and not how.

    `by_event` and `by_kind` have the functions that note a change, by the event or the kind of state that reports it.
    """

    by_event: EventTable
    by_kind: KindTable

    def start_anew(self) -> None:
        """Drop all that was noted."""

    def reset(self, account: str | None) -> None:
        """Drop what was noted of an account, or of all; its state, still there, is about to be dropped."""

    def note_region(self, region: Region) -> None:
        """Note all that an account has in a region as new."""

    def take(self, batch: Batch) -> None:
        """Put the present state of all that was noted into `batch`."""
