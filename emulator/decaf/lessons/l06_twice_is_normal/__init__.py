"""Twice is normal: a consumer for which a second delivery does no harm."""

from __future__ import annotations

from decaf.control.trace import TracedEvent
from decaf.faults.effects import Drop
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import Wire, marks_of, said

ORDERS = "orders"
FEWEST = 3  # orders that come twice
_UNANSWERED = 5  # the send whose answer gets lost, so that it is sent again
_DUPLICATES = 0.8  # of the messages: with the stage's seed, at least one of each order
_FAINTS_AT = 4  # the fourth order that the barista makes
_BACK = 31.0  # seconds: the visibility timeout, and a little more
_LONGEST = 90.0  # seconds of real time, for programs that start a process for each call


def play(stage: Stage) -> None:
    """An order is sent twice, most messages come twice, and the barista faints in the middle of one."""
    stage.profile("realistic", duplicates=_DUPLICATES)
    stage.set_fault(Drop(lost="response"), Match(queue=ORDERS, operation="SendMessage"), When(nth=_UNANSWERED))
    stage.say("The cashier takes six orders. The answer to one of its sends gets lost.")
    stage.start("cashier").wait(60)
    if stage.faint("barista", _FAINTS_AT, _LONGEST, queue=ORDERS):
        stage.say("The barista faints in the middle of an order. Another one takes its place.")
    barista = stage.start("barista")
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, _LONGEST)
    stage.say("Half a minute passes.")
    stage.advance(_BACK)
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, _LONGEST)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """Orders came twice, and each was made once; nothing is left in the queue."""
    if (thrown_away := purged(wire, ORDERS)) is not None:
        return thrown_away
    twice = _received_twice(wire)
    if len(twice) < FEWEST:
        return Diagnosis(
            "few-duplicates",
            f"Too few orders came twice to see anything: {said(twice)}. Run it by `decaf learn run`, which makes "
            "duplicates, and let the barista receive until nothing comes.",
            expected=f"at least {FEWEST} orders received twice",
            seen=said(twice),
        )
    return _lost(wire) or _made_twice(wire) or _deleted_first(wire) or _left(wire) or _missing(wire) or _passed(wire)


def _received_twice(wire: Wire) -> dict[int, list[TracedEvent]]:
    return {order: events for order, events in wire.by_order(wire.received(ORDERS)).items() if len(events) > 1}


def _lost(wire: Wire) -> Verdict | None:
    deleted, received = wire.by_order(wire.deleted(ORDERS)), wire.by_order(wire.received(ORDERS))
    lost = [order for order in deleted if order not in wire.made()]
    if not lost:
        return None
    if len(lost) == len(received):
        return Diagnosis(
            "old-notes",
            "No order was made: all of them counted as made before. If you keep notes in a file of your own, empty it "
            "when the cashier begins: each run is a new day, with the same order numbers.",
            expected="every order in made",
            seen=f"{said(lost)} deleted, and not in made",
        )
    order = lost[0]
    if len(received[order]) == 1:
        return Diagnosis(
            "deleted-only",
            f"Order {order} was received once and deleted, and nobody made it.",
            marks=marks_of([*received[order], *deleted[order]]),
            expected="every order in made",
            seen=f"{said(lost)} deleted, and not in made",
        )
    return Diagnosis(
        "noted-first",
        f"Order {order} was noted as made, and then the barista fainted in the middle of making it. When it came "
        "back, it was taken for made, and deleted. Make first, then note.",
        marks=marks_of([*wire.of_order(order, wire.received(ORDERS)), *deleted[order]]),
        expected="every order in made",
        seen=f"{said(lost)} deleted, and not in made",
    )


