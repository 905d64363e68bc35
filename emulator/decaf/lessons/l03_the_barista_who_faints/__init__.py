"""The barista who faints: an order is deleted after it is made, so that a crash loses nothing."""

from __future__ import annotations

import json

from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage, can_do_no_more
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import MADE, Wire, said

ORDERS = "orders"
_BACK = 31.0  # seconds: the visibility timeout, and a little more
_AT_ONCE = 3  # orders that a barista with several hands makes at the same time


def play(stage: Stage) -> None:
    """Orders wait; the barista is killed in one of them; half a minute later two others come and go on."""
    count, faint = stage.number("orders"), stage.number("faint")
    for order in range(1, count + 1):
        stage.sqs.send_message(QueueUrl=stage.queue_url(ORDERS), MessageBody=json.dumps({"order": order}))
    stage.say(f"{count} orders wait. The barista comes.")
    if stage.faint("barista", in_make=faint, queue=ORDERS):
        stage.say(f"The barista faints while making order {faint}!")
    stage.say("Half a minute passes, and two others come.")
    stage.advance(_BACK)
    baristas = [stage.start("barista") for _ in range(2)]
    stage.until(lambda wire: can_do_no_more(wire, ORDERS, baristas), 60)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """Every order was made once, and deleted after that; one of them came back to be made by another barista."""
    return (
        _nobody(wire)
        or purged(wire, ORDERS)
        or _deleted_before_made(wire)
        or _made_twice(wire)
        or _still_lent(wire)
        or _not_made(wire)
        or _not_deleted(wire)
        or _no_faint(wire)
        or _passed(wire)
    )


def _nobody(wire: Wire) -> Diagnosis | None:
    if wire.received(ORDERS):
        return None
    return Diagnosis(
        "nobody-received",
        f"Nobody has received an order from {ORDERS} yet.",
        expected=f"ReceiveMessage on {ORDERS}",
        seen=f"{said(wire.by_order(wire.sent(ORDERS)))} in {ORDERS}",
    )


def _deleted_before_made(wire: Wire) -> Diagnosis | None:
    made, deleted = wire.made(), wire.by_order(wire.deleted(ORDERS))
    early = [order for order, events in deleted.items() if order not in made or events[0].mark < made[order][0].mark]
    if not early:
        return None
    lost = [order for order in early if order not in made]
    order = (lost or early)[0]
    shown = [*wire.by_order(wire.received(ORDERS)).get(order, []), deleted[order][0], *made.get(order, [])]
    took = "the faint took the only copy" if lost else "a faint between the two would lose it"
    return Diagnosis(
        "deleted-before-made",
        f"You deleted order {order} before it was made: {took}.",
        marks=tuple(event.mark for event in shown),
        expected="every order is made first, and deleted from the queue after that",
        seen=f"{said(early)} deleted first" + (f", and {said(lost)} never made" if lost else ""),
    )


def _made_twice(wire: Wire) -> Diagnosis | None:
    twice = _twice(wire)
    if not twice or all(_by_the_faint(wire, order, events) for order, events in twice.items()):
        return None
    order, made = next(iter(twice.items()))
    received = wire.by_order(wire.received(ORDERS)).get(order, [])
    returned = wire.by_order(wire.returned(ORDERS)).get(order, [])
    lent = min((event.until - event.at for event in received if event.until is not None), default=0.0)
    marks = tuple(sorted(event.mark for event in (*received, *returned, *made)))
    if returned and lent < _BACK - 2:
        return Diagnosis(
            "short-visibility",
            f"Order {order} was lent for {lent:g} s only, and came back while the barista was still at work: another "
            "one received it, and it was made twice. Lend an order for longer than the work takes.",
            marks=marks,
            expected="no order comes back while somebody works on it",
            seen=f"{said(twice)} made more than once",
        )
    return Diagnosis(
        "made-twice",
        f"Order {order} was made {len(made)} times. Delete an order as soon as it is made.",
        marks=marks,
        expected="every order is made once",
        seen=f"{said(twice)} made more than once",
    )


