"""The order nobody can make: a dead-letter queue, a sensible number of tries, and the way back."""

from __future__ import annotations

import json
from typing import Any

from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import Wire, marks_of, name_of, said

ORDERS = "orders"
POISON = 13  # the order that nobody can make
HEALTHY = (11, 12)
FEWEST_TRIES, MOST_TRIES = 2, 5
_DAY = 86_400.0
_FAINTS_AT = 2  # the second order that the barista makes


def play(stage: Stage) -> None:
    """A day passes before the barista comes, who faints once; order 13 fails until it is set aside, or seven times."""
    stage.say("The shop is prepared, and three orders come. A day passes.")
    stage.start("setup").wait(30)
    for order in sorted({*HEALTHY, POISON}):
        stage.sqs.send_message(QueueUrl=stage.queue_url(ORDERS), MessageBody=json.dumps({"order": order}))
    stage.advance(_DAY)
    if stage.faint("barista", _FAINTS_AT, queue=ORDERS):
        stage.say("The barista faints in the middle of an order, and comes back.")
    barista = stage.start("barista")
    for _ in range(MOST_TRIES + 2):
        stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 40)
        wire = stage.wire()
        if wire.left(ORDERS) == 0 or not barista.is_running:
            break
        stage.advance(_timeout(wire) + 1)
    barista.kill()
    if stage.wire().left(ORDERS) == 0:
        _bring_back(stage)
    stage.finish()


def _bring_back(stage: Stage) -> None:
    stage.say("The machine is mended.")
    stage.start("bring_back").wait(30)
    barista = stage.start("barista", {"MACHINE": "mended"})
    stage.until(lambda wire: _waits(wire) and wire.left(ORDERS) == 0, 30)
    barista.kill()


def _waits(wire: Wire) -> bool:
    """Whether the barista is there, and waits for orders."""
    queue = wire.queue(ORDERS)
    return queue is not None and queue.polls > 0


def check(wire: Wire) -> Verdict:
    """Order 13 alone was set aside after two to five tries, brought back and made; the others were made."""
    if (thrown_away := purged(wire, ORDERS)) is not None:
        return thrown_away
    sent = wire.by_order(wire.sent(ORDERS))
    if POISON not in sent or POISON not in wire.by_order(wire.received(ORDERS)):
        return Diagnosis(
            "not-received",
            f"Order {POISON} was not received from {ORDERS} yet. Run it by `decaf learn run`: the orders are part of "
            "it.",
            expected=f"order {POISON} sent to {ORDERS} and received",
            seen=f"sent: {said(sent)}; received: {said(wire.by_order(wire.received(ORDERS)))}",
        )
    return (
        _by_hand(wire)
        or _swallowed(wire)
        or _no_policy(wire)
        or _too_soon(wire)
        or _too_late(wire)
        or _not_back(wire)
        or _not_made(wire)
        or _left(wire)
        or _passed(wire)
    )


def _timeout(wire: Wire) -> float:
    queue = wire.queue(ORDERS)
    return 30.0 if queue is None else float(queue.attributes["VisibilityTimeout"])


def _policy(wire: Wire) -> dict[str, Any]:
    queue = wire.queue(ORDERS)
    found: dict[str, Any] = json.loads(queue.attributes.get("RedrivePolicy", "{}")) if queue else {}
    return found


def _dead_letter_queue(wire: Wire) -> str:
    return name_of(_policy(wire).get("deadLetterTargetArn", ""))


def _by_hand(wire: Wire) -> Verdict | None:
    """The barista sent order 13 to another queue itself."""
    original = {event.message_id for event in wire.sent(ORDERS)}
    copies = [
        event
        for event in wire.of("MessageSent")
        if wire.order_of(event) == POISON
        and name_of(event.arn) not in (ORDERS, "made")
        and event.message_id not in original
        and wire.caller_of(event) is not None
    ]
    if not copies:
        return None
    queue = name_of(copies[0].arn)
    return Diagnosis(
        "sent-by-hand",
        f"Your barista sent order {POISON} to {queue} itself. That is another message, with another id: it does not "
        "know how often it was tried, nor which queue it came from. And when the barista faints between sending and "
        "deleting, there are two. Let SQS move it.",
        marks=marks_of([*wire.of_order(POISON, wire.sent(ORDERS)), copies[0]]),
        expected=f"SQS moves order {POISON} to the dead-letter queue, by a RedrivePolicy",
        seen=f"a new message in {queue}",
    )


def _swallowed(wire: Wire) -> Verdict | None:
    deleted = wire.of_order(POISON, wire.deleted(ORDERS))
    if not deleted or POISON in wire.made():
        return None
    return Diagnosis(
        "swallowed",
        f"Order {POISON} was deleted, and nobody made it: it is lost, and no dead-letter queue will ever see it. "
        "Delete only what is made.",
        marks=marks_of([*wire.of_order(POISON, wire.received(ORDERS)), *deleted]),
        expected=f"order {POISON} is not deleted until it is made",
        seen=f"order {POISON} deleted, not in made",
    )


