"""An event that was accepted for a function, which is invoked with it later."""

from __future__ import annotations

from dataclasses import dataclass

from decaf.base.arn import Arn
from decaf.base.events import StateKind


@dataclass(slots=True, eq=False)
class AcceptedEvent:
    """An event for a function, which is invoked by `arn`.

    `errors` counts the invocations that failed, `refusals` the times that it could not be invoked since then. `due` is
    when it is invoked next (epoch seconds), None once the event is done. `depth` counts the functions before this one,
    each the destination of another.
    """

    arn: str
    payload: bytes
    request_id: str
    accepted_at: float
    due: float | None
    trace_header: str | None = None
    client_context: str | None = None
    source: Arn | None = None
    message_ids: tuple[str, ...] = ()
    errors: int = 0
    refusals: int = 0
    depth: int = 0

    @property
    def account(self) -> str:
        """The account of the function."""
        return self.arn.split(":")[4]


ACCEPTED_STATE: StateKind[AcceptedEvent] = StateKind("accepted event")
