"""A durable store of what a world in memory reports as changed, and of nothing else; in memory or in a `keeper`."""

from __future__ import annotations

import sqlite3
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from decaf.persistence.disk import Disk, bring_up_to_date
from decaf.persistence.journal import Journal
from decaf.persistence.keeper import Contents, Keeper
from decaf.persistence.obsolete import Obsolete
from decaf.store import RESTORED
from decaf.world import World


class Follower:
    """Follows `world`. When there is something to write, `soon` is called with the function that writes it.

    Written after each call, the record of a change that was not marked stays as it was: that is how it is found.
    """

    def __init__(self, world: World, soon: Callable[[Callable[[], None]], None], keeper: Keeper | None = None) -> None:
        self.world = world
        self._disk: Any = keeper or _DiskInMemory(Path(tempfile.gettempdir()), "none")
        weakref.finalize(self, self._disk.close)  # Python 3.13 warns of a connection that nobody closed
        self._obsolete = Obsolete()
        self._journal = Journal(world.sqs, world.sns, lambda late: soon(self.write))
        self._journal.attach()
        world.events.mark_dirty(RESTORED, None)  # all that the world has by now is new here

    def write(self) -> None:
        """Write the records of all that changed since the last time."""
        batch = self._journal.take()
        if batch is not None:
            self._disk.apply(batch)
            self._obsolete.add(batch)
            self._obsolete.delete_all(self._disk)

    def load(self) -> Contents:
        """Returns all that was written."""
        self.write()
        contents: Contents = self._disk.load()
        return contents


class _DiskInMemory(Disk):
    """A data directory's database, of this process alone."""

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        bring_up_to_date(connection)
        return connection
