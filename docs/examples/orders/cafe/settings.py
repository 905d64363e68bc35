"""What the café reads from its environment: where its queues and topics are. AWS_* variables say how to get there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Queues by URL, topics by ARN."""

    orders: str
    dead_orders: str
    ready: str
    news: str


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in CAFE_* variables. Raises KeyError with the name of one that is missing."""
    return Settings(
        orders=environment["CAFE_ORDERS"],
        dead_orders=environment["CAFE_DEAD_ORDERS"],
        ready=environment["CAFE_READY"],
        news=environment["CAFE_NEWS"],
    )
