"""Identifiers, all from one source of chance, so that a seeded run can be repeated."""

from __future__ import annotations

import random

_POOL = 256  # UUIDs whose digits are drawn at once: one call to the source of chance for all of them
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


class Ids:
    """Identifiers in AWS's forms. `seed` None takes the seed from the operating system."""

    __slots__ = ("_at", "_bits", "_digits", "chance")

    def __init__(self, seed: int | None = None) -> None:
        self.seed(seed)

    def seed(self, seed: int | None) -> None:
        """Begin anew, as a new source with this seed would."""
        source = random.Random(seed)
        self._bits = source.getrandbits
        self.chance = source.random  # gives a number from 0 up to 1
        self._digits = ""
        self._at = 0

    def uuid(self) -> str:
        """A version 4 UUID: what names messages, subscriptions, requests."""
        at = self._at
        if at == len(self._digits):
            self._digits, at = f"{self._bits(_POOL * 128):0{_POOL * 32}x}", 0
        self._at = at + 32
        d = self._digits[at : at + 32]
        return f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{_VARIANT[d[16]]}{d[17:20]}-{d[20:]}"

    def tag(self) -> bytes:
        """Eight bytes that tell one queue's receipt handles from another's."""
        return self._bits(64).to_bytes(8, "big")

    def token(self) -> str:
        """A subscription's confirmation token: 192 hexadecimal digits, as AWS's are."""
        return f"{self._bits(768):0192x}"

    def code(self) -> str:
        """A one-time password of six digits, as texted to phones."""
        return f"{self._bits(20) % 1_000_000:06d}"

    def happens(self, per_cent: int) -> bool:
        """Whether what happens in so many of a hundred cases does in this one."""
        return self._bits(32) % 100 < per_cent