def _made_twice(wire: Wire) -> Verdict | None:
    """Which of the ways to make an order twice was it? By one barista or by two, and with one message id or two."""
    twice = {order: events for order, events in wire.made().items() if len(events) > 1}
    if not twice:
        return None
    with_one_id = [order for order in twice if len(_ids(wire, order)) == 1]
    by_one = [
        order for order in with_one_id if len({wire.caller_of(event) for event in twice[order]}) < len(twice[order])
    ]
    expected, seen = "every order made once", f"made twice: {said(twice)}"
    if by_one:
        order, survived = by_one[0], wire.by_order(wire.survived(ORDERS))
        again = _received_twice(wire)
        although = len(survived.keys() & again.keys()) or "none"
        return Diagnosis(
            "no-memory",
            f"Order {order} was made {_times(len(twice[order]))}: it was received once more, and nobody noticed. "
            f"{len(again)} orders came twice, {although} of them although they had been deleted: a queue delivers at "
            "least once.",
            marks=marks_of([*again.get(order, []), *survived.get(order, []), *twice[order]]),
            expected=expected,
            seen=seen,
        )
    if not with_one_id:
        order = next(iter(twice))
        return Diagnosis(
            "by-message-id",
            f"Order {order} was made {_times(len(twice[order]))}: the cashier got no answer and sent it again, so it "
            "came as two messages with two ids. Remember the order's number, not the message's id.",
            marks=marks_of([*wire.of_order(order, wire.sent(ORDERS)), *twice[order]]),
            expected=expected,
            seen=seen,
        )
    order = with_one_id[0]
    callers = [wire.caller_of(event) or "one barista" for event in twice[order]]
    return Diagnosis(
        "in-memory",
        f"Order {order} was made by {callers[0]}, who fainted, and once more by {callers[1]}, to which "
        "it was new. What a program remembers in its memory is gone with the faint; the notebook is still there.",
        marks=marks_of([*wire.of_order(order, wire.received(ORDERS)), *twice[order]]),
        expected=expected,
        seen=seen,
    )


def _deleted_first(wire: Wire) -> Verdict | None:
    """An order was deleted before it was made, and came again only since it was one of those that come twice."""
    deleted = wire.by_order([*wire.deleted(ORDERS), *wire.survived(ORDERS)])
    first = {order: min(event.mark for event in events) for order, events in deleted.items()}
    early = [order for order, events in wire.made().items() if first.get(order, events[0].mark) < events[0].mark]
    if not early:
        return None
    order = early[0]
    return Diagnosis(
        "deleted-first",
        f"You deleted order {order} before it was made. Had it not been one of those that come twice, a faint between "
        "the two would have lost it. Make first, then note, and delete last.",
        marks=marks_of([*wire.of_order(order, wire.received(ORDERS)), *deleted[order], *wire.made()[order]]),
        expected="every order is made before it is deleted",
        seen=f"{said(early)} deleted first",
    )


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _ids(wire: Wire, order: int) -> set[str | None]:
    return {event.message_id for event in wire.of_order(order, wire.received(ORDERS))}


def _left(wire: Wire) -> Verdict | None:
    left = [order for message in wire.messages(ORDERS) if (order := wire.order_of(message)) is not None]
    if not left:
        return None
    order = left[0]
    return Diagnosis(
        "not-deleted",
        f"Still in {ORDERS}: {said(left)}. What is made already has to be deleted too, or it comes back "
        "every half minute.",
        marks=marks_of([*wire.made().get(order, []), *wire.of_order(order, wire.received(ORDERS))]),
        expected=f"{ORDERS} is empty",
        seen=f"{said(left)} in {ORDERS}",
    )


def _missing(wire: Wire) -> Verdict | None:
    missing = set(wire.by_order(wire.sent(ORDERS))) - set(wire.made())
    if not missing:
        return None
    return Diagnosis(
        "not-made",
        f"{said(missing).capitalize()}: sent, and never made.",
        expected="every order in made",
        seen=f"{said(missing)} not in made",
    )


def _passed(wire: Wire) -> Verdict:
    return Passed(
        f"{len(_received_twice(wire))} of {len(wire.made())} orders came twice or more, and each was made once. The "
        "barista fainted, and nothing is lost.",
        "Between making and noting there is still a moment: a faint just there would make the order twice. Where "
        "work and note are in one database, write both in one transaction.",
    )
