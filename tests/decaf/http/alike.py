"""Whether the two readers of HTTP answer the same bytes alike."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from contextlib import suppress

from tests.decaf.http.wire import answers, dial, rest

_UNLIKE = re.compile(rb"Date: [^\r]*|[0-9a-f]{8}-[0-9a-f-]{27}")  # from one request to the next


def exchange(url: str, written: bytes, half_closed: bool = True) -> bytes:
    """All that a server answers to `written` until it closes the connection."""
    with dial(url) as connection:
        with suppress(ConnectionError):
            connection.sendall(written)
        if half_closed:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        return rest(connection)


def comparable(answered: bytes) -> bytes:
    """An answer without what differs from one request to the next."""
    return _UNLIKE.sub(lambda found: b"?" * len(found[0]), answered)


def assert_end_alike(urls: Sequence[str], written: bytes) -> None:
    """Check that the fast and the plain edge, in this order, answer alike.

    But aiohttp refuses a whole request with broken bytes that come behind it in the same segment, and does not do it.
    """
    fast, plain = (comparable(exchange(url, written)) for url in urls)
    if fast != plain:
        *_, last = _statuses(fast)
        assert _statuses(plain) == [last]
        assert last in (400, 505)


def _statuses(answered: bytes) -> list[int]:
    return [one.status for one in answers(answered)]
