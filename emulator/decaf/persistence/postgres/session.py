"""A connection to PostgreSQL, with the settings that the rest relies on; and one that a thread can wait for.

Rule: no text that is shown or logged has the password of the URL. No statement has a time-out of asyncpg's: that sends
a request to cancel, which a commit that waits for a standby obeys by being done and reported as not done. Instead the
connection is dropped, and another asks what became of it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, urlsplit

from decaf.base.clock import ring_after
from decaf.persistence.errors import NotWritten, Unusable

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")

CONNECT = 5.0  # seconds to connect
_SILENCE = 35.0  # seconds without an answer until a connection is dropped: more than statement_timeout
_UNACKNOWLEDGED = 5_000  # milliseconds until bytes that the other machine has not acknowledged end a connection
_SCHEMES = ("postgresql", "postgres")
_FILES = ("sslrootcert", "sslcrl", "sslcert", "sslkey")  # parameters of a URL that name one
# Settings that a node cannot do without; a pooler may drop them.
_KEPT = ("application_name", "search_path", "synchronous_commit", "default_transaction_isolation")
_CHECK = f"SELECT pg_is_in_recovery(), ARRAY[{', '.join(f'current_setting({name!r})' for name in _KEPT)}]"
_PASSING = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)  # of a server that ends meanwhile, perhaps


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
    """Returns a connection for a node. Unless `synchronous`, commits do not wait for the disk.

    Raises as asyncpg does, and ConnectionError for a server that nodes cannot use; see `refusal`.
    """
    import asyncpg

    settings = {
        "application_name": application(node),
        "search_path": "decaf",
        "synchronous_commit": "on" if synchronous else "off",  # a role may have another
        "default_transaction_isolation": "read committed",
        "default_transaction_read_only": "off",
        "jit": "off",  # compiling costs more than any statement here
        "statement_timeout": "30s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "5s",
        "tcp_user_timeout": "5s",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": "5",
    }
    connection = await asyncpg.connect(url, timeout=CONNECT, server_settings=settings)
    _limit_silence(connection)
    try:
        is_standby, kept = await connection.fetchrow(_CHECK)
        if is_standby:
            raise ConnectionRefusedError("the database is a standby, and takes no changes")
        if kept != [settings[name] for name in _KEPT]:
            raise SettingsLost
    except BaseException:
        connection.terminate()
        raise
    return connection


def _limit_silence(connection: Connection) -> None:
    """Let the system end a connection whose other side does not even acknowledge; asyncpg has no parameter for it."""
    with suppress(AttributeError, OSError):  # not everywhere, and not for a Unix socket
        of = connection._transport.get_extra_info("socket")
        of.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        of.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5)
        of.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        of.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED)


class SettingsLost(ConnectionError):
    """A connection does not have the settings that were asked for."""


def refusal(error: Exception) -> str | None:
    """Returns why it is no use to connect again after this error of `connect`; None when it may be."""
    import asyncpg

    dropped = SettingsLost, asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError
    if isinstance(error, dropped) or "unsupported startup parameter" in str(error):  # the text of PgBouncer
        return "it drops what belongs to a session: nodes connect to the server itself, not to a pooler"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and not isinstance(error, _PASSING):
        return f"TLS fails: {(error.reason or str(error)).replace('_', ' ').lower()}"
    # What is wrong with the URL, as asyncpg says, or what the server says of a setting in it.
    if isinstance(error, ValueError | asyncpg.UndefinedObjectError | asyncpg.InvalidParameterValueError):
        return _text(error)
    return None


class Lost(NotWritten):
    """The connection was lost, or could not be made: what was asked for may have been done."""


class Session:
    """Connections of a node, one after the other, for one thread at a time, which waits for each answer."""

    def __init__(self, url: str, node: str, synchronous: bool = True) -> None:
        self._url = url
        self._node = node
        self._synchronous = synchronous
        self._loop = asyncio.new_event_loop()
        self._connection: Connection | None = None

    def run(self, work: Callable[[Connection], Awaitable[T]], may_last: bool = False) -> T:
        """Returns what `work` returns, which is called with a connection, and ended after a while unless it `may_last`.

        Raises Lost, NotWritten for an error of the database, and asyncpg's DataError for a value that it cannot take.
        """
        return self._loop.run_until_complete(self._run(work, may_last))

    async def _run(self, work: Callable[[Connection], Awaitable[T]], may_last: bool) -> T:
        import asyncpg

        try:
            connection = await self._connected()
        except _errors() as error:
            raise Lost(_text(error)) from error
        timer = None if may_last else ring_after(_SILENCE, connection.terminate)
        try:
            return await work(connection)
        except asyncpg.DataError:
            raise
        except _errors() as error:
            raise (Lost if connection.is_closed() else NotWritten)(_text(error)) from error
        finally:
            if timer is not None:
                timer.cancel()

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._url, self._node, self._synchronous)
        return self._connection

    def drop(self) -> None:
        """End the connection, from any thread: what waits for an answer raises Lost."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._terminate)

    def _terminate(self) -> None:
        if self._connection is not None:
            self._connection.terminate()

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._loop.run_until_complete(self._close())
        self._loop.close()

    async def _close(self) -> None:
        if self._connection is not None:
            with suppress(*_errors()):
                await self._connection.close(timeout=CONNECT)


