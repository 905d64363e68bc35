"""How SNS refuses, as a client sees it: what departures of several kinds have in common."""

from __future__ import annotations

from ..trace import Trace
from .table import ANY_TEXT


def refused(code: str, message: str = ANY_TEXT, status: int = 400, exception: str = "") -> Trace:
    return {
        "status": status,
        "error": code,
        "message": message,
        "exception": exception or f"{code}Exception",
        "type": "Sender",
    }


def bad(what: str) -> Trace:
    """The refusal of a parameter."""
    return refused("InvalidParameter", f"Invalid parameter: {what}")
