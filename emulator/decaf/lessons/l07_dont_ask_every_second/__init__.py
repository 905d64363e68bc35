"""Don't ask every second: long polling, measured by the calls and by how long orders wait."""

from __future__ import annotations

import json

from decaf.control.calls import CallDescription
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire, marks_of, said

ORDERS = "orders"
COUNT = 10  # orders
MOST_CALLS = 14
MOST_EMPTY = 2
LATEST = 1.0  # seconds from the send to the receive
SHORTEST_WAIT = 1.0  # seconds for which a receive waits that comes while the queue is empty
_PAUSES = [0.4, 0.4, 0.4, 0.4, 2.2, 0.4, 0.4, 0.4, 0.4, 0.0]  # seconds after each order
_SETTLED = 61.0  # seconds after which a change of attributes has its effect
_LONG = 5.0  # seconds for which a receive had better wait
_A_MONTH = 30 * 86_400
_PRICE = 0.40  # US dollars for a million calls


def play(stage: Stage) -> None:
    """Ten orders come, with pauses in real time. A receive that does not wait may miss them, as on AWS."""
    stage.profile("realistic", duplicates=0)
    stage.say("The barista waits for orders.")
    barista = stage.start("barista")
    stage.until(_asks, 10)
    if stage.wire().calls("SetQueueAttributes", ORDERS):
        stage.say("A minute passes: so long it may take, as on AWS, until the queue's new attributes have an effect.")
        stage.advance(_SETTLED)
    stage.say("Ten orders come, one after another.")
    for order, pause in enumerate(_PAUSES, 1):
        stage.sqs.send_message(QueueUrl=stage.queue_url(ORDERS), MessageBody=json.dumps({"order": order}))
        stage.until(lambda wire: False, pause)
    stage.until(lambda wire: wire.left(ORDERS) == 0 or not barista.is_running, 5)
    stage.finish()


def _asks(wire: Wire) -> bool:
    queue = wire.queue(ORDERS)
    return bool(wire.calls("ReceiveMessage", ORDERS)) or (queue is not None and queue.polls > 0)


def check(wire: Wire) -> Verdict:
    """All orders were received within a second each, with few calls."""
    sent = wire.by_order(wire.sent(ORDERS))
    if len(sent) < COUNT:
        return Diagnosis(
            "few-orders",
            f"{len(sent)} of {COUNT} orders came. Run it by `decaf learn run`, which sends them one after another.",
            expected=f"{COUNT} orders sent",
            seen=said(sent),
        )
    return (
        _broken_off(wire)
        or _stopped_early(wire)
        or _slept_between(wire)
        or _asks_too_often(wire)
        or _late(wire)
        or _did_not_wait(wire)
        or _missing(wire)
        or _passed(wire)
    )


def _polls(wire: Wire) -> list[CallDescription]:
    """Returns the receives that were answered from the first order on, until the last one was received."""
    received = wire.received(ORDERS)
    if not received:
        return wire.calls("ReceiveMessage", ORDERS)
    began, ended = wire.sent(ORDERS)[0].mark, received[-1].mark
    return [
        call
        for call in wire.calls("ReceiveMessage", ORDERS)
        if call.events_mark >= began and (call.received or call.events_mark < ended)
    ]


def _wait(wire: Wire, call: CallDescription) -> float:
    """Returns for how many seconds a receive wanted to wait."""
    given = ((call.details and call.details.parameters) or {}).get("WaitTimeSeconds")
    queue = wire.queue(ORDERS)
    default = 0 if queue is None else queue.attributes.get("ReceiveMessageWaitTimeSeconds", 0)
    return float(default if given is None else given)


def _broken_off(wire: Wire) -> Verdict | None:
    """Receives ended without a message before their time was over."""
    broken = [
        call for call in _polls(wire) if not call.received and call.answered_at - call.at < _wait(wire, call) - 0.5
    ]
    if not broken:
        return None
    call = broken[0]
    return Diagnosis(
        "broken-off",
        f"{len(broken)} of your calls were broken off: they asked to wait for {_wait(wire, call):g} s, and your "
        f"program gave up after {call.answered_at - call.at:.1f} s. The client's read timeout has to be longer than "
        "WaitTimeSeconds.",
        expected="a read timeout of more than WaitTimeSeconds; boto3 has 60 s, unless you set another",
        seen=f"a call that wanted {_wait(wire, call):g} s, ended after {call.answered_at - call.at:.1f} s",
    )


def _orders_left(wire: Wire) -> list[int]:
    return [order for message in wire.messages(ORDERS) if (order := wire.order_of(message)) is not None]


def _stopped_early(wire: Wire) -> Verdict | None:
    """The last receive returned nothing, and orders came after it."""
    polls, received = wire.calls("ReceiveMessage", ORDERS), wire.received(ORDERS)
    if not received:
        return Diagnosis(
            "not-received",
            "No order was received. Ask the queue until an order comes, make it, and ask again.",
            expected=f"all {COUNT} orders received",
            seen="none",
        )
    came_later = [event for event in wire.sent(ORDERS) if event.mark > polls[-1].events_mark]
    if polls[-1].received or not came_later:
        return None
    return Diagnosis(
        "stopped-early",
        f"Still in {ORDERS}: {said(_orders_left(wire))}. After a call that returned nothing, nobody asked again. Empty "
        "means that no order came in that time, not that none will come.",
        marks=marks_of([received[-1], *came_later[:2]]),
        expected=f"all {COUNT} orders received",
        seen=f"{len(_orders_left(wire))} left",
    )


