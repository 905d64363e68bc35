"""The cost of durability is measured on checked responses."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from scripts.benchmark.durable import BARE, LEVELS, MEMORY, NODE, SQLITE, WIRES, measure, report


def test_every_level_is_measured_beside_memory() -> None:
    with tempfile.TemporaryDirectory() as name:  # in a folder that the user of PostgreSQL can read, too
        directory = Path(name)
        rates = asyncio.run(measure(directory, 0.05, 1))
        assert {level for level in LEVELS if (directory / level / "decaf.sqlite").exists()} == set(LEVELS)
    assert set(rates) == {(wires, level) for wires in WIRES for level in (MEMORY, *LEVELS, NODE, BARE, SQLITE)}
    assert all(rate > 0 for (rate,) in rates.values())
    assert len(report(rates).splitlines()) == 2 + len(rates)
