"""Rows of messages that nobody needs any more, deleted a few at a time: a purge of a million keeps no commit waiting.

Rule: they may stay in the file for as long as it takes, and after a kill. A queue that was emptied has a new number in
its record, and rows of a number that no record has are not read; expired messages expire again after a restart, since
the clock does not go back. So they are deleted only after the commit that made them obsolete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from decaf.persistence.batch import Batch
from decaf.persistence.keeper import ROWS, Keeper


class Obsolete:
    """The rows to delete: by their key, and all that have a number of a queue."""

    __slots__ = ("_keys", "_numbers")

    def __init__(self) -> None:
        self._keys: deque[tuple[int]] = deque()
        self._numbers: deque[int] = deque()

    def __bool__(self) -> bool:
        return bool(self._keys or self._numbers)

    def add(self, batch: Batch) -> None:
        """Add what a batch, which was committed, has made obsolete."""
        self._keys.extend(batch.expired)
        self._numbers.extend(batch.abandoned)

    def add_numbers(self, numbers: Iterable[int]) -> None:
        self._numbers.extend(numbers)

    def start_anew(self, numbers: Iterable[int]) -> None:
        """Have only these numbers, now that the state was read from the disk."""
        self._keys.clear()
        self._numbers.clear()
        self._numbers.extend(numbers)

    def delete_some(self, keeper: Keeper) -> None:
        """Delete some of the rows. What cannot be deleted stays in the file until the next start."""
        keys = [self._keys.popleft() for _ in range(min(ROWS, len(self._keys)))]
        number = self._numbers.popleft() if self._numbers else None
        if keeper.delete_messages(keys, number) and number is not None:
            self._numbers.appendleft(number)

    def delete_all(self, keeper: Keeper) -> None:
        while self:
            self.delete_some(keeper)
