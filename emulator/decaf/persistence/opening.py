"""Opening what keeps the state, and reading it: all that a durable store starts with.

Rule: it may be slow, and touches nothing of a world. So it can be done before there is one, in any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from decaf.base.settings import Settings
from decaf.base.shard import WHOLE, Shard
from decaf.persistence.errors import NotWritten, Unusable
from decaf.persistence.keeper import Contents, Keeper, Progress
from decaf.persistence.worker import Worker


@dataclass(frozen=True, slots=True)
class Opened:
    """What keeps the state, all that it had, how often it was opened before, and which part of the state it is."""

    keeper: Keeper
    contents: Contents
    starts: int
    shard: Shard = WHOLE
    worker: Worker | None = None  # that writes, among others; None: one of its own


def open_directory(settings: Settings, progress: Progress | None = None) -> Opened:
    """Open the data directory that the settings name. Raises Unusable."""
    from decaf.persistence.disk import Disk  # loads SQLite, which other stores do without

    return read(Disk(Path(settings.data_dir), settings.durability), progress)


def read(keeper: Keeper, progress: Progress | None = None, shard: Shard = WHOLE) -> Opened:
    """Read what a keeper has, and count the start. It is closed when that cannot be done. Raises Unusable.

    Nothing is written to what is damaged.
    """
    try:
        return Opened(keeper, keeper.load(progress), keeper.count_start(), shard)
    except NotWritten as error:
        keeper.close()
        raise Unusable(f"{keeper.name} cannot be written: {error}") from error
    except BaseException:
        keeper.close()
        raise
