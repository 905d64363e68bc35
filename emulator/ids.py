"""Identifiers, all from one source of chance, so that a seeded run can be repeated."""

from __future__ import annotations

import random


class Ids:
    """Identifiers in AWS's forms. `seed` None takes the seed from the operating system."""

    __slots__ = ("_bits",)

    def __init__(self, seed: int | None = None) -> None:
        self._bits = random.Random(seed).getrandbits

    def uuid(self) -> str:
        """A version 4 UUID: what names messages, subscriptions, requests."""
        digits = f"{self._bits(128):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

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
