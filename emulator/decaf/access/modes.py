"""The modes of access: what follows from a call or a delivery that AWS would refuse."""

from __future__ import annotations

from typing import Literal

Mode = Literal["off", "warn", "enforce"]
MODES: tuple[Mode, ...] = ("off", "warn", "enforce")
