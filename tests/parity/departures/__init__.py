"""Where moto departs from AWS, by scenario."""

from __future__ import annotations

from . import sns, sns_fifo, sns_filters, sqs_messages, sqs_queues
from .table import ABSENT, Departure

_TABLES = (sqs_queues, sqs_messages, sns, sns_fifo, sns_filters)

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    name: departures for table in _TABLES for name, departures in table.DEPARTURES.items()
}

__all__ = ["ABSENT", "DEPARTURES", "Departure"]
