"""Microservices: two programs whose contract is the message, while its format grows."""

from __future__ import annotations

import json

from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import MADE, Wire, listed, said

ORDERS, DEAD = "orders", "orders-dead"
FEWEST = 4  # orders that show something
_TRIES = 2
_BACK = 31.0  # seconds: the visibility timeout, and a little more


def play(stage: Stage) -> None:
    """The barista works all day; the cashier's program is started anew when the menu changes."""
    _set_aside(stage)
    barista = stage.start("barista")
    stage.say("The cashier takes orders of the old menu.")
    stage.start("cashier", {"MENU": "old"}).wait(20)
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 20)
    stage.say("The new menu comes into force. The cashier's program is started anew; the barista works on.")
    stage.start("cashier", {"MENU": "new"}).wait(20)
    for _ in range(_TRIES):
        stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 20)
        stage.advance(_BACK)
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 5)
    stage.finish()


def _set_aside(stage: Stage) -> None:
    """Let the queue set aside what nobody could work on."""
    dead = stage.wire().queue(DEAD)
    assert dead is not None, "the lesson has this queue"
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": _TRIES})
    stage.sqs.set_queue_attributes(QueueUrl=stage.queue_url(ORDERS), Attributes={"RedrivePolicy": redrive})


def check(wire: Wire) -> Verdict:
    """Messages got a new field while both programs ran, and every order was made by a program that did not send it."""
    sent = wire.by_order(wire.sent(ORDERS))
    return (
        _queue_exists(wire)
        or _few(sent)
        or _one_program(wire)
        or _thrown_away(wire, sent)
        or _unreadable(wire, sent)
        or _nothing_new(sent)
        or _passed(wire, sent)
    )


def _fields(event: TracedEvent) -> frozenset[str]:
    """Returns the names of the fields in a message."""
    try:
        value = json.loads(event.body or "")
    except ValueError:
        return frozenset()
    return frozenset(value) if isinstance(value, dict) else frozenset()


def _before(sent: dict[int, list[TracedEvent]]) -> frozenset[str]:
    """Returns the fields of the first order: those that others have come to rely on."""
    return _fields(next(iter(sent.values()))[0])


def _few(sent: dict[int, list[TracedEvent]]) -> Verdict | None:
    if len(sent) >= FEWEST:
        return None
    return Diagnosis(
        "few-orders",
        f"The queue {ORDERS} got {said(sent)}: too few to see anything. Let the cashier take the orders of both menus.",
        expected=f"at least {FEWEST} orders sent to {ORDERS}",
        seen=said(sent),
    )


def _queue_exists(wire: Wire) -> Verdict | None:
    for call in wire.refused("CreateQueue"):
        if "Exists" in (call.error or ""):
            return Diagnosis(
                "queue-exists",
                f"{call.caller} wanted to create the queue {call.resource} with other attributes than it has, and was "
                "refused. Two programs that share a queue should not both say how it is: let one create it, and the "
                "other look it up (GetQueueUrl).",
                expected="GetQueueUrl, or CreateQueue with the same attributes",
                seen=f"{call.operation}: {call.error}",
            )
    return None


def _one_program(wire: Wire) -> Verdict | None:
    sends = {*wire.callers(ORDERS, "SendMessage"), *wire.callers(ORDERS, "SendMessageBatch")}
    both = sorted(sends & {*wire.callers(ORDERS, "ReceiveMessage")})
    if not both:
        return None
    events = [event for event in (*wire.sent(ORDERS), *wire.received(ORDERS)) if wire.caller_of(event) == both[0]]
    return Diagnosis(
        "one-program",
        f"{both[0]} both sends orders and receives them. Two threads of one program are one service: they are started, "
        "changed and killed together. Let the cashier only send, and the barista only receive.",
        marks=(events[0].mark, events[-1].mark),
        expected="one program sends to the queue, another receives from it",
        seen=f"{both[0]} does both",
    )


