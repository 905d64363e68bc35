"""Identifiers, all from one source of chance, so that a seeded run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_POOL = 256  # UUIDs whose bits are drawn at once: one call to the source of chance for all of them
_EACH = sum(1 << 128 * place for place in range(_POOL))
_BY_CHANCE = _EACH * 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = _EACH * 0x00000000_0000_4000_8000_000000000000  # and the variant of RFC 9562


class Ids:
    """Identifiers in AWS's forms. `seed` None takes the seed from the operating system.

    `uuid()` is a version 4 UUID: what names messages, subscriptions, requests. `chance()` is a number from 0 up to 1.
    """

    __slots__ = ("_bits", "chance", "uuid")

    def __init__(self, seed: int | None = None) -> None:
        self.seed(seed)

    def seed(self, seed: int | None) -> None:
        """Begin anew, as a new source with this seed would."""
        source = random.Random(seed)
        self._bits = source.getrandbits
        self.chance = source.random
        self.uuid = _uuids(source.getrandbits).__next__

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


def _uuids(bits: Callable[[int], int]) -> Iterator[str]:
    while True:
        pool = bits(_POOL * 128) & _BY_CHANCE | _VERSION_4
        digits = pool.to_bytes(_POOL * 16, "big").hex("-", 2) + "-"  # in fours; the first and the last are longer
        for at in range(0, len(digits), 40):
            d = digits[at : at + 40]
            yield f"{d[:4]}{d[5:29]}{d[30:34]}{d[35:39]}"
