"""Decaf in the tests of other programs: a server in the test process, its control API, fixtures for pytest.

Rule: pytest imports this package in every run of every project where Decaf is installed. So each name is imported only
when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decaf.base.settings import Settings
    from decaf.control.route import Refused
    from decaf.faults.effects import Drop, Duplicate, Error, Fail, Latency, PartialBatch, Reorder, Throttle, Timeout
    from decaf.faults.match import Match
    from decaf.faults.rules import When
    from decaf.testing.all_clients import everywhere
    from decaf.testing.case import DecafTestCase
    from decaf.testing.control import Control, ExpectationFailed
    from decaf.testing.decaf import Decaf
    from decaf.testing.http_client import NoServer
    from decaf.testing.interception import NotMocked

_HOMES = {
    "Control": "decaf.testing.control",
    "Decaf": "decaf.testing.decaf",
    "DecafTestCase": "decaf.testing.case",
    "ExpectationFailed": "decaf.testing.control",
    "Drop": "decaf.faults.effects",
    "Duplicate": "decaf.faults.effects",
    "Error": "decaf.faults.effects",
    "Fail": "decaf.faults.effects",
    "Latency": "decaf.faults.effects",
    "Match": "decaf.faults.match",
    "NoServer": "decaf.testing.http_client",
    "PartialBatch": "decaf.faults.effects",
    "Refused": "decaf.control.route",
    "Reorder": "decaf.faults.effects",
    "Settings": "decaf.base.settings",
    "Throttle": "decaf.faults.effects",
    "Timeout": "decaf.faults.effects",
    "When": "decaf.faults.rules",
    "NotMocked": "decaf.testing.interception",
    "everywhere": "decaf.testing.all_clients",
}

__all__ = [
    "Control",
    "Decaf",
    "DecafTestCase",
    "Drop",
    "Duplicate",
    "Error",
    "ExpectationFailed",
    "Fail",
    "Latency",
    "Match",
    "NoServer",
    "NotMocked",
    "PartialBatch",
    "Refused",
    "Reorder",
    "Settings",
    "Throttle",
    "Timeout",
    "When",
    "everywhere",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
