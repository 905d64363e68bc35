"""Slow work: a consumer keeps its message by heartbeats, and only while it works."""

from __future__ import annotations

import json

from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire

ORDERS = "orders"
SLOW, FAILING, FAINTING = 1, 2, 3  # the orders
LOAN = 2.0  # seconds: the visibility timeout of the queue
FREE_WITHIN = 5.0  # seconds
_FAILS_AFTER = 1.5  # seconds
_FAINT_AFTER = 1.2  # seconds, where no heartbeat comes
_BARISTAS = 3


def play(stage: Stage) -> None:
    """Three baristas take one order each: one is slow, one fails, and the one with the third faints. Time is real."""
    stage.say("Three baristas come to work.")
    baristas = {barista.name: barista for barista in (stage.start("barista") for _ in range(_BARISTAS))}
    stage.until(_all_ask, 10)
    stage.say("Three orders come.")
    for order in (SLOW, FAILING, FAINTING):
        stage.sqs.send_message(QueueUrl=stage.queue_url(ORDERS), MessageBody=json.dumps({"order": order}))
    stage.until(lambda wire: bool(_of(wire.received(ORDERS), wire, FAINTING)), 10)
    stage.until(lambda wire: bool(_of(wire.changed(ORDERS), wire, FAINTING)), _FAINT_AFTER)
    wire = stage.wire()
    taken = _of(wire.received(ORDERS), wire, FAINTING)
    barista = baristas.get(wire.caller_of(taken[0]) or "") if taken else None
    if barista is not None:
        barista.kill()
        stage.say(f"{barista.name} faints over order {FAINTING}.")
    stage.until(_is_over, 20)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """The slow order was kept by heartbeats and made once; the other two were soon free again."""
    missing = [order for order in (SLOW, FAILING, FAINTING) if not _of(wire.received(ORDERS), wire, order)]
    if missing:
        return Diagnosis(
            "not-received",
            "Three orders come in this lesson, and not all were received: three baristas take one order each.",
            expected="orders 1, 2 and 3 received",
            seen=f"not received: {', '.join(map(str, missing))}",
        )
    return (
        _deleted_first(wire)
        or _long_loan(wire)
        or _came_back(wire)
        or _goes_on(wire)
        or _not_made(wire)
        or _not_freed(wire)
        or _passed(wire)
    )


def _all_ask(wire: Wire) -> bool:
    """Whether each barista waits for an order, or has asked for one before."""
    queue = wire.queue(ORDERS)
    waiting = 0 if queue is None else queue.polls
    return max(waiting, len(wire.callers(ORDERS, "ReceiveMessage"))) >= _BARISTAS


def _is_over(wire: Wire) -> bool:
    """Whether the slow order is made or came back, and the two others are free again, or should be."""
    came_back = bool(_of(wire.returned(ORDERS), wire, SLOW))
    is_free = _is_free(wire, FAILING, _FAILS_AFTER) and _is_free(wire, FAINTING, _FAINT_AFTER)
    return (came_back or bool(_of(wire.deleted(ORDERS), wire, SLOW))) and is_free


def _is_free(wire: Wire, order: int, ends: float) -> bool:
    """Whether an order came back, or is late: the work on it ended so many seconds after it was received."""
    taken = _of(wire.received(ORDERS), wire, order)
    is_late = not taken or wire.trace.now > taken[0].at + ends + FREE_WITHIN
    return is_late or bool(_of(wire.returned(ORDERS), wire, order))


def _of(events: list[TracedEvent], wire: Wire, order: int) -> list[TracedEvent]:
    return wire.by_order(events).get(order, [])


def _marks(wire: Wire, order: int) -> tuple[int, ...]:
    """Returns the marks of all that happened to an order in the queue, and of its sends to `made`."""
    own = [event for event in wire.events if event.kind != "MessageSent" and wire.order_of(event) == order]
    return tuple(event.mark for event in sorted([*own, *wire.made().get(order, [])], key=lambda event: event.mark))


def _deleted_first(wire: Wire) -> Verdict | None:
    for order in (SLOW, FAILING, FAINTING):
        deleted, made = _of(wire.deleted(ORDERS), wire, order), wire.made().get(order, [])
        if deleted and (not made or deleted[0].mark < made[0].mark):
            return Diagnosis(
                "deleted-first",
                f"You deleted order {order} before it was made. When the machine breaks or the barista faints, nobody "
                "has it any more.",
                marks=_marks(wire, order),
                expected="first made, then deleted",
                seen=f"order {order} deleted{' and never made' if not made else ' first'}",
            )
    return None


