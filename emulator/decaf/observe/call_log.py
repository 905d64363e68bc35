"""The log of calls: what is noted of each. The lines are made and written elsewhere, later.

Rule: a call is noted in about a microsecond, and never waits. What is noted has no credentials and no secrets, and of
message bodies and other parameters only what `with_bodies` asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from decaf.base.clock import real_time
from decaf.observe.call_facts import masked
from decaf.observe.call_record import NotedCall
from decaf_protocol import decode_result

KEPT_OF_BODIES = 4_096  # characters of the parameters, and of the result


class LoggedCall(msgspec.Struct, frozen=True, gc=False):
    """A call that was answered. `at` is in epoch seconds of real time; `operation` is "" and `account` None where the
    request could not be read, `status` None where a fault left it without a response.

    `request` and `response` are parameters and result as JSON, where bodies are logged.
    """

    at: float
    service: str
    operation: str
    resource: str
    account: str | None
    status: int | None
    error: str | None
    seconds: float | None
    request: str | None
    response: str | None


class CallLog:
    """Passes what is logged of each call to `put`."""

    __slots__ = ("_put", "_with_bodies")

    def __init__(self, put: Callable[[LoggedCall], None], with_bodies: bool) -> None:
        self._put = put
        self._with_bodies = with_bodies

    def note(self, noted: NotedCall) -> None:
        """Log a call that was answered."""
        call, reply = noted.call, noted.reply
        request = response = None
        if self._with_bodies and call is not None:
            request = _written(call.params)
            response = None if reply is None or noted.error else _written(decode_result(call, reply))
        status = None if reply is None else reply.status
        self._put(
            LoggedCall(
                real_time(),
                noted.service,
                noted.operation,
                noted.resource,
                noted.account,
                status,
                noted.error,
                noted.took,
                request,
                response,
            )
        )


def _written(values: Mapping[str, Any]) -> str:
    return msgspec.json.encode(masked(values)).decode()[:KEPT_OF_BODIES]
