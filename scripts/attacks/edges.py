"""The two readers of HTTP, compared: bytes that one of them takes for another request than the other."""

from __future__ import annotations

from scripts.attacks.attack import Scale, check
from tests.decaf.http.alike import assert_end_alike
from tests.decaf.http.broken_requests import broken
from tests.decaf.http.test_both_edges import CORPUS, OTHER_VERSIONS, PLAIN, REFUSED, SERVED

# A server that hangs up on a client who is still sending may take its answer away with that, or not: by chance.
_TRIES = 3


def attack(scale: Scale) -> str:
    chance = scale.chance()
    known = [*SERVED.values(), *REFUSED.values(), *OTHER_VERSIONS.values(), *(f.read_bytes() for f in CORPUS.iterdir())]
    drawn = (broken(chance, chance.choice((PLAIN, PLAIN + PLAIN))) for _ in range(scale.count(200, 20_000)))
    wholes = [*known, *(written for written in drawn if not written.startswith(b"CONNECT "))]  # no tunnel is compared
    hasty = ("--idle-timeout", "0.5", "--request-timeout", "0.5")
    with (
        scale.server("--edge", "fast", *hasty, name="fast") as fast,
        scale.server("--edge", "plain", *hasty, name="plain") as plain,
    ):
        for written in wholes:
            answered_alike = any(_is_answered_alike([fast.url, plain.url], written) for _ in range(_TRIES))
            check(answered_alike, f"{written!r} is answered in two ways")
    return f"{len(wholes)} broken or odd requests are answered alike"


def _is_answered_alike(urls: list[str], written: bytes) -> bool:
    try:
        assert_end_alike(urls, written)
    except (AssertionError, ValueError):
        return False
    return True
