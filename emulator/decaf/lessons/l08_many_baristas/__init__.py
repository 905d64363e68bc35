"""Many baristas: consumers share a queue, take no more than they can finish, and heed each entry of a batch."""

from __future__ import annotations

import json

from decaf.faults.effects import PartialBatch
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, purged
from decaf.lessons.wire import Wire, marks_of, said

ORDERS = "orders"
COUNT = 16  # orders
BARISTAS = 4
WITHIN = 5.0  # seconds from the first send to the last make
_WORK = 0.5  # seconds that an order takes
_LOAN = 3.0  # seconds: the visibility timeout
_BATCH = 8


def play(stage: Stage) -> None:
    """Sixteen orders come at once to four baristas; an entry of the second batch of deletes fails. Time is real."""
    stage.say("Four baristas come to work.")
    stage.set_fault(PartialBatch(fail=1), Match(queue=ORDERS, operation="DeleteMessageBatch"), When(nth=2))
    for _ in range(BARISTAS):
        stage.start("barista")
    stage.until(_all_ask, 5)
    stage.say(f"{COUNT} orders come at once.")
    url = stage.queue_url(ORDERS)
    for first in range(1, COUNT + 1, _BATCH):
        orders = range(first, first + _BATCH)
        entries = [{"Id": str(order), "MessageBody": json.dumps({"order": order})} for order in orders]
        stage.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    stage.until(_is_over, 20)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """Every order was made once, and deleted after it, by enough baristas to be done in time."""
    sent = wire.by_order(wire.sent(ORDERS))
    if len(sent) < COUNT or not wire.received(ORDERS):
        return Diagnosis(
            "not-received",
            f"{COUNT} orders come in this lesson, and they were not received. Run it by `decaf learn run`.",
            expected=f"{COUNT} orders sent and received",
            seen=f"{len(sent)} sent, {len(wire.by_order(wire.received(ORDERS)))} received",
        )
    return (
        purged(wire, ORDERS)
        or _deleted_first(wire)
        or _came_back(wire)
        or _too_slow(wire)
        or _missing(wire)
        or _passed(wire)
    )


def _all_ask(wire: Wire) -> bool:
    queue = wire.queue(ORDERS)
    waiting = 0 if queue is None else queue.polls
    return max(waiting, len(wire.callers(ORDERS, "ReceiveMessage"))) >= BARISTAS


def _is_over(wire: Wire) -> bool:
    """Whether all is made and deleted, or an order twice, or the time is over by far."""
    made = wire.made()
    is_late = wire.trace.now > wire.sent(ORDERS)[0].at + WITHIN
    return is_late or (len(made) == COUNT and wire.left(ORDERS) == 0) or any(len(each) > 1 for each in made.values())


def _deleted_first(wire: Wire) -> Verdict | None:
    made = wire.made()
    early = [
        order
        for order, events in wire.by_order(wire.deleted(ORDERS)).items()
        if order not in made or made[order][0].mark > events[0].mark
    ]
    if not early:
        return None
    order = early[0]
    return Diagnosis(
        "deleted-first",
        f"{said(early).capitalize()}: deleted before made. A barista who faints now takes all of its batch along. A "
        "batch saves calls, but each order in it still has to be made before its delete.",
        marks=marks_of([*wire.of_order(order, wire.deleted(ORDERS)), *wire.made().get(order, [])]),
        expected="every order made, then deleted",
        seen=f"{len(early)} orders deleted first",
    )


