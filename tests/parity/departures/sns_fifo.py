"""Where moto's FIFO topics depart from AWS's."""

from __future__ import annotations

from .sns import _bad
from .table import Departure, departs

_FIFO = "SNS Developer Guide, FIFO topics"

DEPARTURES: dict[str, tuple[Departure, ...]] = {}
