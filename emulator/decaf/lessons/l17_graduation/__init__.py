"""Graduation: a shop from requirements alone, on a day when its parts fail, and twelve lines that say how it did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from decaf.faults.effects import Drop
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.lessons.l17_graduation.requirements import (
    CAKE,
    CUSTOMERS,
    LATER,
    LINES,
    LOG,
    MADE,
    NOBODY_ORDERED,
    ORDERS,
    POISON,
    STRANGER,
    USUAL,
    Missing,
    note,
)
from decaf.lessons.stage import Program, Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire

_SENDS = ["SendMessage", "SendMessageBatch"]
_PATIENT = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "10"}
_NEW_DRINKS = _PATIENT | {"KNOWN_DRINKS": "latte espresso mocha cake mystery"}
_BARISTAS = 3
_MOMENT = 0.01  # seconds
_BACK = 24.0  # seconds of the clock, in which what comes back has come back several times
_LATER_BY = 601.0  # seconds


# --- the run


def play(stage: Stage) -> None:
    """A day at the shop: calls without an answer, a killed server, a dead barista, a stranger, and an unknown drink."""
    stage.enforce_access()
    stage.say("The shop is made ready, and the cashier takes the orders of the day. One call gets no answer.")
    stage.start("setup", _PATIENT).wait(60)
    stage.set_fault(Drop(lost="response"), Match(operation=_SENDS, queue=ORDERS), When(nth=2))
    stage.start("cashier", _PATIENT).wait(60)
    _kill_the_server(stage)
    _let_a_stranger_try(stage)

    stage.say("A barista comes.")
    # One while the cake is made: a client takes up to a second until it tries again.
    stage.set_fault(Drop(lost="response"), Match(operation=_SENDS, queue=MADE), When(nth=6))
    first = stage.start("barista", _PATIENT)
    stage.until(lambda wire: _has_begun_the_cake(wire) or _can_do_no_more(wire, [first]), 20)
    dies = "It dies with the cake in hand. " if first.is_running and _has_begun_the_cake(stage.wire()) else ""
    first.kill()
    stage.say(f"{dies}Three others come.")
    back = _pass_until_one_is_back(stage, _BACK)
    waiter = stage.start("waiter", _PATIENT)
    baristas = [stage.start("barista", _PATIENT) for _ in range(_BARISTAS)]
    _work(stage, baristas, _BACK - back)

    stage.say(f"A barista comes who knows the drink of order {POISON}, and what was set aside is brought back.")
    for barista in baristas:
        barista.kill()
    baristas = [stage.start("barista", _NEW_DRINKS)]
    stage.start("repair", _PATIENT).wait(10)
    stage.until(
        lambda wire: POISON in wire.made(MADE) and _is_no_one_busy(wire),
        6 if stage.wire().of("MessageDeadLettered") else 0,
    )
    stage.say("Ten minutes pass.")
    _note(stage, {"note": "later"})
    stage.advance(_LATER_BY)
    stage.until(lambda wire: LATER in wire.made(MADE) or (_can_do_no_more(wire, baristas) and _waits(wire, waiter)), 10)
    stage.finish()


def _kill_the_server(stage: Stage) -> None:
    stage.say("The server is killed, with all queues in it, and started again.")
    wire = stage.wire()
    waiting = {wire.order_of(message): message for message in wire.messages(ORDERS)}
    everywhere = [message for queue in wire.trace.queues for message in wire.messages(queue.name)]
    later = next((message.sent_at for message in everywhere if wire.order_of(message) == LATER), None)
    stage.restart_server()
    stage.enforce_access()
    ids = {order: message.id for order, message in waiting.items() if order is not None}
    _note(stage, {"note": "killed", "ids": ids, "later_sent_at": later})


def _note(stage: Stage, noted: dict[str, Any]) -> None:
    stage.sqs.send_message(QueueUrl=stage.queue_url(LOG), MessageBody=json.dumps(noted))


def _let_a_stranger_try(stage: Stage) -> None:
    topic = stage.sns.create_topic(Name=STRANGER)["TopicArn"]
    wire = stage.wire()
    for customer in CUSTOMERS:
        queue = wire.queue(customer)
        if queue is not None:
            stage.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    stage.sns.publish(TopicArn=topic, Message=json.dumps({"order": NOBODY_ORDERED}))


def _work(stage: Stage, baristas: Sequence[Program], most: float) -> None:
    """Let baristas work until all is done that can be; when all wait for what is to come back, move the clock to that,
    by at most so many seconds.
    """
    passed = 0.0
    while stage.until(lambda wire: _is_done(wire) or _can_do_no_more(wire, baristas), 20):
        if _is_done(stage.wire()):
            return
        seconds = _pass_until_one_is_back(stage, most - passed)
        if not seconds:
            return
        passed += seconds


def _pass_until_one_is_back(stage: Stage, most: float) -> float:
    """Move the clock to when a message in flight is visible again. Returns the seconds; 0 if there would be too many.

    No program may have a message in hand whose time it measures.
    """
    wire = stage.wire()
    left = [
        message.time_left
        for queue in wire.trace.queues
        for message in wire.messages(queue.name)
        if message.state == "in_flight" and message.time_left is not None
    ]
    seconds = min(left, default=0.0) + _MOMENT
    if not left or seconds > most:
        return 0.0
    stage.advance(seconds)
    return seconds


def _is_done(wire: Wire) -> bool:
    return set(wire.made(MADE)) >= USUAL and bool(wire.of("MessageDeadLettered")) and _is_no_one_busy(wire)


def _is_no_one_busy(wire: Wire) -> bool:
    queue = wire.queue(ORDERS)
    return queue is None or queue.in_flight == 0


def _can_do_no_more(wire: Wire, baristas: Sequence[Program]) -> bool:
    """Returns whether all baristas that still run ask for orders in vain: none is left, or its group waits."""
    ended = [barista.name for barista in baristas if not barista.is_running]
    return wire.is_asked_in_vain(ORDERS, len(baristas) - len(ended), ended)


def _waits(wire: Wire, waiter: Program) -> bool:
    return not waiter.is_running or any(queue.polls for queue in wire.trace.queues if queue.name != ORDERS)


def _has_begun_the_cake(wire: Wire) -> bool:
    return CAKE in wire.by_order(wire.received(ORDERS))


# --- the check


def check(wire: Wire) -> Verdict:
    """All twelve lines are green."""
    if not note(wire, "killed"):
        return Diagnosis(
            "not-run",
            "This shop is judged by how it does on a bad day, and only a run has one. Type: decaf learn run",
            expected="twelve green lines",
            seen="no run",
        )
    red = {code: missing for code, line in LINES.items() if (missing := line(wire)) is not None}
    if not red:
        return Passed(
            "All twelve lines are green: your shop lost nothing while its parts failed. You have finished the course."
        )
    code, first = next(iter(red.items()))
    return Diagnosis(
        code,
        f"{len(LINES) - len(red)} of {len(LINES)} lines are green. The first red one is {code}: {first.words}.",
        marks=first.marks,
        expected="twelve green lines",
        seen=_listed(red),
    )


def _listed(red: dict[str, Missing]) -> str:
    lines = [f"red    {code}: {red[code].words}" if code in red else f"green  {code}" for code in LINES]
    return "\n    ".join(["", *lines])
