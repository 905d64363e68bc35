"""Slow work: a consumer keeps its message by heartbeats, and only while it works."""

from __future__ import annotations

import json

from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import Wire, marks_of

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
    stage.until(lambda wire: bool(wire.of_order(FAINTING, wire.received(ORDERS)) or wire.purged(ORDERS)), 10)
    stage.until(lambda wire: bool(wire.of_order(FAINTING, wire.changed(ORDERS))), _FAINT_AFTER)
    wire = stage.wire()
    taken = wire.of_order(FAINTING, wire.received(ORDERS))
    barista = baristas.get(wire.caller_of(taken[0]) or "") if taken else None
    if barista is not None and barista.is_running:
        barista.kill()
        stage.say(f"{barista.name} faints over order {FAINTING}.")
    stage.until(_is_over, 20)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """The slow order was kept by heartbeats and made once; the other two were soon free again."""
    if (thrown_away := purged(wire, ORDERS)) is not None:
        return thrown_away
    missing = [order for order in (SLOW, FAILING, FAINTING) if not wire.of_order(order, wire.received(ORDERS))]
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
    """Whether the slow order is made or came back, and the two others are free again, or should be; or all are gone."""
    if wire.purged(ORDERS):
        return True
    came_back = bool(wire.of_order(SLOW, wire.returned(ORDERS)))
    is_free = _is_free(wire, FAILING, _FAILS_AFTER) and _is_free(wire, FAINTING, _FAINT_AFTER)
    return (came_back or bool(wire.of_order(SLOW, wire.deleted(ORDERS)))) and is_free


def _is_free(wire: Wire, order: int, ends: float) -> bool:
    """Whether an order came back, or is late: the work on it ended so many seconds after it was received."""
    taken = wire.of_order(order, wire.received(ORDERS))
    is_late = not taken or wire.trace.now > taken[0].at + ends + FREE_WITHIN
    return is_late or bool(wire.of_order(order, wire.returned(ORDERS)))


def _deleted_first(wire: Wire) -> Verdict | None:
    for order in (SLOW, FAILING, FAINTING):
        deleted, made = wire.of_order(order, wire.deleted(ORDERS)), wire.made().get(order, [])
        if deleted and (not made or deleted[0].mark < made[0].mark):
            return Diagnosis(
                "deleted-first",
                f"You deleted order {order} before it was made. When the machine breaks or the barista faints, nobody "
                "has it any more.",
                marks=marks_of([wire.of_order(order, wire.received(ORDERS))[0], deleted[0], *made[:1]]),
                expected="first made, then deleted",
                seen=f"order {order} deleted{' and never made' if not made else ' first'}",
            )
    return None


def _long_loan(wire: Wire) -> Verdict | None:
    """The order of the faint is still hidden, since it was received or kept for longer than five seconds."""
    events = [*wire.of_order(FAINTING, wire.received(ORDERS)), *wire.of_order(FAINTING, wire.changed(ORDERS))]
    longest = max(events, key=_loan)
    loan = _loan(longest)
    if loan <= FREE_WITHIN or wire.of_order(FAINTING, wire.returned(ORDERS)):
        return None
    return Diagnosis(
        "long-loan",
        f"Order {FAINTING} was lent for {_in_words(loan)}. Its barista fainted, and until then nobody else can get it. "
        "Keep the loan short, and renew it while you work.",
        marks=marks_of([wire.of_order(FAINTING, wire.received(ORDERS))[0], longest]),
        expected=f"order {FAINTING} is visible again within {FREE_WITHIN:g} s of the faint",
        seen=f"hidden for {_in_words(loan)}",
    )


