"""Connections for reading are used again, and none is left open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from decaf.persistence.postgres.session import Session, Sessions


@pytest.fixture
def sessions(database: str) -> Iterator[Sessions]:
    made = Sessions(database, "node")
    yield made
    made.close(is_over=True)


def _backend(session: Session) -> int:
    """Returns the number of the process of the server that has a connection."""
    found: int = session.run(lambda connection: connection.fetchval("SELECT pg_backend_pid()"))
    return found


def test_the_next_reader_takes_the_connection_that_was_put_back(sessions: Sessions) -> None:
    first = sessions.take()
    backend = _backend(first)
    sessions.put_back(first)
    assert _backend(sessions.take()) == backend
    first.close()


def test_two_readers_have_connections_of_their_own(sessions: Sessions) -> None:
    first, second = sessions.take(), sessions.take()
    assert _backend(first) != _backend(second)
    sessions.put_back(first)
    sessions.put_back(second)


def test_those_that_nobody_has_are_closed(sessions: Sessions) -> None:
    first, second = sessions.take(), sessions.take()
    backend = _backend(first)
    sessions.put_back(first)
    sessions.close()
    found = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1"
    assert second.run(lambda connection: connection.fetchval(found, backend)) == 0
    sessions.put_back(second)
    assert sessions.take() is second
    second.close()


def test_one_that_is_put_back_when_all_is_over_is_closed(sessions: Sessions) -> None:
    session = sessions.take()
    _backend(session)
    sessions.close(is_over=True)
    sessions.put_back(session)
    assert session._loop.is_closed()
