"""All attacks, in the order in which they are tried."""

from __future__ import annotations

from functools import partial

from scripts.attacks import edges, endpoints, floods, itself, pages, poison, slow
from scripts.attacks.attack import Attack

_LEVELS = ("commit", "second", "none")
_POISON = "bytes that are no text in the requests of all operations, then a restart"

ATTACKS = (
    *(
        Attack(f"poison ({level})", _POISON, partial(poison.attack, durability=level))
        for level in ("commit", "second", "none")
    ),
    Attack("edges", "bytes that the two readers of HTTP could take for different requests", edges.attack),
    Attack("pages", "pages of other sites in a real browser", pages.attack),
    Attack("slow", "requests that never end, a byte now and then", slow.trickle),
    Attack("huge", "requests that are long, deep or wide", slow.huge),
    Attack("broken off", "connections that end in the middle of everything", slow.crowd),
    Attack("deaf", "clients that ask for much and read nothing", floods.deaf),
    Attack("ahead", "calls sent far ahead of their answers, and behind a parked poll", floods.ahead),
    Attack("memory", "messages and notifications without end, under a memory_limit", floods.memory),
    Attack("control API", "deliveries to Decaf's own control API, by every name", itself.control),
    Attack("loop", "topics that publish to each other through Decaf's own AWS calls", itself.loop),
    Attack("dead endpoints", "endpoints that accept connections and never respond", endpoints.dead),
)
