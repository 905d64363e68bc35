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
_STEPS = 24  # of the clock, after which what comes back has come back
_STEP = 1.0  # seconds: less than a barista holds an order, since it may come back and be received within the step
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
    stage.set_fault(Drop(lost="response"), Match(operation=_SENDS, queue=MADE), When(nth=2))
    first = stage.start("barista", _PATIENT)
    stage.until(lambda wire: _has_begun_the_cake(wire) or not first.is_running or _is_idle(wire, 1), 20)
    dies = "It dies with the cake in hand. " if first.is_running and _has_begun_the_cake(stage.wire()) else ""
    first.kill()
    stage.say(f"{dies}Three others come.")
    waiter = stage.start("waiter", _PATIENT)
    baristas = [stage.start("barista", _PATIENT) for _ in range(_BARISTAS)]
    _work(stage, baristas)

    stage.say(f"Baristas come who know the drink of order {POISON}, and what was set aside is brought back.")
    for barista in baristas:
        barista.kill()
    baristas = [stage.start("barista", _NEW_DRINKS) for _ in range(2)]
    stage.start("repair", _PATIENT).wait(10)
    stage.until(
        lambda wire: POISON in wire.made(MADE) and _is_no_one_busy(wire),
        6 if stage.wire().of("MessageDeadLettered") else 0,
    )
    stage.say("Ten minutes pass.")
    _note(stage, {"note": "later"})
    stage.advance(_LATER_BY)
    if waiter.is_running or stage.wire().left(ORDERS):
        stage.until(lambda wire: LATER in wire.made(MADE), 10)
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


def _work(stage: Stage, baristas: Sequence[Program]) -> None:
    """Let baristas work until all is done that can be; move the clock when all wait for what is to come back."""

    def is_quiet(wire: Wire) -> bool:
        return _is_done(wire) or _is_idle(wire, len(baristas)) or not any(each.is_running for each in baristas)

    for _ in range(_STEPS):
        stage.until(is_quiet, 20)
        if _is_done(stage.wire()):
            return
        stage.advance(_STEP)


def _is_done(wire: Wire) -> bool:
    return set(wire.made(MADE)) >= USUAL and bool(wire.of("MessageDeadLettered")) and _is_no_one_busy(wire)


def _is_no_one_busy(wire: Wire) -> bool:
    queue = wire.queue(ORDERS)
    return queue is None or queue.in_flight == 0


def _is_idle(wire: Wire, baristas: int) -> bool:
    queue = wire.queue(ORDERS)
    return queue is None or queue.polls >= baristas


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
