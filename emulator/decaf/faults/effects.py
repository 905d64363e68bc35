"""What a fault does: one type per effect, told apart in JSON by `type`.

Rule: these are the user's words, checked as they are read; what they lead to is done in `calls` and in the
deliveries. A text or number that no effect can have is refused with what is wrong with it.
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
    """What all effects have in common: how they are read and written."""


class Error(_Effect, frozen=True, tag="error"):
    """The call is not done, and answered with an error: `code` is its shape in the model, or its query code.

    `status` is HTTP's; by default the one that goes with the error.
    """

    code: str
    message: str = "This error was asked for by a fault."
    status: Status | None = None

    def __post_init__(self) -> None:
        if self.status is not None and self.status not in _STATUSES:
            raise ValueError(f"{self.status} is not a status of HTTP")


class Throttle(_Effect, frozen=True, tag="throttle"):
    """The call is not done, and answered as the service answers those that come too fast."""


class Latency(_Effect, frozen=True, tag="latency"):
    """The answer comes `seconds` late on the clock, and by chance up to `jitter` seconds later still.

    The call was done in time, unless it is the call that is `late`: then it is done only then.
    """

    seconds: Seconds
    jitter: Seconds = 0.0
    late: Literal["call", "answer"] = "answer"


class Drop(_Effect, frozen=True, tag="drop"):
    """The connection is closed without an answer: the call was lost on its way, or done and its answer lost."""

    lost: Literal["call", "answer"] = "call"


class PartialBatch(_Effect, frozen=True, tag="partial_batch"):
    """Some entries of a batch fail: the first so many, or those with these ids. The others are done."""

    fail: Count | list[str]
    code: str = "InternalFailure"
    message: str = "This error was asked for by a fault."


class Reorder(_Effect, frozen=True, tag="reorder"):
    """A receive from a standard queue takes messages by chance, not in their order."""


class Duplicate(_Effect, frozen=True, tag="duplicate"):
    """A message received from a standard queue stays there as well, to be received again, even after its deletion.

    Where the rule names a topic or a subscriber, a delivery is made twice.
    """


class Fail(_Effect, frozen=True, tag="fail"):
    """A delivery fails as if the endpoint had answered with `status`."""

    status: Status = 500


class Timeout(_Effect, frozen=True, tag="timeout"):
    """A delivery fails as if the endpoint had not answered in time."""


Effect = Error | Throttle | Latency | Drop | PartialBatch | Reorder | Duplicate | Fail | Timeout

ON_CALLS = (Error, Throttle, Latency, Drop)
ON_BATCHES = (*ON_CALLS, PartialBatch)
ON_RECEIVES = (*ON_CALLS, Reorder)
ON_DELIVERIES = (Fail, Timeout)


def in_words(effect: Effect) -> str:
    """What an effect does to what it strikes, for people."""
    match effect:
        case Error():
            return f"the call is answered with the error {effect.code}"
        case Throttle():
            return "the call is throttled"
        case Latency():
            more = f" to {effect.seconds + effect.jitter:g}" if effect.jitter else ""
            return f"the {effect.late} is {effect.seconds:g}{more} seconds late"
        case Drop():
            return f"the {effect.lost} is lost"
        case PartialBatch():
            return f"{_entries(effect.fail)} of the batch fail with {effect.code}"
        case Reorder():
            return "messages are received by chance, not in their order"
        case Duplicate():
            return "it is delivered twice"
        case Fail():
            return f"the endpoint answers with status {effect.status}"
        case Timeout():
            return "the endpoint does not answer in time"


def _entries(fail: int | list[str]) -> str:
    return f"the entries {', '.join(fail)}" if isinstance(fail, list) else f"the first {fail} entries"
