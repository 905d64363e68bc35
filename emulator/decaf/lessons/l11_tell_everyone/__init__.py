"""Fan-out: a topic copies each order to the queues of kitchen, stock and loyalty."""

from __future__ import annotations

from collections.abc import Sequence

from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire, listed, name_of, said

DEPARTMENTS = ("kitchen", "stock", "loyalty")
FEWEST = 3  # orders that show something


def play(stage: Stage) -> None:
    """The shop is made ready, the three come to work, and the cashier takes orders until all of them are handled."""
    stage.say("The shop is made ready.")
    stage.start("setup").wait(30)
    stage.say("Kitchen, stock and loyalty come to work.")
    departments = [stage.start(role) for role in DEPARTMENTS]
    stage.say("The cashier takes orders.")
    stage.start("cashier").wait(30)
    stage.until(lambda wire: _is_done(wire) or _all_wait(wire) or not all(each.is_running for each in departments), 20)
    stage.finish()


def _is_done(wire: Wire) -> bool:
    """Whether no order can be received any more, and nobody works on one."""
    return all(
        queue.visible == 0 and (queue.in_flight == 0 or queue.polls > 0)
        for queue in wire.trace.queues
        if not _is_work(queue.name)
    )


def _all_wait(wire: Wire) -> bool:
    """Whether all three wait for orders, so that nobody reads what is elsewhere."""
    return sum(queue.polls for queue in wire.trace.queues) >= len(DEPARTMENTS)


def _is_work(queue: str) -> bool:
    return queue.startswith("made")


def check(wire: Wire) -> Verdict:
    """Each order was published once and copied to three queues, and each department has handled it."""
    published, sent = wire.by_order(wire.of("NotificationPublished")), wire.by_order(_sent_directly(wire))
    taken = {**sent, **published}
    if len(taken) < FEWEST:
        return Diagnosis(
            "few-orders",
            f"The cashier took {said(taken)}: too few to see anything. Let it take all nine.",
            expected=f"at least {FEWEST} orders, published to a topic",
            seen=said(taken),
        )
    if not published:
        return _copied_by_hand(sent) or _shared(wire, sent)
    return (
        _nobody_subscribed(wire, published)
        or _one_subscription(wire, published)
        or _envelope(wire, published)
        or _unread(wire)
        or _missing(wire, published)
        or _passed(wire, published)
    )


def _sent_directly(wire: Wire) -> list[TracedEvent]:
    """Returns the sends to queues that are for orders, but those by which a topic delivers."""
    return [event for event in wire.of("MessageSent") if event.cause is None and not _is_work(name_of(event.arn))]


def _deliveries(wire: Wire) -> dict[str, list[TracedEvent]]:
    """Returns the deliveries to queues, by the queue's name."""
    found: dict[str, list[TracedEvent]] = {}
    for event in wire.of("NotificationDelivered"):
        if event.protocol == "sqs":
            found.setdefault(name_of(event.recipient or ""), []).append(event)
    return found


def _handled(wire: Wire, department: str) -> set[int]:
    return set(wire.made(f"made-{department}"))


def _copied_by_hand(sent: dict[int, list[TracedEvent]]) -> Verdict | None:
    """The cashier itself sent an order to several queues."""
    for order, events in sent.items():
        queues = sorted({name_of(event.arn) for event in events})
        if len(queues) > 1:
            return Diagnosis(
                "three-sends",
                f"The cashier sent order {order} to {listed(queues)}: {len(queues)} calls for one order. That works "
                "today. But when a fourth wants orders, the cashier's program has to be changed. Let it publish once, "
                "to a topic, and let the topic copy.",
                marks=_marks(events),
                expected="one Publish for each order, and a topic that copies it",
                seen=f"{len(queues)} SendMessage for each order, and no topic",
            )
    return None


def _shared(wire: Wire, sent: dict[int, list[TracedEvent]]) -> Verdict:
    order, events = next(iter(sent.items()))
    queue = name_of(events[0].arn)
    shares = [f"{each}: {said(_handled(wire, each))}" for each in DEPARTMENTS]
    by = next((each for each in DEPARTMENTS if order in _handled(wire, each)), None)
    if by is None:
        what = f"Order {order} waits in {queue}. Whoever receives it first will be the only one."
    else:
        others = [each for each in DEPARTMENTS if order not in _handled(wire, each)]
        what = f"Order {order} went to {by}; {listed(others)} never saw it."
    return Diagnosis(
        "shared-queue",
        f"{what} A queue shares out, a topic copies: publish the orders to a topic, and let each of the three have a "
        "queue of its own.",
        marks=_marks([*events[:1], *wire.by_order(wire.received(queue)).get(order, [])[:1]]),
        expected=f"all {len(sent)} orders for each of {listed(DEPARTMENTS)}",
        seen="; ".join(shares),
    )


