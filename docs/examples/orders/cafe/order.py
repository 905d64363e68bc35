"""An order, as people mean it and as a message carries it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

MENU = {"espresso": 25, "latte": 40, "flat white": 40, "decaf": 35}  # drink -> seconds it takes
SIZES = ("small", "large")


class NotOnTheMenu(ValueError):
    """Nobody can make that, now or later."""


@dataclass(frozen=True, slots=True)
class Order:
    """One drink for one customer. Raises NotOnTheMenu for a drink or a size that the café does not have."""

    customer: str
    drink: str
    size: str = "small"

    def __post_init__(self) -> None:
        if self.drink not in MENU or self.size not in SIZES:
            raise NotOnTheMenu(f"{self.size} {self.drink}")

    def to_body(self) -> str:
        return json.dumps(asdict(self))


def from_body(body: str) -> Order:
    """The order that a message carries. Raises NotOnTheMenu when it is none that can be made."""
    try:
        return Order(**json.loads(body))
    except (ValueError, TypeError) as error:
        raise NotOnTheMenu(body) from error
