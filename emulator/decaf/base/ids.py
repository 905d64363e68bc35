"""Identifiers and chance, all from one random source, so that a seeded run can be repeated."""

from __future__ import annotations

import random
import struct
from binascii import hexlify, unhexlify
from collections.abc import Callable, Iterator
from itertools import chain

UUID_SIZE = 16  # bytes
_GROUPS = struct.Struct("8s4s4s4s12s")  # of a UUID's digits, between hyphens
_POOL = 256  # UUIDs whose bits are drawn at once, by one call of the random source
_EACH = sum(1 << 128 * place for place in range(_POOL))
_BY_CHANCE = _EACH * 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = _EACH * 0x00000000_0000_4000_8000_000000000000  # and the variant of RFC 9562


class Ids:
    """Identifiers in AWS's forms. With `seed` None the operating system provides the seed.

    `uuid()` returns a version 4 UUID, as messages, subscriptions and requests have, `uuid_bytes()` the bytes of one.
    `uuid_in_both()` returns one UUID as text and as bytes. `chance()` returns a random number from 0 up to 1.
    """

    __slots__ = ("_bits", "chance", "uuid", "uuid_bytes", "uuid_in_both")

    def __init__(self, seed: int | None = None) -> None:
        self.seed(seed)

    def seed(self, seed: int | None) -> None:
        """Start again, as a new source with this seed would."""
        source = random.Random(seed)
        self._bits = source.getrandbits
        self.chance = source.random
        self.uuid = chain.from_iterable(_pools_of_texts(source.getrandbits)).__next__
        self.uuid_bytes = chain.from_iterable(_pools(source.getrandbits)).__next__
        self.uuid_in_both = chain.from_iterable(_pools_in_both(source.getrandbits)).__next__

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


def read_uuid(text: str) -> bytes:
    """Return the bytes of a UUID. Raises ValueError if the text is none."""
    try:
        read = unhexlify(text.replace("-", ""))
    except ValueError:
        read = b""
    if len(read) != UUID_SIZE:
        raise ValueError(f"{text} is no UUID")
    return read


def write_uuid(read: bytes) -> str:
    """Return the text of the UUID with which the bytes begin."""
    return b"-".join(_GROUPS.unpack(hexlify(read[:UUID_SIZE]))).decode()


def _pools(bits: Callable[[int], int]) -> Iterator[list[bytes]]:
    while True:
        yield _separate(_draw(bits))


def _pools_of_texts(bits: Callable[[int], int]) -> Iterator[list[str]]:
    while True:
        yield _write(_draw(bits))


def _pools_in_both(bits: Callable[[int], int]) -> Iterator[list[tuple[str, bytes]]]:
    while True:
        pool = _draw(bits)
        yield [*zip(_write(pool), _separate(pool), strict=True)]


def _separate(pool: bytes) -> list[bytes]:
    return [pool[at : at + UUID_SIZE] for at in range(0, len(pool), UUID_SIZE)]


def _write(pool: bytes) -> list[str]:
    """Returns the UUIDs of a pool as texts. They are written in one: one by one takes nearly three times as long."""
    text = bytearray(pool.hex("-", 2) + "-", "ascii")  # eight groups of four
    del text[34::40], text[29::39], text[4::38]  # the hyphens within the first and the last group of a UUID
    text[36::37] = b" " * _POOL  # in place of those after each
    return text.decode("ascii").split()


def _draw(bits: Callable[[int], int]) -> bytes:
    """Returns the bytes of a pool of UUIDs."""
    return (bits(_POOL * UUID_SIZE * 8) & _BY_CHANCE | _VERSION_4).to_bytes(_POOL * UUID_SIZE, "big")
