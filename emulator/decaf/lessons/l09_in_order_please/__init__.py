"""In order, please: a message group for each customer, and a deduplication id for each order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from decaf.lessons.stage import Program, Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import Wire, listed, marks_of, said

ORDERS = "orders.fifo"
FAILING = 2
CUSTOMERS = {"Ada": (1, 5), "Bo": (2, 4), "Cy": (3, 6)}  # with their orders, first to last
COUNT = 6
_BARISTAS = 2
_BACK = 31.0  # seconds: the visibility timeout, and a little more


def play(stage: Stage) -> None:
    """The list of orders is sent twice; two baristas work, and order 2 fails until the machine is mended."""
    stage.say("The cashier sends six orders.")
    stage.start("cashier").wait(40)
    stage.say("The till restarts, and sends them once more.")
    stage.start("cashier").wait(40)
    stage.say("Two baristas come. The machine is out of milk.")
    baristas = [stage.start("barista") for _ in range(_BARISTAS)]
    stage.until(lambda wire: _is_stuck(wire, baristas), 60)
    for barista in baristas:
        barista.kill()
    stage.say("Half a minute passes. The machine is mended.")
    stage.advance(_BACK)
    baristas += [stage.start("barista", {"MACHINE": "mended"}) for _ in range(_BARISTAS)]
    stage.until(lambda wire: wire.left(ORDERS) == 0 or _all_wait(wire, baristas), 60)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """Each customer has a group, nobody waited for another, and each order is one message and was made once."""
    return (
        _same_id(wire)
        or _not_sent(wire)
        or _two_messages(wire)
        or purged(wire, ORDERS)
        or _one_group(wire)
        or _split(wire)
        or _shared(wire)
        or _not_made(wire)
        or _out_of_order(wire)
        or _passed(wire)
    )


def _is_stuck(wire: Wire, baristas: Sequence[Program]) -> bool:
    """Whether nobody can go on: all baristas wait, or all that they can make while order 2 fails is made."""
    can_be_made = {*range(1, COUNT + 1)} - {order for order in CUSTOMERS["Bo"] if order >= FAILING}
    return can_be_made <= set(wire.by_order(wire.deleted(ORDERS))) or _all_wait(wire, baristas)


def _all_wait(wire: Wire, baristas: Sequence[Program]) -> bool:
    """Whether all baristas who are still there want an order and get none; some may wait for others of their group."""
    ended = [barista.name for barista in baristas if not barista.is_running]
    return wire.is_asked_in_vain(ORDERS, len(baristas) - len(ended), ended)


def _customer(order: int) -> str:
    return next((customer for customer, orders in CUSTOMERS.items() if order in orders), "")


def _asked(wire: Wire) -> Iterator[tuple[int | None, str]]:
    """Yields the order and the deduplication id of each send that a program asked for, and that was accepted."""
    for call in wire.calls(name=ORDERS):
        asked = call.details.parameters if call.details else None
        if asked is None or call.error is not None or call.operation not in ("SendMessage", "SendMessageBatch"):
            continue
        for entry in asked.get("Entries", [asked]):
            try:
                body = json.loads(entry["MessageBody"])
            except ValueError:
                continue
            order = body.get("order") if isinstance(body, dict) else body
            yield order if isinstance(order, int) else None, str(entry.get("MessageDeduplicationId", ""))


def _same_id(wire: Wire) -> Verdict | None:
    """An order was sent and dropped, since another order had the same deduplication id."""
    there = wire.by_order(wire.sent(ORDERS))
    dropped = {order: identifier for order, identifier in _asked(wire) if order is not None and order not in there}
    if not dropped:
        return None
    order, identifier = next(iter(dropped.items()))
    first = next((other for other, its in _asked(wire) if its == identifier and other in there), None)
    what = f'its deduplication id "{identifier}"' if identifier else "its deduplication id, made from its body,"
    like = f" is that of order {first}" if first is not None else " was there before"
    return Diagnosis(
        "same-id",
        f"Order {order} was sent and is not in the queue: {what}{like}, so it was taken for the same message. Two "
        "equal cups are two orders: the id has to say which order it is, not what is in it.",
        marks=marks_of(there.get(first or 0, [])),
        expected=f"{COUNT} messages for {COUNT} orders",
        seen=f"{len(there)} messages; dropped: {said(dropped)}",
    )


def _not_sent(wire: Wire) -> Verdict | None:
    missing = {order for orders in CUSTOMERS.values() for order in orders} - set(wire.by_order(wire.sent(ORDERS)))
    if not missing:
        return None
    return Diagnosis(
        "not-sent",
        f"Not sent to {ORDERS}: {said(missing)}.",
        expected=f"orders 1 to {COUNT} in {ORDERS}",
        seen=said(wire.by_order(wire.sent(ORDERS))),
    )


def _two_messages(wire: Wire) -> Verdict | None:
    """The second send of the list made new messages of the same orders."""
    twice = {order: events for order, events in wire.by_order(wire.sent(ORDERS)).items() if len(events) > 1}
    if not twice:
        return None
    order, events = next(iter(twice.items()))
    return Diagnosis(
        "two-messages",
        f"Order {order} is in the queue as {len(events)} messages: the till sent its list again, with other "
        "deduplication ids. The same order needs the same id at each send.",
        marks=marks_of([*events, *wire.made().get(order, [])]),
        expected=f"{COUNT} messages, though each order is sent twice",
        seen=f"{len(wire.sent(ORDERS))} messages",
    )


def _groups(wire: Wire) -> dict[str, set[str]]:
    """Returns the customers in each message group."""
    found: dict[str, set[str]] = {}
    for event in wire.sent(ORDERS):
        found.setdefault(event.group or "", set()).add(_customer(wire.order_of(event) or 0))
    return found


def _one_group(wire: Wire) -> Verdict | None:
    """Customers who waited for Bo, as they are in the group of his order that failed."""
    shared = _shared_groups(wire)
    group = next((event.group or "" for event in wire.of_order(FAILING, wire.sent(ORDERS))), "")
    if group not in shared:
        return None
    customers = shared[group]
    failed = wire.of_order(FAILING, wire.received(ORDERS))
    waited = [
        event
        for event in wire.received(ORDERS)
        if failed and event.mark > failed[0].mark and _customer(wire.order_of(event) or 0) not in ("Bo", "")
    ]
    late = (
        f" {_customer(wire.order_of(waited[0]) or 0)} waited for {waited[0].at - failed[0].at:.0f} s." if waited else ""
    )
    return Diagnosis(
        "one-group",
        f"Order {FAILING} failed, and everybody in its group had to wait: {', '.join(customers)} are in one "
        f'group, "{group}".{late} While a message of a group is out, the rest of that group waits, and no other.',
        marks=marks_of([*failed[:1], *waited[:1]]),
        expected="a message group for each customer",
        seen=f"{len(_groups(wire))} group{'s' if len(_groups(wire)) > 1 else ''} for {len(CUSTOMERS)} customers",
    )


def _shared_groups(wire: Wire) -> dict[str, list[str]]:
    return {group: sorted(customers) for group, customers in _groups(wire).items() if len(customers) > 1}


def _shared(wire: Wire) -> Verdict | None:
    """Customers who share a group in which nothing failed, this time."""
    for group, customers in _shared_groups(wire).items():
        return Diagnosis(
            "one-group",
            f'{listed(customers)} are in one group, "{group}": when an order of one of them fails, the others wait for '
            "it.",
            expected="a message group for each customer",
            seen=f"{len(_groups(wire))} group{'s' if len(_groups(wire)) > 1 else ''} for {len(CUSTOMERS)} customers",
        )
    return None


def _split(wire: Wire) -> Verdict | None:
    """A customer whose orders are in several groups, so that nothing keeps their order."""
    groups = {
        customer: {group for group, customers in _groups(wire).items() if customer in customers}
        for customer in CUSTOMERS
    }
    split = [customer for customer, of_customer in groups.items() if len(of_customer) > 1]
    if not split:
        return None
    customer = "Bo" if "Bo" in split else split[0]
    made = [order for order in _in_order_of_making(wire) if order in CUSTOMERS[customer]]
    wrong = next(((a, b) for a, b in pairwise(made) if a > b), None)
    seen = f": order {wrong[0]} was made before order {wrong[1]}" if wrong else ""
    return Diagnosis(
        "group-per-order",
        f"{customer}'s orders are in {len(groups[customer])} groups{seen}. FIFO keeps the order within a group; "
        "between groups there is none.",
        marks=marks_of(wire.made()[order][0] for order in made),
        expected=f"{customer} served in the order {', '.join(map(str, CUSTOMERS[customer]))}",
        seen=f"made in the order {', '.join(map(str, made))}",
    )


def _in_order_of_making(wire: Wire) -> list[int]:
    return [order for event in wire.sent("made") if (order := wire.order_of(event)) is not None]


def _not_made(wire: Wire) -> Verdict | None:
    made = wire.made()
    missing = set(wire.by_order(wire.sent(ORDERS))) - set(made)
    twice = [order for order, events in made.items() if len(events) > 1]
    if not missing and not twice:
        return None
    return Diagnosis(
        "not-made",
        f"Not made: {said(missing)}; made twice: {said(twice)}. Run it by `decaf learn run`: the machine is mended in "
        "it.",
        expected=f"{COUNT} orders made, once each",
        seen=f"{len(made)} made",
    )


def _out_of_order(wire: Wire) -> Verdict | None:
    for customer, orders in CUSTOMERS.items():
        made = [order for order in _in_order_of_making(wire) if order in orders]
        if made != list(orders):
            return Diagnosis(
                "out-of-order",
                f"{customer} was served in the order {', '.join(map(str, made))}.",
                marks=marks_of(wire.made()[order][0] for order in made),
                expected=f"{customer} served in the order {', '.join(map(str, orders))}",
                seen=", ".join(map(str, made)),
            )
    return None


def _passed(wire: Wire) -> Verdict:
    received = wire.of_order(FAILING, wire.received(ORDERS))
    meanwhile = [
        event
        for event in wire.sent("made")
        if received[0].mark < event.mark < received[-1].mark and (wire.order_of(event) or 0) not in CUSTOMERS["Bo"]
    ]
    return Passed(
        f"{COUNT} orders of {len(CUSTOMERS)} customers, each customer in order. While order {FAILING} waited, "
        f"{len(meanwhile)} orders of the others were made. {len(list(_asked(wire)))} sends made {COUNT} messages."
    )
