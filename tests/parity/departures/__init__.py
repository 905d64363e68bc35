"""Where moto departs from AWS, by scenario."""

from __future__ import annotations

from . import sns, sqs
from .table import ABSENT, Departure

DEPARTURES: dict[str, tuple[Departure, ...]] = {**sqs.DEPARTURES, **sns.DEPARTURES}

__all__ = ["ABSENT", "DEPARTURES", "Departure"]
