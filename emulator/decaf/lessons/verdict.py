"""What a check returns: the lesson is passed, or a diagnosis of what the wire shows instead."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from decaf.control.explain.sentences import sentence
from decaf.control.trace import TracedEvent
from decaf.lessons.wire import Wire, marks_of, name_of, order_in, said

NOTHING_YET = "nothing-yet"  # the code of the diagnosis that no program of the learner has called
_SHOWN = 6  # lines of a timeline
_NUMBERED = ("order", "news")  # what lessons send: members of a body that have its number

# The ARN of a queue, topic or subscription; people know these by the name in it.
_ARN = re.compile(r"arn:aws:s[nq]s:[\w-]*:\d{12}:([\w.-]+)(?::[\da-f-]{36})?")


class Passed(msgspec.Struct, frozen=True):
    """The wire has what the lesson is about. `proof` says with counts what was seen, `remark` what could be wiser."""

    proof: str
    remark: str = ""


class Diagnosis(msgspec.Struct, frozen=True):
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
        NOTHING_YET,
        f"No program has called the account {wire.account} yet, which is the account of this lesson.",
        expected="a call of your program; `decaf learn run` starts it with all that it needs",
        seen="no call",
    )


def purged(wire: Wire, queue: str) -> Diagnosis | None:
    """Returns the diagnosis of orders that a purge threw away before they were made, if there are any."""
    found = wire.purged(queue)
    lost = set(wire.by_order(wire.sent(queue))) - set(wire.made())
    if not found or not lost:
        return None
    return Diagnosis(
        "purged",
        f"PurgeQueue threw away every order in {queue}: {said(lost)} had been paid for, and never made.",
        marks=marks_of(found),
        expected=f"{queue} is empty since every order is made",
        seen=f"{queue} is empty, and {said(lost)} not in made",
    )


def timeline(wire: Wire, marks: tuple[int, ...]) -> list[str]:
    """Returns a line for each of the events: seconds since the first of the wire, and what happened to which order."""
    known = {event.mark: event for event in wire.events}
    return [_line(wire, known[mark]) for mark in marks if mark in known][:_SHOWN]


def with_names(text: str) -> str:
    """Returns a text with the name of each queue and topic instead of its ARN."""
    return _ARN.sub(r"\1", text)


def _line(wire: Wire, event: TracedEvent) -> str:
    caller = wire.caller_of(event)
    what = next(
        (f"{each} {number}" for each in _NUMBERED if (number := order_in(event.body, each)) is not None), "a message"
    )
    by = f" by {caller}" if caller else ""
    return f"{event.at - wire.began:+9.2f} s  {_said(event, what, by)}"


def _said(event: TracedEvent, what: str, by: str) -> str:
    queue = name_of(event.arn)
    match event.kind:
        case "MessageSent":
            return f"{what} sent to {queue}{by}{_for(event, ', to be seen in')}"
        case "MessageReceived":
            again = f", time {event.receive_count}" if (event.receive_count or 1) > 1 else ""
            return f"{what} received from {queue}{by}{_for(event, ', lent for')}{again}"
        case "VisibilityChanged":
            return f"{what} in {queue}: {_for(event, 'lent for') or 'given back'} from now on{by}"
        case "MessageReturned":
            return f"{what} visible again in {queue}"
        case "MessageDeleted":
            return f"{what} deleted from {queue}{by}"
        case "MessageSurvived":
            return f"{what} deleted from {queue}{by}, but a copy of it was not: visible again"
        case _:
            said = with_names(sentence(msgspec.structs.replace(event, until=None)))
            return said if event.message_id is None else f"{what} {said}"


def _for(event: TracedEvent, words: str) -> str:
    return "" if event.until is None else f"{words} {round(event.until - event.at, 2):g} s"
