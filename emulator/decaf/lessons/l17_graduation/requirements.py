"""The twelve lines of the graduation: each looks at the wire, and says what it misses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import msgspec

from decaf.control.trace import TracedEvent
from decaf.lessons.wire import Wire, name_of, order_in, said

ORDERS, MADE, LOG = "orders.fifo", "made.fifo", "log"
CUSTOMERS = ("ada", "ben", "cleo")
STRANGER, NOBODY_ORDERED = "rumours", 666
ALL = range(1, 21)
CAKE, POISON, LATER = 5, 13, 20
USUAL = frozenset(ALL) - {POISON, LATER}
MOST_EMPTY = 60  # receives
_FREE_WITHIN = 3.0  # seconds after a barista died
_SLACK = 0.5  # seconds
_LATER_BY = 600.0  # seconds


class Missing(msgspec.Struct, frozen=True):
    """What a line misses, in words, and the marks of the events that show it."""

    words: str
    marks: tuple[int, ...] = ()


Line = Callable[[Wire], Missing | None]


def customer_of(order: int) -> str:
    return CUSTOMERS[(order - 1) % len(CUSTOMERS)]


def note(wire: Wire, name: str) -> dict[str, Any]:
    """Returns what the run noted under a name; nothing, if it did not."""
    found = (json.loads(event.body or "{}") for event in wire.sent(LOG))
    return next((value for value in found if value.get("note") == name), {})


def _made(wire: Wire) -> dict[int, list[TracedEvent]]:
    return wire.made(MADE)


def _marks(events: Iterable[TracedEvent]) -> tuple[int, ...]:
    return tuple(sorted(event.mark for event in events))


def _held(wire: Wire, order: int) -> list[TracedEvent]:
    """Returns the receives of an order from the queue of orders."""
    return wire.by_order(wire.received(ORDERS)).get(order, [])


def lost(wire: Wire) -> Missing | None:
    """An order was not made before the ten minutes passed at the end, or not at all."""
    end = max((event.mark for event in wire.sent(LOG)), default=0)
    missing = USUAL - {order for order, events in _made(wire).items() if events[0].mark < end}
    if not missing:
        return None
    order = min(missing)
    held = [event for event in _held(wire, order) or _held(wire, POISON) if event.mark < end]
    return Missing(f"{said(missing)} not made, or ten minutes late", _marks(held[-2:]))


def twice(wire: Wire) -> Missing | None:
    for order, events in _made(wire).items():
        if len(events) > 1:
            return Missing(f"order {order} made {len(events)} times", _marks(events))
    return None


def in_order(wire: Wire) -> Missing | None:
    first = {order: events[0] for order, events in _made(wire).items() if order in USUAL}
    for customer in CUSTOMERS:
        theirs = sorted((event.mark, order) for order, event in first.items() if customer_of(order) == customer)
        for (mark, order), (next_mark, next_order) in pairwise(theirs):
            if next_order < order:
                words = f"{customer.capitalize()}'s order {order} was made before order {next_order}"
                return Missing(words, (mark, next_mark))
    return None


def poison(wire: Wire) -> Missing | None:
    dead = wire.by_order(wire.of("MessageDeadLettered"))
    others = set(dead) - {POISON}
    if others:
        return Missing(f"{said(others)} set aside, and nothing was wrong with it", _marks(dead[min(others)]))
    if POISON not in dead:
        return Missing(f"order {POISON} cannot be made, and nobody set it aside", _marks(_held(wire, POISON)[-2:]))
    tries = len([event for event in _held(wire, POISON) if event.mark < dead[POISON][0].mark])
    if not 2 <= tries <= 5:
        return Missing(f"order {POISON} was tried {tries} times, and then set aside", _marks(dead[POISON][:1]))
    return None


def brought_back(wire: Wire) -> Missing | None:
    dead = wire.by_order(wire.of("MessageDeadLettered")).get(POISON, [])
    if not dead:
        return Missing(f"order {POISON} was never set aside, so it could not be brought back")
    if POISON in _made(wire):
        return None
    return Missing(f"order {POISON} was set aside, and is still not made", _marks(dead[:1]))


def readers(wire: Wire) -> Missing | None:
    for customer in CUSTOMERS:
        got = wire.by_order(event for event in wire.sent(customer) if event.cause is not None)
        wanted = {order for order in _made(wire) if customer_of(order) == customer}
        unwanted = set(got) - wanted - {NOBODY_ORDERED}
        if unwanted:
            return Missing(f"{customer} got {said(unwanted)}, not theirs", _marks(got[min(unwanted)][:1]))
        if wanted - set(got):
            return Missing(f"{customer} was not sent {said(wanted - set(got))}")
    return None if _made(wire) else Missing("nothing was made, and nobody was notified")


def strangers(wire: Wire) -> Missing | None:
    published = {event.message_id for event in wire.published(STRANGER)}
    let_in = [event for event in wire.of("NotificationDelivered") if event.message_id in published]
    if let_in:
        words = f"order {NOBODY_ORDERED} of the topic {STRANGER} is in the queue {name_of(let_in[0].recipient or '')}"
        return Missing(words, _marks(let_in))
    return None if published else Missing("no stranger has tried it yet")


def calls(wire: Wire) -> Missing | None:
    empty = [call for call in wire.calls("ReceiveMessage") if call.received == 0]
    if len(empty) <= MOST_EMPTY:
        return None
    return Missing(f"{len(empty)} calls of ReceiveMessage returned nothing, {MOST_EMPTY} are allowed")


def heartbeat(wire: Wire) -> Missing | None:
    held = [event for event in (*wire.received(ORDERS), *wire.changed(ORDERS)) if event.until is not None]
    long = [event for event in held if (event.until or 0) - event.at > _FREE_WITHIN + _SLACK]
    if long:
        seconds = (long[0].until or 0) - long[0].at
        words = f"order {wire.order_of(long[0])} was lent for {seconds:g} s: too long when its barista dies"
        return Missing(words, _marks(long[:1]))
    receives = _held(wire, CAKE)
    if len(receives) < 2:
        return Missing(f"order {CAKE}, the cake, never came back from the barista who died", _marks(receives))
    if len(receives) > 2:
        return Missing(f"order {CAKE}, the cake, came back while somebody worked on it", _marks(receives))
    return None


def restart(wire: Wire) -> Missing | None:
    ids = {int(order): message_id for order, message_id in note(wire, "killed").get("ids", {}).items()}
    if not ids:
        return Missing("no order was waiting when the server was killed")
    received = wire.by_order(wire.received(ORDERS))
    other = [
        order for order, message_id in ids.items() if order in received and received[order][0].message_id != message_id
    ]
    if other:
        return Missing(f"{said(other)} came out as another message than before", _marks(received[other[0]][:1]))
    gone = set(ids) - set(received) - {order for each in wire.messages(ORDERS) if (order := order_in(each.body))}
    return Missing(f"{said(gone)} gone after the restart") if gone else None


def scale(wire: Wire) -> Missing | None:
    """At some moment two programs have a message in hand; the barista who dies with one does not count."""
    dies = next((event.mark for event in _held(wire, CAKE)), None)
    holders: dict[str, str] = {}
    most = 0
    for event in wire.events:
        if name_of(event.arn) != ORDERS or event.message_id is None:
            continue
        if event.kind == "MessageReceived" and event.mark != dies:
            holders[event.message_id] = wire.caller_of(event) or event.message_id  # not known any more
        elif event.kind in ("MessageDeleted", "MessageReturned", "MessageDeadLettered"):
            holders.pop(event.message_id, None)
        most = max(most, len(set(holders.values())))
    return None if most > 1 else Missing(f"at most {most} barista worked at a time, though others were there")


def delay(wire: Wire) -> Missing | None:
    sent_at = note(wire, "killed").get("later_sent_at")
    if sent_at is None:
        return Missing(f"order {LATER} was not waiting when the server was killed")
    taken = [event for event in wire.of("MessageReceived") if wire.order_of(event) == LATER]
    taken = [event for event in taken if name_of(event.arn) not in (MADE, *CUSTOMERS)]
    early = [event for event in taken if event.at < sent_at + _LATER_BY - 1]
    if early:
        after = early[0].at - sent_at
        return Missing(f"order {LATER}, for in ten minutes, was received after {after:.0f} s", _marks(early[:1]))
    return (
        None if LATER in _made(wire) else Missing(f"order {LATER}, for in ten minutes, was never made", _marks(taken))
    )


LINES: dict[str, Line] = {
    "lost": lost,
    "twice": twice,
    "in-order": in_order,
    "poison": poison,
    "brought-back": brought_back,
    "readers": readers,
    "strangers": strangers,
    "calls": calls,
    "heartbeat": heartbeat,
    "restart": restart,
    "scale": scale,
    "delay": delay,
}
