"""Marks where there are several shards: one number that has the mark of each.

Rule: it grows as one mark does, and it is never taken for the mark of one shard, nor that for it. In binary it is a 1,
the mark of each shard, and the number of the shard that what has this mark is of. Python writes no number of more than
4,300 decimals, those of some 350 shards.
"""

from __future__ import annotations

from collections.abc import Sequence

from decaf.control.route import Refused

_MARK = 40  # bits
_SHARD = 16


def join(marks: Sequence[int], shard: int = 0) -> int:
    """Returns the mark of all shards, of something in one of them."""
    number = 1
    for mark in reversed(marks):
        number = number << _MARK | mark
    return number << _SHARD | shard


def split(mark: int, count: int) -> list[int]:
    """Returns the marks of `count` shards; 0 is the beginning of all. Raises Refused for a mark of other shards."""
    if mark == 0:
        return [0] * count
    if not is_joined(mark, count):
        raise Refused(f"there is no mark {mark} here; it may be from a server with another number of shards", 409)
    return [(mark >> _SHARD + shard * _MARK) & ((1 << _MARK) - 1) for shard in range(count)]


def is_joined(mark: int, count: int) -> bool:
    """Returns whether a mark is one of `count` shards."""
    return mark.bit_length() == 1 + count * _MARK + _SHARD


def shard_of(mark: int) -> int:
    """Returns the number of the shard that what has this mark of all shards is of."""
    return mark & ((1 << _SHARD) - 1)


def of_one(mark: int, shard: int, count: int) -> int:
    """Returns the mark of all shards by which something with a mark in one of them is found."""
    return join([mark if each == shard else 0 for each in range(count)], shard)
