"""Where moto's filter policies depart from AWS's."""

from __future__ import annotations

from .sns import _bad
from .table import Departure, departs

DEPARTURES: dict[str, tuple[Departure, ...]] = {}