def _asks_too_often(wire: Wire) -> Verdict | None:
    polls = _polls(wire)
    empty = [call for call in polls if not call.received]
    if len(polls) <= MOST_CALLS and len(empty) <= MOST_EMPTY:
        return None
    seconds = max(wire.received(ORDERS)[-1].at - wire.sent(ORDERS)[0].at, 1.0)
    a_month = len(polls) / seconds * _A_MONTH / 1e6
    return Diagnosis(
        "asks-too-often",
        f"You asked {len(polls)} times in {seconds:.0f} s, and {len(empty)} of the responses were empty. At that rate "
        f"one barista makes {a_month:.0f} million calls a month, about {a_month * _PRICE:.0f} US dollars. A call that "
        "waits returns at once when an order comes.",
        expected=f"at most {MOST_CALLS} calls, at most {MOST_EMPTY} of them empty",
        seen=f"{len(polls)} calls, {len(empty)} of them empty",
    )


def _waits(wire: Wire) -> dict[int, float]:
    """Returns for how many seconds each order waited until it was first received; or has, if it was not yet."""
    received = wire.by_order(wire.received(ORDERS))
    return {
        order: (received[order][0].at if order in received else wire.trace.now) - events[0].at
        for order, events in wire.by_order(wire.sent(ORDERS)).items()
    }


def _late(wire: Wire) -> Verdict | None:
    late = {order: seconds for order, seconds in _waits(wire).items() if seconds > LATEST}
    if not late:
        return None
    order = max(late, key=lambda each: late[each])
    return Diagnosis(
        "late",
        f"Order {order} waited for {late[order]:.1f} s until it was received. You made only {len(_polls(wire))} calls, "
        "but between two of them nobody is at the queue, and a call that does not wait may miss an order. Let the "
        "call wait.",
        marks=marks_of([*wire.of_order(order, wire.sent(ORDERS)), *wire.of_order(order, wire.received(ORDERS))]),
        expected=f"every order received within {LATEST:g} s",
        seen=f"{said(late)} later",
    )


def _slept_between(wire: Wire) -> Verdict | None:
    """Few receives, and several of them came while the queue was empty: one may be so for another reason."""
    is_seldom = len(_polls(wire)) <= MOST_CALLS
    return _did_not_wait(wire) if is_seldom and len(_in_vain(wire)) > 1 else None


def _in_vain(wire: Wire) -> list[CallDescription]:
    """Returns the receives that came while the queue was empty, and returned at once."""
    return [call for call in _polls(wire) if not call.received and _wait(wire, call) < SHORTEST_WAIT]


def _did_not_wait(wire: Wire) -> Verdict | None:
    polls, short = _polls(wire), _in_vain(wire)
    if not short:
        return None
    return Diagnosis(
        "did-not-wait",
        f"You asked less often, with {len(polls)} calls, but did not wait: {len(short)} of them came while the queue "
        "was empty, and returned at once. So your program slept between two calls, and an order that came then had to "
        "wait. Let the call itself wait, with WaitTimeSeconds: it returns as soon as an order comes.",
        marks=_around(wire, short[0]),
        expected="receives with WaitTimeSeconds of 20, or a queue with ReceiveMessageWaitTimeSeconds of 20",
        seen=f"{len(short)} receives that waited for {_wait(wire, short[0]):g} s, and returned nothing",
    )


def _around(wire: Wire, call: CallDescription) -> tuple[int, ...]:
    """Returns the marks of the receive before a call that returned nothing, and of the one after it."""
    received = wire.received(ORDERS)
    before = [event for event in received if event.mark <= call.events_mark]
    after = [event for event in received if event.mark > call.events_mark]
    return marks_of([*before[-1:], *after[:1]])


def _missing(wire: Wire) -> Verdict | None:
    missing, left = set(wire.by_order(wire.sent(ORDERS))) - set(wire.made()), _orders_left(wire)
    if not missing and not left:
        return None
    not_made = [f"Received, but not made: {said(missing)}."] if missing else []
    not_deleted = [f"Not deleted: {said(left)}."] if left else []
    return Diagnosis(
        "not-made",
        " ".join([*not_made, *not_deleted]),
        expected="every order made and deleted",
        seen=f"{len(wire.made())} made, {len(left)} left in {ORDERS}",
    )


def _passed(wire: Wire) -> Verdict:
    polls = _polls(wire)
    longest = max(_waits(wire).values())
    shortest = min(_wait(wire, call) for call in polls)
    remark = ""
    if shortest < _LONG:
        remark = (
            f"Your calls wait for {shortest:g} s. At night, when no order comes, that is a call every {shortest:g} s; "
            "with 20 s, the longest, it is one every 20 s, and an order is received as soon."
        )
    return Passed(
        f"{COUNT} orders with {len(polls)} calls, {sum(not call.received for call in polls)} of them empty. The order "
        f"that waited longest waited for {longest:.2f} s.",
        remark if shortest >= SHORTEST_WAIT else "",
    )