def _long_loan(wire: Wire) -> Verdict | None:
    """The order of the faint is still hidden, since it was received or kept for longer than five seconds."""
    events = [*_of(wire.received(ORDERS), wire, FAINTING), *_of(wire.changed(ORDERS), wire, FAINTING)]
    longest = max(events, key=lambda event: (event.until or event.at) - event.at)
    loan = (longest.until or longest.at) - longest.at
    if loan <= FREE_WITHIN or _of(wire.returned(ORDERS), wire, FAINTING):
        return None
    return Diagnosis(
        "long-loan",
        f"Order {FAINTING} was lent for {_in_words(loan)}. Its barista fainted, and until then nobody else can get it. "
        "Keep the loan short, and renew it while you work.",
        marks=_marks(wire, FAINTING),
        expected=f"order {FAINTING} is visible again within {FREE_WITHIN:g} s of the faint",
        seen=f"hidden for {_in_words(loan)}",
    )


def _came_back(wire: Wire) -> Verdict | None:
    """The slow order was visible again before it was made."""
    back = _of(wire.returned(ORDERS), wire, SLOW)
    made = wire.made().get(SLOW, [])
    if not back or (made and made[0].mark < back[0].mark):
        return None
    after = back[0].at - _of(wire.received(ORDERS), wire, SLOW)[0].at
    beats = _of(wire.changed(ORDERS), wire, SLOW)
    late = next((beat for beat in beats if beat.mark > back[0].mark), None)
    again = _of(wire.received(ORDERS), wire, SLOW)[1:]
    other = wire.caller_of(again[0]) if again else None
    taken = f", and {other} began to make it too" if other else ""
    expected, seen = (
        f"order {SLOW} stays with one barista for five seconds",
        f"it was visible again after {after:.1f} s",
    )
    if late is None:
        return Diagnosis(
            "no-beat",
            f"Order {SLOW} came back after {after:.1f} s, in the middle of the work{taken}. The queue lends an order "
            f"for {LOAN:g} s: ask for more time before they end.",
            marks=_marks(wire, SLOW),
            expected=expected,
            seen=seen,
        )
    number = beats.index(late) + 1
    return Diagnosis(
        "late-beat",
        f"Your {_nth(number)} beat for order {SLOW} came {max(late.at - back[0].at, 0.01):.2f} s late: the order was "
        f"back in the queue{taken}. Beat at half the time.",
        marks=_marks(wire, SLOW),
        expected=expected,
        seen=seen,
    )


def _goes_on(wire: Wire) -> Verdict | None:
    """The order that failed is kept by heartbeats after the failure."""
    if _of(wire.returned(ORDERS), wire, FAILING):
        return None
    began = _of(wire.received(ORDERS), wire, FAILING)[0].at
    later = [beat for beat in _of(wire.changed(ORDERS), wire, FAILING) if beat.at > began + _FAILS_AFTER]
    if not later:
        return None
    return Diagnosis(
        "beat-goes-on",
        f"Order {FAILING} failed after {_FAILS_AFTER:g} s, and your beat went on: {len(later)} more, so that nobody "
        "else can have it. Stop the beat when the work ends, also when it fails.",
        marks=_marks(wire, FAILING),
        expected=f"order {FAILING} is visible again within {FREE_WITHIN:g} s of the failure",
        seen="still kept by its barista",
    )


def _not_made(wire: Wire) -> Verdict | None:
    made = wire.made().get(SLOW, [])
    if len(made) == 1 and _of(wire.deleted(ORDERS), wire, SLOW):
        return None
    return Diagnosis(
        "not-made",
        f"Order {SLOW} was made {len(made)} times. It should be made once and then deleted.",
        marks=_marks(wire, SLOW),
        expected=f"order {SLOW} made once, and deleted",
        seen=f"made {len(made)} times",
    )


def _not_freed(wire: Wire) -> Verdict | None:
    back = wire.by_order(wire.returned(ORDERS))
    for order, what in ((FAILING, "failed"), (FAINTING, "was in the hands of the barista who fainted")):
        if order not in back:
            return Diagnosis(
                "not-freed",
                f"Order {order} {what}, and is not visible again. Run it by `decaf learn run`: the faint is part of "
                "it.",
                marks=_marks(wire, order),
                expected=f"order {order} is visible again within {FREE_WITHIN:g} s",
                seen="still in flight",
            )
    return None


def _passed(wire: Wire) -> Verdict:
    beats = len(_of(wire.changed(ORDERS), wire, SLOW))
    return Passed(
        f"Order {SLOW} was kept by {beats} beat{'s' if beats != 1 else ''} and made once. Order {FAILING} was free "
        f"again {_loan_after(wire, FAILING):.1f} s after it was taken, order {FAINTING} after "
        f"{_loan_after(wire, FAINTING):.1f} s."
    )


def _loan_after(wire: Wire, order: int) -> float:
    return _of(wire.returned(ORDERS), wire, order)[0].at - _of(wire.received(ORDERS), wire, order)[0].at


def _in_words(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds:g} s"


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
