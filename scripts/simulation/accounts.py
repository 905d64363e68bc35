"""The accounts: how many calls each makes, and how many messages each has, which a takeover has to load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Accounts:
    """Calls a second, messages, and the database of each account. An account is one shard."""

    calls: NDArray[np.float64]
    messages: NDArray[np.float64]
    database: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.calls)

    def within(self, database: int) -> Accounts:
        """Returns those of one database."""
        mine = self.database == database
        return Accounts(self.calls[mine], self.messages[mine], self.database[mine])


def draw(seed: int, count: int, calls: float, messages: float, databases: int) -> Accounts:
    """Returns `count` accounts. Few have most of the calls, and few, mostly others, have most of the messages."""
    generator = np.random.default_rng(seed)
    sizes = 1 / np.arange(1, count + 1)
    sizes /= sizes.sum()
    places = generator.integers(0, databases, count)
    return Accounts(generator.permutation(sizes) * calls, generator.permutation(sizes) * messages, places)
