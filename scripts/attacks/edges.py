"""The two readers of HTTP, compared: bytes that one of them takes for another request than the other."""

from __future__ import annotations

from scripts.attacks.attack import Fell, Scale
from tests.decaf.http.alike import assert_end_alike, exchange
from tests.decaf.http.broken_requests import broken
from tests.decaf.http.test_both_edges import CORPUS, OTHER_VERSIONS, PLAIN, REFUSED, SERVED

# A server that hangs up on a client who is still sending may take its answer away with that, or not: by chance.
_TRIES = 3


def attack(scale: Scale) -> str:
    chance = scale.chance()
    known = [*SERVED.values(), *REFUSED.values(), *OTHER_VERSIONS.values(), *(f.read_bytes() for f in CORPUS.iterdir())]
    drawn = (broken(chance, chance.choice((PLAIN, PLAIN + PLAIN))) for _ in range(scale.count(200, 20_000)))
    wholes = [*known, *(written for written in drawn if not written.startswith(b"CONNECT "))]  # no tunnel is compared
    hasty = ("--idle-timeout", "2", "--request-timeout", "2")
    with (
        scale.server("--edge", "fast", *hasty, name="fast") as fast,
        scale.server("--edge", "plain", *hasty, name="plain") as plain,
    ):
        for written in wholes:
            _check(fast.url, plain.url, written)
    return f"{len(wholes)} broken or odd requests are answered alike"


def _check(fast: str, plain: str, written: bytes) -> None:
    for tries_left in reversed(range(_TRIES)):
        try:
            return assert_end_alike([fast, plain], written)
        except (AssertionError, ValueError):
            if not tries_left:
                answered = exchange(fast, written), exchange(plain, written)
                raise Fell(f"{written!r} is answered in two ways, then {answered}") from None
    return None
