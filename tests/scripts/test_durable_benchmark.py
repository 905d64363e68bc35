"""The cost of durability is measured on checked responses."""

from __future__ import annotations

import asyncio
from pathlib import Path

from scripts.benchmark.durable import BARE, LEVELS, MEMORY, SQLITE, WIRES, measure, report


def test_every_level_is_measured_beside_memory(tmp_path: Path) -> None:
    rates = asyncio.run(measure(tmp_path, 0.05, 1))
    assert set(rates) == {(wires, level) for wires in WIRES for level in (MEMORY, *LEVELS, BARE, SQLITE)}
    assert all(rate > 0 for (rate,) in rates.values())
    assert {level for level in LEVELS if (tmp_path / level / "decaf.sqlite").exists()} == set(LEVELS)
    assert len(report(rates).splitlines()) == 2 + len(rates)