def _came_back(wire: Wire) -> Verdict | None:
    """The slow order was visible again before it was made."""
    back = wire.of_order(SLOW, wire.returned(ORDERS))
    made = wire.made().get(SLOW, [])
    if not back or (made and made[0].mark < back[0].mark):
        return None
    after = back[0].at - wire.of_order(SLOW, wire.received(ORDERS))[0].at
    beats = wire.of_order(SLOW, wire.changed(ORDERS))
    kept = [*wire.of_order(SLOW, wire.received(ORDERS))[:1], *(beat for beat in beats if beat.mark < back[0].mark)][-1]
    late = next((beat for beat in beats if beat.mark > back[0].mark), None)
    again = wire.of_order(SLOW, wire.received(ORDERS))[1:]
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
            marks=marks_of([kept, back[0], *again[:1]]),
            expected=expected,
            seen=seen,
        )
    number = beats.index(late) + 1
    return Diagnosis(
        "late-beat",
        f"Your {_nth(number)} beat for order {SLOW} came {max(late.at - back[0].at, 0.01):.2f} s late: the order was "
        f"back in the queue{taken}. Beat at half the time.",
        marks=marks_of([kept, back[0], *again[:1], late]),
        expected=expected,
        seen=seen,
    )


def _goes_on(wire: Wire) -> Verdict | None:
    """The order that failed is kept by heartbeats after the failure."""
    if wire.of_order(FAILING, wire.returned(ORDERS)):
        return None
    began = wire.of_order(FAILING, wire.received(ORDERS))[0].at
    later = [beat for beat in wire.of_order(FAILING, wire.changed(ORDERS)) if beat.at > began + _FAILS_AFTER]
    if not later:
        return None
    return Diagnosis(
        "beat-goes-on",
        f"Order {FAILING} failed after {_FAILS_AFTER:g} s, and your beat went on: {len(later)} more, so that nobody "
        "else can have it. Stop the beat when the work ends, also when it fails.",
        marks=marks_of([wire.of_order(FAILING, wire.received(ORDERS))[0], *later[-2:]]),
        expected=f"order {FAILING} is visible again within {FREE_WITHIN:g} s of the failure",
        seen="still kept by its barista",
    )


def _not_made(wire: Wire) -> Verdict | None:
    made = wire.made().get(SLOW, [])
    if len(made) == 1 and wire.of_order(SLOW, wire.deleted(ORDERS)):
        return None
    times = {0: "not made", 1: "made, and not deleted"}.get(len(made), f"made {len(made)} times")
    return Diagnosis(
        "not-made",
        f"Order {SLOW} was {times}. It should be made once and then deleted.",
        marks=marks_of(wire.of_order(SLOW)),
        expected=f"order {SLOW} made once, and deleted",
        seen=times,
    )


def _not_freed(wire: Wire) -> Verdict | None:
    back = wire.by_order(wire.returned(ORDERS))
    for order, what in ((FAILING, "failed"), (FAINTING, "was in the hands of the barista who fainted")):
        if order not in back:
            return Diagnosis(
                "not-freed",
                f"Order {order} {what}, and is not visible again. Run it by `decaf learn run`: the faint is part of "
                "it.",
                marks=marks_of(wire.of_order(order)[-3:]),
                expected=f"order {order} is visible again within {FREE_WITHIN:g} s",
                seen="still in flight",
            )
    return None


def _passed(wire: Wire) -> Verdict:
    beats = wire.of_order(SLOW, wire.changed(ORDERS))
    longest = max(map(_loan, [*wire.of_order(SLOW, wire.received(ORDERS)), *beats]))
    remark = (
        f"Order {SLOW} was lent for {longest:g} s at once. That is enough when you know how long the work takes. A "
        "short loan and a beat are enough for any work, and free an order sooner after a faint."
    )
    return Passed(
        f"Order {SLOW} was kept by {len(beats)} beat{'' if len(beats) == 1 else 's'} and made once. Visible again: "
        f"order {FAILING} {_loan_after(wire, FAILING):.1f} s after its receive, order {FAINTING} after "
        f"{_loan_after(wire, FAINTING):.1f} s.",
        remark if longest > 2 * LOAN else "",
    )


def _loan(event: TracedEvent) -> float:
    """Returns for how many seconds a receive or a change hides its message."""
    return (event.until or event.at) - event.at


def _loan_after(wire: Wire, order: int) -> float:
    return wire.of_order(order, wire.returned(ORDERS))[0].at - wire.of_order(order, wire.received(ORDERS))[0].at


def _in_words(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds:g} s"


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
