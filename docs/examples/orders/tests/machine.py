"""A coffee machine for tests: it can be told to fail."""

from __future__ import annotations

from cafe.barista import MachineBroken
from cafe.order import Order


class Machine:
    """Makes drinks, after failing as often as it is told."""

    def __init__(self) -> None:
        self.made: list[Order] = []
        self.failures = 0

    def make(self, order: Order) -> None:
        if self.failures:
            self.failures -= 1
            raise MachineBroken
        self.made.append(order)
