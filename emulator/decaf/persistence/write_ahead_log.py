"""Whether SQLite's log has commits that SQLite cannot read, because bytes before them have changed.

Rule: SQLite reads a log up to the first frame whose checksum is wrong, and takes what follows for a commit that was not
finished. That can be so for one commit, the last: each is on the disk before the next begins. When more are found
there, the log was damaged afterwards, and they would be lost without a word.

Source: the SQLite documentation, "WAL-mode File Format".
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from struct import Struct

import msgspec

from decaf.persistence.errors import Unusable

_HEADER, _FRAME = Struct(">8I"), Struct(">6I")
_SUMMED = 24, 8  # bytes at the start of the header, and of a frame's, that their checksums cover
_PAGE = 4096  # bytes, where the header does not say it
_LITTLE, _BIG = 0x377F0682, 0x377F0683  # by the order of bytes in which the words of checksums are read
_WORD = 0xFFFFFFFF

Sums = tuple[int, int]


def check_log(file: Path) -> bool:
    """Returns whether there is no log beside a database `file`. Raises Unusable when it was damaged."""
    log = file.with_name(f"{file.name}-wal")
    try:
        lost = unreadable_commits(log.read_bytes(), file)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # SQLite will report why it cannot be read
    if lost > 1:
        raise Unusable(
            f"{log} is damaged: {lost} commits in it cannot be read. Restore a backup, or move this file away to start "
            "from the state before it"
        )
    return False


def unreadable_commits(log: bytes, file: Path) -> int:
    """Returns how many commits come at or behind the first frame that SQLite cannot read, in the log of `file`."""
    if len(log) < _HEADER.size + _FRAME.size:
        return 0
    if (sums := _header_sums(log)) is not None:
        return sum(frame.commits for frame in _frames(log, sums) if not frame.readable)
    # SQLite begins a log anew once all of it is in the database: first a counter in the header grows
    counter = int.from_bytes(log[12:16], "big")
    before = log[:12] + max(0, counter - 1).to_bytes(4, "big") + log[16:]
    if (sums := _header_sums(before)) is not None and _is_in(file, before, sums):
        return 0
    return sum(frame.commits for frame in _frames(log, None))


class _Frame(msgspec.Struct, frozen=True):
    """A page in a log: its number, where its bytes are, and whether a commit ends with it."""

    page: int
    start: int
    stop: int
    commits: bool
    readable: bool


def _header_sums(log: bytes) -> Sums | None:
    """Returns the checksum of a log's header, None if it is wrong."""
    magic, *_, first, second = _HEADER.unpack_from(log)
    sums = _sums(log[: _SUMMED[0]], magic, (0, 0))
    return sums if magic in (_LITTLE, _BIG) and sums == (first, second) else None


def _frames(log: bytes, sums: Sums | None) -> Iterator[_Frame]:
    """Yields the frames of a log; `sums` is the checksum of its header, None if that is wrong.

    Frames of an earlier log, which stay in the file behind the present ones, have other salts.
    """
    magic, _, page, _, *salts, _, _ = _HEADER.unpack_from(log)
    if sums is None:
        page, salts = _PAGE, list(_FRAME.unpack_from(log, _HEADER.size)[2:4])
    for at in range(_HEADER.size, len(log) - _FRAME.size - page + 1, _FRAME.size + page):
        number, size, *own_salts, first, second = _FRAME.unpack_from(log, at)
        start, stop = at + _FRAME.size, at + _FRAME.size + page
        if sums is not None:
            found = _sums(log[at : at + _SUMMED[1]] + log[start:stop], magic, sums)
            sums = found if own_salts == salts and found == (first, second) else None
        if own_salts == salts:
            yield _Frame(number, start, stop, bool(size), sums is not None)


def _is_in(file: Path, log: bytes, sums: Sums) -> bool:
    """Returns whether a database has the pages of a log as that has them last."""
    latest = {frame.page: frame for frame in _frames(log, sums) if frame.readable}
    with file.open("rb") as database:
        for frame in latest.values():
            database.seek((frame.page - 1) * (frame.stop - frame.start))
            if database.read(frame.stop - frame.start) != log[frame.start : frame.stop]:
                return False
    return True


def _sums(data: bytes, magic: int, sums: Sums) -> Sums:
    words = array("I", data)
    if (magic == _BIG) != (sys.byteorder == "big"):
        words.byteswap()
    first, second = sums
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
