"""Reading a data directory draws a progress bar at a terminal, when it takes long."""

from __future__ import annotations

import io

import pytest

from decaf.cli import progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("screen", "patience", "is_shown"),
    [(_Terminal(), -1.0, True), (_Terminal(), 3_600.0, False), (io.StringIO(), -1.0, False)],
)
def test_a_bar_is_shown_at_a_terminal_when_reading_takes_long(
    monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, patience: float, is_shown: bool
) -> None:
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    with progress.shown() as read:
        read(0, 40_000)
        read(20_000, 40_000)
    assert ("reading messages" in screen.getvalue()) is is_shown