def _came_back(wire: Wire) -> Verdict | None:
    """Orders were visible again: since their deletes failed, or since too many were taken at once."""
    back = wire.by_order(wire.returned(ORDERS))
    if not back:
        return None
    twice = [order for order, events in wire.made().items() if len(events) > 1]
    failed = [order for order in back if order in _failed(wire)]
    if failed and len(failed) == len(back):
        order = failed[0]
        again = " and was made again" if order in twice else ""
        return Diagnosis(
            "failed-ignored",
            f"Order {order} was made, but its delete failed: the response of DeleteMessageBatch had status 200, and "
            f"order {order} in its list `Failed`. Nobody looked, so the order came back after {_LOAN:g} s{again}.",
            marks=marks_of([*wire.of_order(order, wire.received(ORDERS)), *back[order], *wire.made().get(order, [])]),
            expected="the entries in `Failed` are deleted once more",
            seen=f"{said(failed)} in `Failed`, and not tried again",
        )
    order = next((order for order in twice if order in back), next(iter(back)))
    most = max(call.received or 0 for call in wire.calls("ReceiveMessage", ORDERS))
    again = f" Made twice: {said(twice)}." if twice else ""
    return Diagnosis(
        "loan-ended",
        f"A barista took {most} orders at once. They need {most * _WORK:g} s, and all of them are lent for {_LOAN:g} "
        f"s from the receive on: {said(back)} came back in the middle of the work.{again} MaxNumberOfMessages is how "
        "many you can finish in time, not how many you can carry.",
        marks=marks_of([*wire.of_order(order, wire.received(ORDERS)), *back[order], *wire.made().get(order, [])]),
        expected="no order comes back while somebody works on it",
        seen=f"{len(back)} came back",
    )


def _failed(wire: Wire) -> set[int]:
    """Returns the orders whose delete in a batch failed."""
    orders = {event.message_id: wire.order_of(event) for event in wire.received(ORDERS)}
    ids: dict[str, str] = {}
    found: set[int | None] = set()
    for call in wire.calls(name=ORDERS):
        asked, answered = (call.details.parameters, call.details.response) if call.details else (None, None)
        if asked is None or answered is None:
            continue
        if call.operation == "ReceiveMessage":
            ids |= {message["ReceiptHandle"]: message["MessageId"] for message in answered.get("Messages", ())}
        if call.operation == "DeleteMessageBatch":
            failed = {entry["Id"] for entry in answered.get("Failed", ())}
            found |= {orders.get(ids.get(each["ReceiptHandle"])) for each in asked["Entries"] if each["Id"] in failed}
    return {order for order in found if order is not None}


def _seconds(wire: Wire) -> float:
    """Returns how long it took from the first send to the last make."""
    made = wire.sent("made")
    return max((made[-1].at if made else wire.trace.now) - wire.sent(ORDERS)[0].at, 0.1)


def _too_slow(wire: Wire) -> Verdict | None:
    made, seconds = len(wire.made()), _seconds(wire)
    if made == COUNT and seconds <= WITHIN:
        return None
    if made < COUNT and wire.left(ORDERS) == 0:
        return None
    makers = {wire.caller_of(event) for event in wire.sent("made")}
    return Diagnosis(
        "too-slow",
        f"{made} orders were made in {seconds:.1f} s, by {len(makers)} of {BARISTAS} baristas. {COUNT} orders of half "
        f"a second are {COUNT * _WORK:g} s of work: shared by four, that is {COUNT * _WORK / BARISTAS:g} s and a "
        "little more.",
        marks=marks_of(wire.sent("made")[-2:]),
        expected=f"{COUNT} orders within {WITHIN:g} s",
        seen=f"{made} orders in {seconds:.1f} s",
    )


def _missing(wire: Wire) -> Verdict | None:
    missing = set(wire.by_order(wire.sent(ORDERS))) - set(wire.made())
    twice = [order for order, events in wire.made().items() if len(events) > 1]
    if not missing and not twice and wire.left(ORDERS) == 0:
        return None
    return Diagnosis(
        "not-made",
        f"Not every order was made once and deleted. Not made: {said(missing)}; made twice: {said(twice)}; left in "
        f"{ORDERS}: {wire.left(ORDERS)}.",
        expected=f"{COUNT} orders made once, {ORDERS} empty",
        seen=f"{len(wire.made())} made, {wire.left(ORDERS)} left",
    )


def _passed(wire: Wire) -> Verdict:
    seconds = _seconds(wire)
    makers = {wire.caller_of(event) for event in wire.sent("made")}
    failed = _failed(wire)
    again = f" The delete of {said(failed)} failed and was tried again." if failed else ""
    return Passed(
        f"{COUNT} orders in {seconds:.1f} s, {COUNT / seconds:.1f} a second, by {len(makers)} baristas: one alone "
        f"needs {COUNT * _WORK:g} s. Each was made once.{again}"
    )
