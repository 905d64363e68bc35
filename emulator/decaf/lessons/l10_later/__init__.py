"""Later: a delay belongs to the send, so that nobody holds the message until its time."""

from __future__ import annotations

from decaf.control.calls import CallDescription
from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire, marks_of, said

ORDERS = "orders"
NOW, LATER = (1, 3, 5), (2, 4)  # the orders
DELAY = 600.0  # seconds
_SLACK = 5.0  # seconds


def play(stage: Stage) -> None:
    """The cashier sends, the barista works; nearly ten minutes pass, and then the rest of them."""
    stage.say("The cashier takes five orders, two of them for later.")
    stage.start("cashier").wait(30)
    barista = stage.start("barista")
    stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 40)
    for what, seconds in (("Nine minutes pass.", DELAY - 60), ("One minute more.", 61)):
        stage.say(what)
        stage.advance(seconds)
        stage.until(lambda wire: wire.is_at_rest(ORDERS) or not barista.is_running, 40)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """The orders for later were sent with a delay of ten minutes, and received after it; the others passed them."""
    return (
        _refused(wire)
        or _not_sent(wire)
        or _held(wire)
        or _all_late(wire)
        or _too_early(wire)
        or _not_made(wire)
        or _passed(wire)
    )


def _delay(event: TracedEvent) -> float:
    return 0.0 if event.until is None else event.until - event.at


def _refused(wire: Wire) -> Verdict | None:
    refused = [call for call in wire.refused() if "DelaySeconds" in _message(call)]
    if not refused:
        return None
    text = _message(refused[0])
    return Diagnosis(
        "refused",
        f'Your {refused[0].operation} was refused: "{text}" A delay is in seconds, and 900 is the most: that '
        "is 15 minutes. What comes later than that has to be remembered elsewhere.",
        expected="DelaySeconds of 600",
        seen=text,
    )


def _message(call: CallDescription) -> str:
    return (call.details.message if call.details else None) or ""


def _not_sent(wire: Wire) -> Verdict | None:
    missing = {*NOW, *LATER} - set(wire.by_order(wire.sent(ORDERS)))
    if not missing:
        return None
    return Diagnosis(
        "not-sent",
        f"Not sent to {ORDERS}: {said(missing)}. The cashier sends all five at once and goes home; it need not wait "
        "itself.",
        expected=f"orders 1 to 5 in {ORDERS}",
        seen=f"{said(wire.by_order(wire.sent(ORDERS)))}",
    )


def _held(wire: Wire) -> Verdict | None:
    """An order for later was received and hidden, before its time or at it; a wrong delay of its send comes first."""
    held = [
        order
        for order in LATER
        if any(_delay(each) > DELAY / 2 for each in wire.of_order(order, wire.changed(ORDERS)))
        and not 0 < _delay(wire.of_order(order, wire.sent(ORDERS))[0]) < DELAY - _SLACK
    ]
    if not held:
        return None
    order = held[0]
    receives = wire.of_order(order, wire.received(ORDERS))
    waited = receives[0].at - wire.of_order(order, wire.sent(ORDERS))[0].at
    if waited > DELAY / 2:
        return Diagnosis(
            "held-again",
            f"Order {order} came after {waited:.0f} s, as it should: the delay of the send works. And then the "
            "barista hid it for ten minutes more. It need not know what is for later.",
            marks=marks_of(wire.of_order(order)),
            expected=f"order {order} made when it comes",
            seen="received, and hidden again",
        )
    return Diagnosis(
        "held-by-barista",
        f"You made the barista hold order {order}: it was received after {waited:.1f} s and hidden for ten minutes. "
        "All that time it counts as in flight, and one of its tries before the dead-letter queue is used up. A delay "
        "belongs to the send.",
        marks=marks_of(wire.of_order(order)),
        expected=f"{said(LATER)} not received for {DELAY:g} s",
        seen=f"{said(held)} received at once",
    )


def _all_late(wire: Wire) -> Verdict | None:
    late = [order for order in NOW if _delay(wire.of_order(order, wire.sent(ORDERS))[0]) > 0]
    if not late:
        return None
    queue = wire.queue(ORDERS)
    of_queue = queue is not None and queue.attributes.get("DelaySeconds", "0") != "0"
    return Diagnosis(
        "all-late",
        f"Order {late[0]} waits too, and its customer stands at the counter. "
        + (
            "The DelaySeconds of a queue is for all messages that have none of their own."
            if of_queue
            else "Only the orders for later need a delay."
        ),
        marks=marks_of(wire.of_order(late[0])),
        expected=f"{said(NOW)} received at once",
        seen=f"{said(late)} delayed",
    )


def _too_early(wire: Wire) -> Verdict | None:
    for order in LATER:
        sent, received = wire.of_order(order, wire.sent(ORDERS))[0], wire.of_order(order, wire.received(ORDERS))
        delay = _delay(sent)
        if delay < DELAY - _SLACK or (received and received[0].at - sent.at < DELAY - _SLACK):
            return Diagnosis(
                "too-early",
                f"Order {order} was sent with a delay of {delay:g} s; its customer comes in {DELAY:g} s.",
                marks=marks_of(wire.of_order(order)),
                expected=f"a delay of {DELAY:g} s",
                seen=f"{delay:g} s",
            )
        if delay > DELAY + _SLACK:
            return Diagnosis(
                "too-late",
                f"Order {order} was sent with a delay of {delay:g} s; its customer comes in {DELAY:g} s.",
                marks=marks_of(wire.of_order(order)),
                expected=f"a delay of {DELAY:g} s",
                seen=f"{delay:g} s",
            )
    return None


def _not_made(wire: Wire) -> Verdict | None:
    missing = {*NOW, *LATER} - set(wire.made())
    if not missing and wire.left(ORDERS) == 0:
        return None
    return Diagnosis(
        "not-made",
        f"Not made: {said(missing)}; left in {ORDERS}: {wire.left(ORDERS)}. Ten minutes later the barista still has "
        "to be there, and asks again.",
        expected=f"all five made, {ORDERS} empty",
        seen=f"{len(wire.made())} made, {wire.left(ORDERS)} left",
    )


def _passed(wire: Wire) -> Verdict:
    waits = [
        wire.of_order(each, wire.received(ORDERS))[0].at - wire.of_order(each, wire.sent(ORDERS))[0].at
        for each in LATER
    ]
    return Passed(
        f"{said(LATER).capitalize()} were first received after {min(waits):.0f} s, once each. {said(NOW).capitalize()} "
        "passed them."
    )
