"""The checksum of a record on the disk: a record whose bytes have changed since it was written is found at the start.

Rule: it covers every column of a row, and is its last column, in four bytes. SQLite returns each column as it was
written: where its type is REAL, a float.

A CRC-32 over data that ends with its own CRC-32 is always the same number. So a row is checked as it was read, and
neither the checksum nor the rest of the row is taken out of it first: a million rows of 1 KiB take 0.6 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zlib import crc32

import msgspec

_SIZE = 4  # bytes
_UNCHANGED = crc32(bytes(_SIZE))  # of any data with its own checksum

_encoder = msgspec.msgpack.Encoder()  # its bytes are those of no other row, and end with those of the last column

Row = tuple[Any, ...]


def with_checksum(row: Row) -> Row:
    """Returns a row with its checksum at the end."""
    packed = _encoder.encode((*row, bytes(_SIZE)))
    return (*row, crc32(packed[:-_SIZE]).to_bytes(_SIZE, "little"))


def checked(rows: Iterable[Row], error: Callable[[Row], Exception]) -> Iterator[Row]:
    """Yields rows with their checksums. Raises `error(row)` for one that is not as it was when it got its checksum.

    A row whose last column is None has none.
    """
    packed, encode_into = bytearray(), _encoder.encode_into  # no bytes are allocated for each row
    for row in rows:
        encode_into(row, packed)
        if crc32(packed) != _UNCHANGED and row[-1] is not None:
            raise error(row)
        yield row
