"""Loose coupling, proved: each part is killed in turn, the server too, and the others go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from decaf.lessons.stage import Program, Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import MADE, Wire, said

ORDERS, READY = "orders", "ready"
LOG = "log"  # the queue in which the run notes whom it killed, and what went on meanwhile
FEWEST = 3  # orders that go on while a part is dead
Notes: TypeAlias = dict[str, dict[str, Any]]  # what the run noted, by whom it had killed

_PATIENT = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "10"}
_FAINTS_IN = 3  # the number of its make
_BACK = 4.0  # seconds: the visibility timeout of the queue `orders`, and a little more
_SILENT = 6.0  # seconds of real time in which a part that goes on has long done FEWEST orders


# --- the run


def play(stage: Stage) -> None:
    """Kill the server, the barista, the announcer and the cashier, each while the others work."""
    announcer = stage.start("announcer", _PATIENT)
    barista = stage.start("barista", _PATIENT)
    cashier = stage.start("cashier", _PATIENT)
    stage.until(lambda wire: len(_ready(wire)) >= FEWEST, 20)
    _kill_the_server(stage)

    stage.say("The barista is killed.")
    barista.kill()
    if not _meanwhile(stage, "barista", lambda wire: len(wire.sent(ORDERS))):
        stage.finish()
        return
    stage.say("A second barista comes, and faints in the middle of a coffee. A third one comes.")
    stage.faint("barista", _FAINTS_IN)
    stage.until(lambda wire: not wire.left(MADE), 5)  # else the announcer's order would come back too
    stage.advance(_BACK)
    stage.start("barista", _PATIENT)

    stage.say("The announcer is killed.")
    announcer.kill()
    if _meanwhile(stage, "announcer", lambda wire: len(wire.sent(MADE))):
        stage.start("announcer", _PATIENT)
        if _one_program(stage.wire()) is None:  # else nobody takes orders out of `made` any more
            _close(stage, cashier)
    stage.finish()


def _kill_the_server(stage: Stage) -> None:
    stage.say("The server is killed, with all queues in it, and started again.")
    ids = [message.id for message in stage.wire().messages(READY)]
    stage.restart_server()
    _note(stage, {"killed": "server", "ids": ids})
    stage.until(lambda wire: len(wire.sent(READY)) >= FEWEST, 30)


def _meanwhile(stage: Stage, killed: str, count: Callable[[Wire], int]) -> bool:
    """Returns whether the others did enough while a part is dead, and notes how much."""
    before = count(stage.wire())
    goes_on = stage.until(lambda wire: count(wire) >= before + FEWEST, _SILENT)
    _note(stage, {"killed": killed, "meanwhile": count(stage.wire()) - before})
    return goes_on


def _close(stage: Stage, cashier: Program) -> None:
    """Kill the cashier. The others finish the work; then a cashier comes back, for the last customers of the day."""
    stage.say("The cashier is killed.")
    cashier.kill()
    stage.until(_is_drained, 30)
    taken = _taken(stage.wire())
    _note(stage, {"killed": "cashier", "meanwhile": len(taken)})
    stage.say("A cashier comes back, for the last customers of the day.")
    last = stage.start("cashier", {**_PATIENT, "FIRST_ORDER": str(max(taken, default=0) + 1)})
    stage.until(lambda wire: len(_taken(wire)) >= len(taken) + FEWEST, 20)
    last.kill()
    stage.until(_is_drained, 30)


def _note(stage: Stage, note: dict[str, Any]) -> None:
    stage.sqs.send_message(QueueUrl=stage.queue_url(LOG), MessageBody=json.dumps(note))


# --- what the wire shows; what happened before the server was killed is in the messages alone


def _ready(wire: Wire) -> set[int]:
    events = wire.by_order(wire.sent(READY))
    return {*events, *(order for each in wire.messages(READY) if (order := wire.order_of(each)) is not None)}


def _taken(wire: Wire) -> set[int]:
    """Returns all orders up to the highest number: the customers come in their order."""
    seen = {*wire.by_order(wire.sent(ORDERS)), *_ready(wire)}
    return set(range(1, max(seen, default=0) + 1))


def _is_drained(wire: Wire) -> bool:
    return not wire.left(ORDERS) and not wire.left(MADE)


def _notes(wire: Wire) -> Notes:
    read = [json.loads(event.body or "{}") for event in wire.sent(LOG)]
    return {note["killed"]: note for note in read}


# --- the check


def check(wire: Wire) -> Verdict:
    """While one part was dead the others went on, and no order was lost."""
    notes, taken = _notes(wire), _taken(wire)
    if not notes or len(taken) < FEWEST:
        return Diagnosis(
            "not-run",
            "Only a run kills the parts, one after the other. Type: decaf learn run",
            expected="a run in which each part is killed",
            seen=f"{said(taken)} taken, and nobody killed",
        )
    return (
        _waits(wire, notes)
        or _one_program(wire)
        or _lost(wire, taken)
        or _unfinished(notes, taken)
        or _passed(wire, notes, taken)
    )


def _waits(wire: Wire, notes: Notes) -> Verdict | None:
    """A part fell silent while another one was dead."""
    for killed, silent, queue in (("barista", "cashier", ORDERS), ("announcer", "barista", MADE)):
        if killed not in notes or notes[killed]["meanwhile"] >= FEWEST:
            continue
        count = notes[killed]["meanwhile"]
        last = wire.sent(queue)[-1:]
        return Diagnosis(
            "waits" if killed == "barista" else "barista-waits",
            f"The {silent} fell silent when the {killed} died: {count or 'no'} {'order' if count == 1 else 'orders'} "
            f"in {_SILENT:g} seconds. Something still ties the two together: what does the {silent} wait for?",
            marks=tuple(event.mark for event in last),
            expected=f"the {silent} goes on while the {killed} is dead",
            seen=f"{count} sent to {queue} meanwhile",
        )
    return None


def _one_program(wire: Wire) -> Verdict | None:
    makers, callers = set(wire.callers(MADE, "SendMessage")), set(wire.callers(READY, "SendMessage"))
    both = sorted(makers & callers)
    if not both:
        return None
    return Diagnosis(
        "one-program",
        f"{both[0]} makes orders, and calls them out too. When it dies, both stop together. Let each part do one "
        "thing, with a queue between them.",
        marks=tuple(event.mark for event in (*wire.sent(MADE)[-1:], *wire.sent(READY)[-1:])),
        expected=f"one program sends to {MADE}, another to {READY}",
        seen=f"{both[0]} sends to both",
    )


def _lost(wire: Wire, taken: set[int]) -> Verdict | None:
    lost = sorted(taken - _ready(wire) - _waiting(wire))
    if not lost:
        return None
    order = lost[0]
    story = [*wire.by_order(wire.sent(ORDERS)).get(order, []), *wire.by_order(wire.received(ORDERS)).get(order, [])]
    story += wire.by_order(wire.deleted(ORDERS)).get(order, [])
    return Diagnosis(
        "lost",
        f"{said(lost).capitalize()} got lost when a program died: the message was deleted before the work was done. "
        "Work first, then delete.",
        marks=tuple(sorted(event.mark for event in story)),
        expected=f"all {len(taken)} orders in {READY}",
        seen=f"{said(lost)} not in {READY}, and in no other queue",
    )


def _waiting(wire: Wire) -> set[int]:
    messages = [*wire.messages(ORDERS), *wire.messages(MADE)]
    return {order for message in messages if (order := wire.order_of(message)) is not None}


def _unfinished(notes: Notes, taken: set[int]) -> Verdict | None:
    if "cashier" in notes:
        return None
    return Diagnosis(
        "unfinished",
        f"{said(taken).capitalize()} were taken, and then the run ended. Is there a program that ended by itself?",
        expected="each part is killed once",
        seen=f"killed: {', '.join(notes)}",
    )


def _passed(wire: Wire, notes: Notes, taken: set[int]) -> Verdict:
    kept = len(set(notes["server"]["ids"]) & {message.id for message in wire.messages(READY)})
    twice = [order for order, events in wire.by_order(wire.sent(READY)).items() if len(events) > 1]
    remark = ""
    if twice:
        remark = (
            f"{said(twice).capitalize()}: called out twice, since a program died between the work and the delete. "
            "That is at least once, and lesson 6 is about it."
        )
    return Passed(
        f"{len(taken)} orders taken, {len(taken)} called out. {notes['barista']['meanwhile']} were taken while the "
        f"barista was dead, {notes['announcer']['meanwhile']} made while the announcer was dead, and {kept} messages "
        "outlived the server.",
        remark,
    )