def _nobody_subscribed(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict | None:
    if _deliveries(wire):
        return None
    topic = name_of(next(iter(published.values()))[0].arn)
    return Diagnosis(
        "nobody-subscribed",
        f"{len(published)} orders were published to the topic {topic}, and no queue was subscribed to it then. A topic "
        "keeps nothing: what nobody is subscribed to is gone.",
        marks=_marks([events[0] for events in published.values()][:2]),
        expected="three queues, subscribed before the first order",
        seen=f"{len(wire.subscriptions)} subscriptions, and no order delivered to a queue",
    )


def _one_subscription(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict | None:
    queues = sorted(_deliveries(wire))
    if len(queues) >= len(DEPARTMENTS):
        return None
    return Diagnosis(
        "one-subscription",
        f"The topic copied each order to {listed(queues)} only, and there the readers share it out again. Each of "
        f"{listed(DEPARTMENTS)} needs a queue of its own, and a subscription for it.",
        marks=_marks(_deliveries(wire)[queues[0]][:2]),
        expected=f"each order in {len(DEPARTMENTS)} queues",
        seen=f"each order in {len(queues)}: {listed(queues)}",
    )


def _queue_of(wire: Wire, department: str) -> str | None:
    """Returns the queue that a department reads, or the one that is named like it."""
    read = [name_of(call.arn or call.resource) for call in wire.calls("ReceiveMessage") if call.caller == department]
    return next((name for name in [*reversed(read), *_deliveries(wire)] if department in (name, *read)), None)


def _envelope(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict | None:
    """A department received an order in SNS's envelope, and did not find it there."""
    for department in DEPARTMENTS:
        queue = _queue_of(wire, department)
        received = wire.by_order(wire.received(queue)) if queue else {}
        for order in sorted(set(published) - _handled(wire, department)):
            if order in received and '"Type" : "Notification"' in (received[order][0].body or ""):
                return Diagnosis(
                    "envelope",
                    f"{department} received order {order} in an envelope, and did not find it: SNS puts what was "
                    'published into "Message", as a text, and the topic and the time beside it. Open the envelope, '
                    "or set RawMessageDelivery on the subscription to get the order itself.",
                    marks=_marks(received[order][:1]),
                    expected='json.loads(body)["Message"] is the order, as text',
                    seen=f"{department} received {(received[order][0].body or '')[:60]!r}...",
                )
    return None


def _unread(wire: Wire) -> Verdict | None:
    for queue, events in _deliveries(wire).items():
        if wire.left(queue) and not wire.received(queue):
            return Diagnosis(
                "unread",
                f"{wire.left(queue)} orders wait in the queue {queue}, and nobody has received one. Who reads it?",
                marks=_marks(events[:1]),
                expected="each of the three reads its own queue",
                seen=f"no ReceiveMessage from {queue} that found an order",
            )
    return None


def _missing(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict | None:
    for department in DEPARTMENTS:
        missing = set(published) - _handled(wire, department)
        if missing:
            return Diagnosis(
                "missing",
                f"{said(missing).capitalize()} never came to made-{department}. All three handle every order.",
                marks=_marks([published[order][0] for order in sorted(missing)][:3]),
                expected=f"{said(published)} in made-{department}",
                seen=said(_handled(wire, department)),
            )
    return None


def _passed(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict:
    copies = sum(map(len, _deliveries(wire).values()))
    raw = [each.attributes.get("RawMessageDelivery") == "true" for each in wire.subscriptions]
    remark = ""
    if all(raw):
        remark = "All three get the order itself. In SNS's envelope they would also see the topic and the time."
    elif not any(raw):
        remark = "All three open SNS's envelope. RawMessageDelivery=true sends a reader the order itself."
    return Passed(
        f"{len(published)} orders published once each, {copies} copies delivered to {len(_deliveries(wire))} queues; "
        f"{listed(DEPARTMENTS)} each handled all {len(published)}.",
        remark,
    )


def _marks(events: Sequence[TracedEvent]) -> tuple[int, ...]:
    return tuple(sorted(event.mark for event in events))
