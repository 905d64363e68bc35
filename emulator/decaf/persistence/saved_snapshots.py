"""The snapshots that a server keeps in memory by name, each as the lines of its file."""

from __future__ import annotations

import msgspec


class TooManySnapshots(Exception):
    """There are as many snapshots as allowed."""


class Saved(msgspec.Struct, frozen=True):
    """A snapshot of one `account`, or of all (None), taken `at` (epoch seconds)."""

    name: str
    at: float
    account: str | None
    queues: int
    topics: int
    messages: int
    lines: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return sum(map(len, self.lines)) + len(self.lines) - 1


class SavedSnapshots:
    """Up to `most` snapshots by name, in the order in which the names were first used."""

    __slots__ = ("_by_name", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_name: dict[str, Saved] = {}

    def put(self, saved: Saved) -> None:
        """Save a snapshot, replacing one of the same name. Raises TooManySnapshots."""
        if saved.name not in self._by_name and len(self._by_name) >= self._most:
            raise TooManySnapshots(f"there are {self._most} snapshots already, as many as max_snapshots lets be")
        self._by_name[saved.name] = saved

    def find(self, name: str) -> Saved | None:
        return self._by_name.get(name)

    def remove(self, name: str) -> bool:
        """Remove a snapshot. Returns whether there was one of that name."""
        return self._by_name.pop(name, None) is not None

    def all(self) -> list[Saved]:
        return list(self._by_name.values())
