"""Later: a delay belongs to the send, so that nobody holds the message until its time."""

from __future__ import annotations

from decaf.control.calls import CallDescription
from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import MADE, Wire, marks_of, name_of, said

ORDERS = "orders"
NOW, LATER = (1, 3, 5), (2, 4)  # the orders
DELAY = 600.0  # seconds
_SLACK = 5.0  # seconds


def play(stage: Stage) -> None:
    """The cashier sends, the barista works; nearly ten minutes pass, and then the rest of them."""
    stage.say("The cashier takes five orders, two of them for later.")
    stage.start("cashier").wait(30)
    barista = stage.start("barista")
    stage.until(lambda wire: _is_at_rest(wire) or not barista.is_running, 40)
    for what, seconds in (("Nine minutes pass.", DELAY - 60), ("One minute more.", 61)):
        stage.say(what)
        stage.advance(seconds)
        stage.until(lambda wire: _is_at_rest(wire) or not barista.is_running, 40)
    stage.finish()


def _is_at_rest(wire: Wire) -> bool:
    """Whether the barista asks in vain, also where orders for later have a queue of their own."""
    others = (queue for queue in wire.trace.queues if queue.name not in (ORDERS, MADE))
    return wire.is_at_rest(ORDERS) and not any(queue.visible or queue.in_flight for queue in others)


def _of(wire: Wire, kind: str) -> list[TracedEvent]:
    """Returns the events of a kind, in whatever queue the orders are."""
    return [event for event in wire.of(kind) if name_of(event.arn) != MADE]


def _left(wire: Wire) -> int:
    return sum(wire.left(queue.name) for queue in wire.trace.queues if queue.name != MADE)


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
    missing = {*NOW, *LATER} - set(wire.by_order(_of(wire, "MessageSent")))
    if not missing:
        return None
    return Diagnosis(
        "not-sent",
        f"Not sent: {said(missing)}. The cashier sends all five at once and goes home; it need not wait itself.",
        expected="orders 1 to 5 sent",
        seen=said(wire.by_order(_of(wire, "MessageSent"))),
    )


def _held(wire: Wire) -> Verdict | None:
    """An order for later was received and hidden, before its time or at it; a wrong delay of its send comes first."""
    held = [
        order
        for order in LATER
        if any(_delay(each) > DELAY / 2 for each in wire.of_order(order, _of(wire, "VisibilityChanged")))
        and not 0 < _delay(wire.of_order(order, _of(wire, "MessageSent"))[0]) < DELAY - _SLACK
    ]
    if not held:
        return None
    order = held[0]
    receives = wire.of_order(order, _of(wire, "MessageReceived"))
    waited = receives[0].at - wire.of_order(order, _of(wire, "MessageSent"))[0].at
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
    late = [order for order in NOW if _delay(wire.of_order(order, _of(wire, "MessageSent"))[0]) > 0]
    if not late:
        return None
    queue = wire.queue(name_of(wire.of_order(late[0], _of(wire, "MessageSent"))[0].arn))
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
        sent, received = (
            wire.of_order(order, _of(wire, "MessageSent"))[0],
            wire.of_order(order, _of(wire, "MessageReceived")),
        )
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
    if not missing and _left(wire) == 0:
        return None
    return Diagnosis(
        "not-made",
        f"Not made: {said(missing)}; left in the queue: {_left(wire)}. Ten minutes later the barista still has "
        "to be there, and asks again.",
        expected="all five made, nothing left",
        seen=f"{len(wire.made())} made, {_left(wire)} left",
    )


def _passed(wire: Wire) -> Verdict:
    waits = [
        wire.of_order(each, _of(wire, "MessageReceived"))[0].at - wire.of_order(each, _of(wire, "MessageSent"))[0].at
        for each in LATER
    ]
    return Passed(
        f"{said(LATER).capitalize()} were first received after {min(waits):.0f} s, once each. {said(NOW).capitalize()} "
        "passed them."
    )
