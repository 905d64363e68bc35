"""The snapshots that a server keeps by name, each as the text of its file."""

from __future__ import annotations

from dataclasses import dataclass


class TooManySnapshots(Exception):
    """There is no room for one more; the text says so."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One of them: of all accounts unless `account` names one. `at` is when it was taken, in epoch seconds."""

    name: str
    at: float
    account: str | None
    queues: int
    topics: int
    messages: int
    file: bytes


class SavedSnapshots:
    """Up to `most` snapshots by name, in the order in which the names came."""

    __slots__ = ("_by_name", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_name: dict[str, Saved] = {}

    def put(self, saved: Saved) -> None:
        """Keep one, in the place of what had its name. Raises TooManySnapshots."""
        if saved.name not in self._by_name and len(self._by_name) >= self._most:
            raise TooManySnapshots(f"there are {self._most} snapshots already, as many as max_snapshots lets be")
        self._by_name[saved.name] = saved

    def find(self, name: str) -> Saved | None:
        return self._by_name.get(name)

    def remove(self, name: str) -> bool:
        """Whether there was one."""
        return self._by_name.pop(name, None) is not None

    def all(self) -> list[Saved]:
        return list(self._by_name.values())
