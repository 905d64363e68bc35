"""What happened in an account, as lines for people."""

from __future__ import annotations

from emulator.testing.control import Control


def timeline(control: Control, account: str) -> list[str]:
    return []
