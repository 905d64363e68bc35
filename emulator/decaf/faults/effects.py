"""The effects of faults: one type for each, named in JSON by `type`.

Rule: these types only read and check an effect; `calls` and the transports of deliveries carry it out.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0, le=366 * 86_400)]
Count = Annotated[int, Meta(ge=1)]
Status = Annotated[int, Meta(ge=400, le=599)]

_STATUSES = frozenset(HTTPStatus)


class _Effect(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"
):
    """The form in which all effects are read and written."""


class Error(_Effect, frozen=True, tag="error"):
    """The request is not run; the response is an error. `code` is its shape in the model, or its query code.

    `status` is the HTTP status; by default that of the error.
    """

    code: str
    message: str = "This error was injected by a fault."
    status: Status | None = None

    def __post_init__(self) -> None:
        if self.status is not None and self.status not in _STATUSES:
            raise ValueError(f"{self.status} is not an HTTP status")


class Throttle(_Effect, frozen=True, tag="throttle"):
    """The request is not run; the response is the service's error for too many requests.

    Where the rule names a function, it is not invoked, as if too many of its invocations ran.
    """


class Latency(_Effect, frozen=True, tag="latency"):
    """The response is `seconds` late on the server's clock, and at random up to `jitter` seconds more.

    The request runs at once. With `late` "request" the request is late instead, and runs only then.
    """

    seconds: Seconds
    jitter: Seconds = 0.0
    late: Literal["request", "response"] = "response"


class Drop(_Effect, frozen=True, tag="drop"):
    """The connection is closed without a response. The request was not run, or it was and only its response is lost."""

    lost: Literal["request", "response"] = "request"


class PartialBatch(_Effect, frozen=True, tag="partial_batch"):
    """Some entries of a batch fail: the first `fail` of them, or those with the ids in `fail`. The others succeed."""

    fail: Count | list[str]
    code: str = "InternalFailure"
    message: str = "This error was injected by a fault."


class Reorder(_Effect, frozen=True, tag="reorder"):
    """A receive from a standard queue takes messages at random, not in their order."""


class Duplicate(_Effect, frozen=True, tag="duplicate"):
    """A message received from a standard queue is received once more, even after it was deleted.

    Where the rule names a topic or a subscriber, the delivery is made twice instead.
    """


class Fail(_Effect, frozen=True, tag="fail"):
    """A delivery fails as if the endpoint had responded with `status`; where the rule names a function, that fails."""

    status: Status = 500


class Timeout(_Effect, frozen=True, tag="timeout"):
    """A delivery fails as if the endpoint had not responded in time; where the rule names a function, that is late."""


Effect = Error | Throttle | Latency | Drop | PartialBatch | Reorder | Duplicate | Fail | Timeout

ON_CALLS = (Error, Throttle, Latency, Drop)
ON_BATCHES = (*ON_CALLS, PartialBatch)
ON_RECEIVES = (*ON_CALLS, Reorder)
ON_DELIVERIES = (Fail, Timeout)
ON_INVOCATIONS = (Fail, Timeout, Throttle)


def in_words(effect: Effect, of_function: bool = False) -> str:
    """Return what an effect does, to an invocation if it is that of a function, in a few words for people."""
    if of_function:
        return _IN_WORDS[type(effect)]
    match effect:
        case Error():
            return f"the response is the error {effect.code}"
        case Throttle():
            return "the request is throttled"
        case Latency():
            more = f" to {effect.seconds + effect.jitter:g}" if effect.jitter else ""
            return f"the {effect.late} is {effect.seconds:g}{more} seconds late"
        case Drop():
            return f"the {effect.lost} is lost"
        case PartialBatch():
            return f"{_entries(effect.fail)} in the batch with {effect.code}"
        case Reorder():
            return "messages are received at random, not in their order"
        case Duplicate():
            return "the message is delivered twice"
        case Fail():
            return f"the endpoint responds with status {effect.status}"
        case Timeout():
            return "the endpoint does not respond in time"


_IN_WORDS: dict[type[Effect], str] = {
    Fail: "the function fails",
    Timeout: "the function does not end in time",
    Throttle: "the function is throttled",
}


def _entries(fail: int | list[str]) -> str:
    if isinstance(fail, int):
        return "the first entry fails" if fail == 1 else f"the first {fail} entries fail"
    return f"the entry {fail[0]} fails" if len(fail) == 1 else f"the entries {', '.join(fail)} fail"
