"""Identifiers and chance, all from one random source, so that a seeded run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain

_POOL = 256  # UUIDs whose bits are drawn at once, by one call of the random source
_EACH = sum(1 << 128 * place for place in range(_POOL))
_BY_CHANCE = _EACH * 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = _EACH * 0x00000000_0000_4000_8000_000000000000  # and the variant of RFC 9562


class Ids:
    """Identifiers in AWS's forms. With `seed` None the operating system provides the seed.

    `uuid()` returns a version 4 UUID, as messages, subscriptions and requests have. `chance()` returns a random number
    from 0 up to 1.
    """

    __slots__ = ("_bits", "chance", "uuid")

    def __init__(self, seed: int | None = None) -> None:
        self.seed(seed)

    def seed(self, seed: int | None) -> None:
        """Start again, as a new source with this seed would."""
        source = random.Random(seed)
        self._bits = source.getrandbits
        self.chance = source.random
        self.uuid = chain.from_iterable(_pools(source.getrandbits)).__next__

    def tag(self) -> bytes:
        """Return eight bytes that distinguish one queue's receipt handles from another's."""
        return self._bits(64).to_bytes(8, "big")

    def token(self) -> str:
        """Return a subscription's confirmation token: 192 hexadecimal digits, as AWS's are."""
        return f"{self._bits(768):0192x}"

    def code(self) -> str:
        """Return a one-time password of six digits, as is sent to phones."""
        return f"{self._bits(20) % 1_000_000:06d}"

    def happens(self, per_cent: int) -> bool:
        """Return True by chance, in `per_cent` of 100 cases."""
        return self._bits(32) % 100 < per_cent


def _pools(bits: Callable[[int], int]) -> Iterator[list[str]]:
    """Yields pools of UUIDs, each written in one text: to write them one by one takes nearly three times as long."""
    while True:
        pool = bits(_POOL * 128) & _BY_CHANCE | _VERSION_4
        text = bytearray(pool.to_bytes(_POOL * 16, "big").hex("-", 2) + "-", "ascii")  # eight groups of four
        del text[34::40], text[29::39], text[4::38]  # the hyphens within the first and the last group of a UUID
        text[36::37] = b" " * _POOL  # in place of those after each
        yield text.decode("ascii").split()