class Sessions:
    """Connections of a node for reading, of which the next reader takes one that is there: a new one costs more than to
    read a small state. From any thread."""

    def __init__(self, url: str, node: str, synchronous: bool = True) -> None:
        self._url = url
        self._node = node
        self._synchronous = synchronous
        self._idle: list[Session] = []
        self._is_over = False
        self._lock = Lock()

    def take(self) -> Session:
        """Returns one for the caller alone, until it is put back or closed."""
        with self._lock:
            return self._idle.pop() if self._idle else Session(self._url, self._node, self._synchronous)

    def put_back(self, session: Session) -> None:
        with self._lock:
            if not self._is_over:
                self._idle.append(session)
                return
        session.close()

    def close(self, is_over: bool = False) -> None:
        """Close those that nobody has; once it `is_over`, also those that are put back later."""
        with self._lock:
            self._is_over |= is_over
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()


def _errors() -> tuple[type[Exception], ...]:
    """The errors of a database, and of the way there."""
    import asyncpg

    return OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__


def check(url: str) -> None:
    """Raises Unusable for a URL that is none of a PostgreSQL, and when asyncpg is not installed."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            raise Unusable("store: the URL of a database starts with postgresql://")
        for place in parts.netloc.rpartition("@")[2].split(","):  # of several servers, one takes changes
            urlsplit(f"//{place}").port  # noqa: B018 - raises ValueError
        parameters = parse_qs(parts.query, strict_parsing=bool(parts.query))
        for port in parameters.get("port", ("",))[-1].split(","):
            int(port or 0)
    except ValueError as error:
        raise Unusable("store: the URL of the database cannot be read") from error
    if "@" in parts.path or "#" in url:  # what precedes it would be shown as the server
        raise Unusable(
            "store: in the URL of the database, / ? and # in a password are %2F %3F and %23, and @ in a name is %40"
        )
    _check_files(parameters)
    try:
        import asyncpg  # noqa: F401
    except ImportError as error:
        raise Unusable("store: a database needs asyncpg: pip install 'decaf-aws[cluster]'") from error


def _check_files(parameters: Mapping[str, Sequence[str]]) -> None:
    """Raises Unusable for a file that a URL names and that cannot be read."""
    for name in _FILES:
        for file in parameters.get(name, ()):
            try:
                open(file, "rb").close()
            except OSError as error:
                raise Unusable(f"store: {name}, in the URL of the database: {file}: {error.strerror}") from error
