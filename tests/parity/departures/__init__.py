"""Where moto departs from AWS, by scenario."""

from __future__ import annotations

from . import sns, sns_fifo, sns_filters, sqs
from .table import ABSENT, Departure

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    name: departures for table in (sqs, sns, sns_fifo, sns_filters) for name, departures in table.DEPARTURES.items()
}

__all__ = ["ABSENT", "DEPARTURES", "Departure"]
