"""What a check returns: the lesson is passed, or a diagnosis of what the wire shows instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from decaf.control.explain.sentences import sentence
from decaf.control.trace import TracedEvent
from decaf.lessons.wire import Wire

_SHOWN = 6  # lines of a timeline


@dataclass(frozen=True, slots=True)
class Passed:
    """The wire has what the lesson is about. `proof` says with counts what was seen, `remark` what could be wiser."""

    proof: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened instead. `code` is a word for programs, `sentence` says it in the learner's words.

    `marks` are those of the events that show it; `expected` and `seen` are both sides in full, where they help.
    """

    code: str
    sentence: str
    marks: tuple[int, ...] = ()
    expected: str = ""
    seen: str = ""


Verdict: TypeAlias = Passed | Diagnosis


def nothing_yet(wire: Wire) -> Diagnosis:
    """Returns the diagnosis of a wire that no program of the learner has called on."""
    return Diagnosis(
        "nothing-yet",
        f"No program has called the account {wire.account} yet, which is the account of this lesson.",
        expected="a call of your program; `decaf learn run` starts it with all that it needs",
        seen="no call",
    )


def timeline(wire: Wire, marks: tuple[int, ...]) -> list[str]:
    """Returns a line for each of the events: seconds since the first of the wire, the order, and what happened."""
    known = {event.mark: event for event in wire.events}
    return [_line(wire, known[mark]) for mark in marks if mark in known][:_SHOWN]


def _line(wire: Wire, event: TracedEvent) -> str:
    order = wire.order_of(event)
    what = _what(event)
    caller = wire.caller_of(event)
    return (
        f"{event.at - wire.began:+9.2f} s  {'' if order is None else f'order {order}: '}{what}"
        f"{f', by {caller}' if caller else ''}"
    )


def _what(event: TracedEvent) -> str:
    if event.until is None:
        return sentence(event)
    left = f"{event.until - event.at:g} s"
    if event.kind == "VisibilityChanged":
        return f"hidden for {left} from now on"
    return f"{sentence(msgspec.structs.replace(event, until=None))}, hidden for {left}"
