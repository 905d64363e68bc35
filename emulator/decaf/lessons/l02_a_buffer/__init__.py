"""A buffer: orders wait in a queue, and are deleted when they are made."""

from __future__ import annotations

from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import Wire, said

ORDERS = "orders"
FEWEST = 4  # orders that show something
_BACK = 31.0  # seconds: the visibility timeout, and a little more


def play(stage: Stage) -> None:
    """The cashier sends and goes home, then the barista comes; half a minute after the work, is all still well?"""
    stage.say("The cashier takes orders, and goes home.")
    stage.start("cashier").wait(60)
    stage.say("The barista comes.")
    barista = stage.start("barista")
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 60)
    stage.say("Half a minute passes.")
    stage.advance(_BACK)
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 60)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """All orders were sent before the first was received, each was made once and deleted, and none is left."""
    sent = wire.by_order(wire.sent(ORDERS))
    if len(sent) < FEWEST:
        return Diagnosis(
            "few-orders",
            f"The queue {ORDERS} got {said(sent)}: too few to see anything. The cashier sends them as it is.",
            expected=f"at least {FEWEST} orders sent to {ORDERS}",
            seen=said(sent),
        )
    return purged(wire, ORDERS) or _early(wire) or _returned(wire) or _left(wire) or _missing(wire) or _passed(wire)


def _early(wire: Wire) -> Verdict | None:
    received, sent = wire.received(ORDERS), wire.sent(ORDERS)
    if not received or received[0].mark > sent[-1].mark:
        return None
    return Diagnosis(
        "both-at-once",
        "The barista received an order while the cashier was still sending. Let the orders wait: send all of them "
        "first, then start the barista.",
        marks=(received[0].mark, sent[-1].mark),
        expected="every order is sent before the first is received",
        seen=f"{said(wire.by_order(received[:1]))} received before {said(wire.by_order(sent[-1:]))} was sent",
    )


def _returned(wire: Wire) -> Verdict | None:
    """A message came back, or lies in flight with nobody to delete it, after its order was made."""
    twice = [order for order, events in wire.made().items() if len(events) > 1]
    deleted = wire.by_order(wire.deleted(ORDERS))
    came_back = [order for order in wire.by_order(wire.returned(ORDERS)) if order not in deleted or order in twice]
    if not came_back:
        return None
    order = came_back[0]
    shown = [*wire.by_order(wire.received(ORDERS)).get(order, []), *wire.made().get(order, [])]
    shown += wire.by_order(wire.returned(ORDERS))[order]
    again = f", and was made {len(wire.made()[order])} times" if order in twice else ""
    return Diagnosis(
        "never-deleted",
        f"Order {order} came back after 30 s{again}: a received message is only lent to you. "
        "Deleting it says that the work is done.",
        marks=tuple(sorted(event.mark for event in shown)),
        expected=f"every order is deleted from {ORDERS} when it is made",
        seen=f"{len(deleted)} of {len(wire.by_order(wire.sent(ORDERS)))} orders deleted",
    )


def _left(wire: Wire) -> Verdict | None:
    left = [order for message in wire.messages(ORDERS) if (order := wire.order_of(message)) is not None]
    if not left:
        return None
    received = wire.received(ORDERS)
    if not received:
        return Diagnosis(
            "nobody-received",
            f"The orders wait in {ORDERS}, and nobody has received one yet. Waiting is what a queue is for; now let "
            "the barista come.",
            expected="ReceiveMessage, until no order is left",
            seen=f"{said(left)} in {ORDERS}",
        )
    return Diagnosis(
        "one-receive",
        f"{said(left)} still in {ORDERS}. One receive returns ten messages at most: ask again, until nothing comes.",
        marks=(received[-1].mark,),
        expected=f"no order left in {ORDERS}",
        seen=f"{len(left)} left: {said(left)}",
    )


def _missing(wire: Wire) -> Verdict | None:
    missing = set(wire.by_order(wire.sent(ORDERS))) - set(wire.made())
    if not missing:
        return None
    deleted = wire.by_order(wire.deleted(ORDERS))
    return Diagnosis(
        "not-made",
        f"{said(missing)}: deleted, and never made. Make an order first, then delete it.",
        marks=tuple(deleted[order][0].mark for order in sorted(missing) if order in deleted),
        expected="every order in made",
        seen=f"{said(missing)} not in made",
    )


def _passed(wire: Wire) -> Verdict:
    count = len(wire.made())
    return Passed(
        f"{count} orders sent while nobody worked, {count} made once each, {len(wire.deleted(ORDERS))} deleted; "
        f"nothing is left in {ORDERS}."
    )