def _thrown_away(wire: Wire, sent: dict[int, list[TracedEvent]]) -> Verdict | None:
    """Orders were deleted and never made, since their messages were not as expected."""
    deleted = wire.by_order(wire.deleted(ORDERS))
    lost = sorted(set(deleted) - set(wire.made()))
    if not lost:
        return None
    order = lost[0]
    return Diagnosis(
        "thrown-away",
        f"Order {order} was received, deleted, and never made: a customer has paid for it. A message that a program "
        "does not understand is not one to delete; and here all that the barista needs is in it.",
        marks=(*(event.mark for event in sent.get(order, [])), deleted[order][0].mark),
        expected="an order is deleted when it is made",
        seen=f"{said(lost)} deleted, and not in {MADE}",
    )


def _unreadable(wire: Wire, sent: dict[int, list[TracedEvent]]) -> Verdict | None:
    """Orders were not made: their messages lack a field, or have one that the barista does not know."""
    missing = sorted(set(sent) - set(wire.made()))
    if not missing:
        return None
    order, before = missing[0], _before(sent)
    event = sent[order][0]
    fields = _fields(event)
    dead = wire.by_order(wire.dead_lettered(ORDERS))
    marks = (event.mark, *(each.mark for each in wire.by_order(wire.received(ORDERS)).get(order, [])))
    marks += tuple(each.mark for each in dead.get(order, []))
    where = f"{said(dead)} in {DEAD}" if dead else f"{said(missing)} not in {MADE}"
    if before - fields:
        gone, new = listed(sorted(before - fields)), listed(sorted(fields - before))
        return Diagnosis(
            "renamed",
            f"Order {order} has no {gone} any more, but {new or 'nothing new'}. The barista still looks for {gone}: "
            "nobody has asked its team. Add a field, do not rename one.",
            marks=marks,
            expected=f"every order has {listed(sorted(before))}, and may have more",
            seen=f"order {order} has {listed(sorted(fields))}; {where}",
        )
    if fields - before:
        return Diagnosis(
            "unknown-field",
            f"Order {order} has a new field, {listed(sorted(fields - before))}, and the barista refused the whole "
            "message for it. Let the barista read the fields that it knows, and leave the others alone.",
            marks=marks,
            expected="every order made",
            seen=where,
        )
    return Diagnosis(
        "not-made",
        f"{said(missing).capitalize()}: taken, and never made.",
        marks=marks,
        expected=f"every order in {MADE}",
        seen=where,
    )


def _nothing_new(sent: dict[int, list[TracedEvent]]) -> Verdict | None:
    before = _before(sent)
    if any(_fields(event) - before for events in sent.values() for event in events):
        return None
    return Diagnosis(
        "nothing-new",
        "Every order is made. But the orders of the new menu say no more than those of the old one: which milk?",
        marks=(next(reversed(sent.values()))[0].mark,),
        expected="a field for the milk, from order 6 on",
        seen=f"every order has {listed(sorted(before))}",
    )


def _passed(wire: Wire, sent: dict[int, list[TracedEvent]]) -> Verdict:
    before = _before(sent)
    new = {order for order, events in sent.items() if _fields(events[0]) - before}
    gone = {field for events in sent.values() for field in before - _fields(events[0])}
    remark = ""
    if gone:
        remark = (
            f"The new orders have no {listed(sorted(gone))} any more. Your barista knows both forms; a third program "
            "that reads these messages would not."
        )
    names, new_fields = listed(wire.callers(ORDERS)), listed(sorted(_new(sent, before)))
    return Passed(
        f"{len(sent)} orders by {names}, all made, none dead-lettered; {said(new)} have {new_fields} "
        "too, and the barista was never started anew.",
        remark,
    )


def _new(sent: dict[int, list[TracedEvent]], before: frozenset[str]) -> set[str]:
    return {field for events in sent.values() for field in _fields(events[0]) - before}
