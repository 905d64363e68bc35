"""Decaf in the tests of other programs: a server in the test process, its own calls, fixtures for pytest.

Rule: pytest imports this package in every run of everybody who has Decaf installed. So nothing is imported here
until it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.control.route import Refused
    from emulator.faults.effects import (
        Drop,
        Duplicate,
        Error,
        Fail,
        Latency,
        PartialBatch,
        Reorder,
        Throttle,
        Timeout,
    )
    from emulator.faults.match import Match
    from emulator.faults.rules import When
    from emulator.settings import Settings
    from emulator.testing.asking import NoServer
    from emulator.testing.case import DecafTestCase
    from emulator.testing.control import Control, Disproved
    from emulator.testing.decaf import Decaf

_HOMES = {
    "Control": "emulator.testing.control",
    "Decaf": "emulator.testing.decaf",
    "DecafTestCase": "emulator.testing.case",
    "Disproved": "emulator.testing.control",
    "Drop": "emulator.faults.effects",
    "Duplicate": "emulator.faults.effects",
    "Error": "emulator.faults.effects",
    "Fail": "emulator.faults.effects",
    "Latency": "emulator.faults.effects",
    "Match": "emulator.faults.match",
    "NoServer": "emulator.testing.asking",
    "PartialBatch": "emulator.faults.effects",
    "Refused": "emulator.control.route",
    "Reorder": "emulator.faults.effects",
    "Settings": "emulator.settings",
    "Throttle": "emulator.faults.effects",
    "Timeout": "emulator.faults.effects",
    "When": "emulator.faults.rules",
}

__all__ = [
    "Control",
    "Decaf",
    "DecafTestCase",
    "Disproved",
    "Drop",
    "Duplicate",
    "Error",
    "Fail",
    "Latency",
    "Match",
    "NoServer",
    "PartialBatch",
    "Refused",
    "Reorder",
    "Settings",
    "Throttle",
    "Timeout",
    "When",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
