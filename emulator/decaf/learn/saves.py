"""Notices that a learner has saved a file."""

from __future__ import annotations

import time
from collections.abc import Iterator

from decaf.learn.folder import Folder

_LOOKED_AFTER = 0.3  # seconds

Saved = dict[str, tuple[int, int]]


def saved(folder: Folder) -> Saved:
    """Returns when each program of a folder was saved, in nanoseconds, and its size: another value after a save."""
    found: Saved = {}
    for file in folder.programs():
        try:
            state = file.stat()
        except FileNotFoundError:  # an editor that replaces it
            continue
        found[file.name] = (state.st_mtime_ns, state.st_size)
    return found


def moments() -> Iterator[None]:
    """Yields at each moment at which it is worth to look for a save, without an end."""
    while True:
        time.sleep(_LOOKED_AFTER)
        yield None