def _no_policy(wire: Wire) -> Verdict | None:
    if _policy(wire):
        return None
    tries = wire.of_order(POISON, wire.received(ORDERS))
    others = sorted(queue.name for queue in wire.trace.queues if queue.name not in (ORDERS, "made"))
    hint = f" The queue {others[0]} is there, but {ORDERS} does not know of it." if others else ""
    return Diagnosis(
        "no-policy",
        f"Order {POISON} was tried {len(tries)} times and failed each time, and it will go on so.{hint} SQS sets a "
        f"message aside only when {ORDERS} has a RedrivePolicy.",
        marks=marks_of([*tries[:2], *tries[-1:]]),
        expected=f"a RedrivePolicy of {ORDERS}",
        seen="none",
    )


def _too_soon(wire: Wire) -> Verdict | None:
    """A good order is among the dead letters, as one receive was all that it had."""
    dead = wire.by_order(wire.dead_lettered(ORDERS))
    good = [order for order in HEALTHY if order in dead]
    count = int(_policy(wire)["maxReceiveCount"])
    if not good and count >= FEWEST_TRIES:
        return None
    if not good:
        return Diagnosis(
            "one-try",
            "maxReceiveCount is 1: an order whose barista faints once is a dead letter. Allow a second try at least.",
            expected=f"{FEWEST_TRIES} to {MOST_TRIES} receives",
            seen="1",
        )
    order = good[0]
    return Diagnosis(
        "one-try",
        f"Order {order} is good, and it is a dead letter all the same: its barista fainted, and with maxReceiveCount "
        f"{count} a receive was all that it had. A receive is not a failure; allow some more.",
        marks=marks_of([*wire.of_order(order, wire.received(ORDERS)), *dead[order]]),
        expected=f"order {POISON} alone is set aside, after {FEWEST_TRIES} to {MOST_TRIES} receives",
        seen=f"set aside: {said(dead)}",
    )


def _too_late(wire: Wire) -> Verdict | None:
    count = int(_policy(wire)["maxReceiveCount"])
    if wire.of_order(POISON, wire.dead_lettered(ORDERS)) and count <= MOST_TRIES:
        return None
    tries = wire.of_order(POISON, wire.received(ORDERS))
    return Diagnosis(
        "too-many-tries",
        f"Order {POISON} was tried {len(tries)} times and is not set aside: maxReceiveCount is {count}. It takes the "
        "barista's time as long as that lasts.",
        marks=marks_of([*tries[:2], *tries[-1:]]),
        expected=f"set aside after {FEWEST_TRIES} to {MOST_TRIES} receives",
        seen=f"maxReceiveCount {count}",
    )


def _not_back(wire: Wire) -> Verdict | None:
    dead = wire.of_order(POISON, wire.dead_lettered(ORDERS))
    if POISON in wire.made():
        return None
    queue = _dead_letter_queue(wire)
    lies = "is still there" if any(wire.order_of(each) == POISON for each in wire.messages(queue)) else "left it again"
    return Diagnosis(
        "not-brought-back",
        f"Order {POISON} was set aside after {dead[0].receive_count} tries: well done. Then the machine was mended, "
        f"and the order was not made: it went to {queue} and {lies}. Bring it back to {ORDERS}.",
        marks=marks_of([*wire.of_order(POISON, wire.received(ORDERS)), *dead]),
        expected=f"order {POISON} in made",
        seen=f"order {POISON} in {queue}",
    )


def _not_made(wire: Wire) -> Verdict | None:
    missing = [order for order in HEALTHY if order not in wire.made()]
    if not missing:
        return None
    return Diagnosis(
        "not-made",
        f"{said(missing).capitalize()}: never made, though nothing is wrong with it.",
        expected="every order in made",
        seen=f"{said(missing)} not in made",
    )


def _left(wire: Wire) -> Verdict | None:
    queue = _dead_letter_queue(wire)
    left = [order for message in wire.messages(queue) if (order := wire.order_of(message)) is not None]
    if not left:
        return None
    return Diagnosis(
        "copied-back",
        f"Order {POISON} is made, and it is in {queue} still: the next time somebody brings dead letters back, it is "
        "made again. Delete what you send back, or let StartMessageMoveTask do both.",
        expected=f"{queue} is empty",
        seen=f"{said(left)} in {queue}",
    )


def _passed(wire: Wire) -> Verdict:
    tries = wire.of_order(POISON, wire.dead_lettered(ORDERS))[0].receive_count
    return Passed(
        f"Order {POISON} was tried {tries} times, set aside, brought back and made. {said(HEALTHY).capitalize()} were "
        "made as if nothing had happened.",
        _remark(wire),
    )


def _remark(wire: Wire) -> str:
    dead, source = wire.queue(_dead_letter_queue(wire)), wire.queue(ORDERS)
    if dead is None or source is None:
        return ""
    kept, before = (int(queue.attributes["MessageRetentionPeriod"]) for queue in (dead, source))
    if kept > before:
        return ""
    return (
        f"{dead.name} keeps messages for {kept / _DAY:g} days. Order {POISON} had spent a day in {ORDERS}, and on a "
        f"standard queue the days count from the first send: it had {kept / _DAY - 1:g} left. Set "
        "MessageRetentionPeriod to 14 days."
    )
