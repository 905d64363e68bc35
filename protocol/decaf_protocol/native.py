"""The functions that have a second form in C: which of the two is taken."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def native(module: str, function: str) -> Any:
    """Returns a function of a module in C; None where that was not built, or where DECAF_PURE=1 is set."""
    if os.environ.get("DECAF_PURE", "0") not in ("", "0"):
        return None
    try:
        return getattr(import_module(module), function)
    except ImportError:
        return None
