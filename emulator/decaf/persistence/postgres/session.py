"""A connection to PostgreSQL, with the settings that the rest relies on.

Rule: no text that is shown or logged has the password of the URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from decaf.persistence.errors import Unusable

if TYPE_CHECKING:
    from asyncpg import Connection

CONNECT = 5.0  # seconds to connect
_SCHEMES = ("postgresql", "postgres")


def application(node: str) -> str:
    """Returns the application_name of a node's sessions, by which a takeover finds them."""
    return f"decaf {node}"


def name_of(url: str) -> str:
    """Returns the URL of a database as errors and the log show it: without the password, and most parameters."""
    parts = urlsplit(url)
    user, _, at = parts.netloc.rpartition("@")
    host = "".join(f"?host={host}" for host in parse_qs(parts.query).get("host", ())[:1])
    return f"{parts.scheme}://{user.partition(':')[0]}{'@' if user else ''}{at}{parts.path}{host}"


async def connect(url: str, node: str, synchronous: bool = True) -> Connection:
    """Returns a connection for a node. Raises Unusable for a database that can never be used as it is, and as asyncpg
    does when it cannot be reached. Unless `synchronous`, commits do not wait for the disk.
    """
    import asyncpg

    settings = {
        "application_name": application(node),
        "search_path": "decaf",
        "synchronous_commit": "on" if synchronous else "off",  # a role may have another
        "default_transaction_isolation": "read committed",
        "default_transaction_read_only": "off",
        "statement_timeout": "30s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "5s",
        "tcp_user_timeout": "5s",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": "5",
    }
    connection = await asyncpg.connect(url, timeout=CONNECT, server_settings=settings)
    try:
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            raise ConnectionRefusedError("the database is a standby, and takes no changes")
    except BaseException:
        connection.terminate()
        raise
    return connection


def check(url: str) -> None:
    """Raises Unusable for a URL that is none of a PostgreSQL, and when asyncpg is not installed."""
    try:
        if urlsplit(url).scheme not in _SCHEMES:
            raise Unusable("the URL of a database starts with postgresql://")
        urlsplit(url).port  # noqa: B018 - raises ValueError
    except ValueError as error:
        raise Unusable("the URL of the database cannot be read") from error
    try:
        import asyncpg  # noqa: F401
    except ImportError as error:
        raise Unusable("a database needs asyncpg: pip install 'decaf-aws[cluster]'") from error
