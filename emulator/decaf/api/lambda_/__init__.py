"""The operations of Lambda, by AWS's names. Those of the model that this table lacks are refused as not implemented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from decaf_protocol import Call, Result

OPERATIONS: dict[str, Callable[[Any, Call, float], Result | Awaitable[Result]]] = {}