def _twice(wire: Wire) -> dict[int, list[TracedEvent]]:
    return {order: events for order, events in wire.made().items() if len(events) > 1}


def _by_the_faint(wire: Wire, order: int, made: list[TracedEvent]) -> bool:
    """Returns whether an order was made again because of the faint alone: its barista fainted before there was time to
    delete it, having made hardly another one meanwhile.
    """
    first, again = made[0], made[1]
    came_back = [each for each in wire.of_order(order, wire.returned(ORDERS)) if first.mark < each.mark < again.mark]
    barista = wire.caller_of(first)
    after = [
        each for each in wire.sent(MADE) if first.mark < each.mark < again.mark and wire.caller_of(each) == barista
    ]
    return bool(came_back) and barista != wire.caller_of(again) and len(after) < _AT_ONCE


def _still_lent(wire: Wire) -> Diagnosis | None:
    in_flight = [message for message in wire.messages(ORDERS) if message.state == "in_flight"]
    lent = [order for message in in_flight if (order := wire.order_of(message)) is not None]
    if not lent:
        return None
    order = lent[0]
    received = wire.by_order(wire.received(ORDERS)).get(order, [])[-1:]
    seconds = max((event.until - event.at for event in received if event.until is not None), default=0.0)
    if order in wire.made():
        return _undeleted(wire, lent)
    return Diagnosis(
        "long-visibility",
        f"Order {order} is still lent to the barista who fainted, for {_in_words(seconds)}. Until then nobody else can "
        "have it.",
        marks=tuple(event.mark for event in received),
        expected="half a minute after the faint, another barista can receive the order",
        seen=f"{said(lent)} still in flight",
    )


def _undeleted(wire: Wire, orders: list[int]) -> Diagnosis:
    return Diagnosis(
        "never-deleted",
        f"{said(orders).capitalize()}: made, but not deleted. The queue does not know that the work is done, and will "
        "lend it again.",
        marks=tuple(event.mark for event in wire.by_order(wire.received(ORDERS)).get(orders[0], [])),
        expected="every order is deleted after it is made",
        seen=f"{said(orders)} still in {ORDERS}",
    )


def _not_made(wire: Wire) -> Diagnosis | None:
    missing = set(wire.by_order(wire.sent(ORDERS))) - set(wire.made())
    if not missing:
        return None
    return Diagnosis(
        "not-made",
        f"{said(missing).capitalize()} not made yet. A barista goes on asking, until no order comes.",
        marks=tuple(event.mark for event in wire.received(ORDERS)[-1:]),
        expected=f"{said(wire.by_order(wire.sent(ORDERS)))} in made",
        seen=f"{said(wire.made())} in made",
    )


def _not_deleted(wire: Wire) -> Diagnosis | None:
    left = [order for message in wire.messages(ORDERS) if (order := wire.order_of(message)) is not None]
    return _undeleted(wire, left) if left else None


def _no_faint(wire: Wire) -> Diagnosis | None:
    if _fainted(wire):
        return None
    return Diagnosis(
        "no-faint",
        "Every order is made and deleted, but no barista fainted. Run it by: decaf learn run",
        expected="one order that comes back and is received again",
        seen="no order came back",
    )


def _passed(wire: Wire) -> Passed:
    orders, made, twice = _fainted(wire), wire.made(), _twice(wire)
    remark = ""
    if twice:
        remark = (
            f"{said(twice).capitalize()}: made twice, since the faint came between the work and the delete. Nothing is "
            "lost by that; lesson 6 is about it."
        )
    once = f"{len(made)} orders, each made{'' if twice else ' once'} and deleted after that. "
    return Passed(f"{once}{said(orders).capitalize()} came back after the faint, and another barista made it.", remark)


def _fainted(wire: Wire) -> list[int]:
    """Returns the orders that came back and were received again."""
    received = wire.by_order(wire.received(ORDERS))
    return [order for order in wire.by_order(wire.returned(ORDERS)) if len(received.get(order, [])) > 1]


def _in_words(seconds: float) -> str:
    return f"{seconds / 3600:g} hours" if seconds >= 7200 else f"{seconds:g} s"
