"""What comes of invoking a function: its result or its error, or why it could not be invoked.

Source: AWS Lambda API Reference, Invoke; AWS Lambda Developer Guide, "Using Lambda function errors".
"""

from __future__ import annotations

from typing import Literal

import msgspec

from decaf.base.arn import Arn
from decaf.functions.function import LATEST

ErrorKind = Literal["Handled", "Unhandled"]  # as the header X-Amz-Function-Error has it
Obstacle = Literal["throttled", "unreachable", "refused"]


class Invocation(msgspec.Struct, frozen=True):
    """One invocation of the function `arn`, with an event of the messages `message_ids` of the queue or topic `source`.

    `payload` is the function's result as JSON, or the document of its `error`. `duration` is in seconds. `obstacle` is
    why the function was not invoked at all: `reason` says it in words, and has the reason of an error too. `status` is
    the HTTP status of what runs the function, where that is a URL. `log` is the function's own output.
    """

    request_id: str
    arn: str
    source: Arn | None = None
    message_ids: tuple[str, ...] = ()
    payload: bytes = b""
    error: ErrorKind | None = None
    reason: str | None = None
    timed_out: bool = False
    obstacle: Obstacle | None = None
    status: int | None = None
    log: str = ""
    duration: float = 0.0
    version: str = LATEST

    @property
    def succeeded(self) -> bool:
        """Whether the function was invoked and returned a result."""
        return self.error is None and self.obstacle is None
