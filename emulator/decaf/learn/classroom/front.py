"""The front of a room over HTTP: its page, and the calls that the page and `decaf learn join` make.

Rule: the same guard as a server's keeps pages of other sites away; every call needs the code, a learner's token or the
teacher's key; and all is bounded: connections, the size of a request, how long one takes, wrong codes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from decaf.background import DidNotStart
from decaf.base.settings import Settings
from decaf.http.aiohttp_server import AiohttpConnection, AiohttpServer, LastResponse
from decaf.http.connections import Bounds, Connections, origin_of
from decaf.http.guard import Forbidden, Guard
from decaf.learn.classroom.board import board_of
from decaf.learn.classroom.classroom import Classroom
from decaf.learn.classroom.join_code import WAIT, TooMany, WrongCode
from decaf.learn.classroom.joining import Join, Joined
from decaf.learn.classroom.roster import BadName, Full, NameTaken, NoLearner
from decaf.page.bundle import text_of
from decaf.page.files import as_file, missing
from decaf_protocol import Reply, Request, dumps

_log = logging.getLogger("decaf.learn")

_BOUNDS = Bounds(most=500, idle=30.0, request=10.0)
_MOST_BODY = 8 * 1024  # bytes
_TO_FINISH = 2.0  # seconds for running requests when the front stops
_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_START = "classroom/index.html"
_FILES = (
    "classroom/room.js",
    "classroom/style.css",
    "static/dom.js",
    "static/format.js",
    "static/style.css",
    "static/icon.svg",
)
_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    WrongCode: (403, "This is not the code of the room."),
    TooMany: (429, f"Too many wrong codes came from your machine. Wait {WAIT:.0f} seconds, then try again."),
    NameTaken: (409, "Somebody of that name is in the room. Choose another, or ask your teacher to let you in again."),
    Full: (409, "The room is full. Ask your teacher for a place."),
    NoLearner: (404, "There is no such learner in the room."),
}


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """The name of a learner."""

    name: str


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No field."""


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


B = TypeVar("B", bound=msgspec.Struct)
_Answer = Callable[[Request, str], Awaitable[object]]  # with the address of the client


class Front:
    """The front of a classroom, on the host of its room. `start()`, then `port`; `stop()` ends all servers too."""

    def __init__(self, classroom: Classroom, port: int) -> None:
        room = classroom.room
        self.classroom = classroom
        self._asked_port = port
        self._guard = Guard(Settings(host=room.host, allowed_host=room.names))
        self._listener: asyncio.Server | None = None
        connections = Connections(_BOUNDS, lambda _, error: _refusal(400, error.message))
        self._server = AiohttpServer(self._answer, connections, request_factory=_make_request)
        self._calls: dict[tuple[str, str], _Answer] = {
            ("POST", "/join"): self._join,
            ("GET", "/board"): self._board,
            ("POST", "/restart"): self._restart,
            ("POST", "/look"): self._look,
            ("POST", "/readmit"): self._readmit,
            ("POST", "/remove"): self._remove,
        }

    @property
    def port(self) -> int:
        assert self._listener is not None
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises OSError when the address is not free."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, self.classroom.room.host, self._asked_port)

    async def stop(self) -> None:
        """Listen no more, and end all servers."""
        if self._listener is not None:
            self._listener.close()
        await self._server.shutdown(_TO_FINISH)
        await self.classroom.close()

    # --- calls

    async def _join(self, request: Request, address: str) -> Joined:
        asked = _body(request, Join)
        if not self.classroom.is_learner(asked.name, asked.token):
            self.classroom.check_code(asked.code, address)
        place = await self.classroom.join(asked.name, asked.token, address)
        url = f"http://{_host(request, self.classroom.room.host)}:{place.server.port}"
        token = place.learner.token
        return Joined(place.learner.name, url, f"{url}/_decaf/ui/#/lessons?token={token}", token)

    async def _board(self, request: Request, address: str) -> object:
        key = _bearer(request)
        is_teacher = self.classroom.is_teacher(key)
        if not is_teacher:
            self.classroom.check_code(key, address)
        return board_of(self.classroom, is_teacher)

    async def _restart(self, request: Request, _: str) -> object:
        _body(request, _Nothing)
        await self.classroom.restart(_bearer(request))
        return _Nothing()

    async def _look(self, request: Request, _: str) -> object:
        _body(request, _Nothing)
        await self.classroom.look(_bearer(request))
        return _Nothing()

    async def _readmit(self, request: Request, _: str) -> object:
        self.classroom.readmit(self._teachers(request).name)
        return _Nothing()

    async def _remove(self, request: Request, _: str) -> object:
        await self.classroom.remove(self._teachers(request).name)
        return _Nothing()

    def _teachers(self, request: Request) -> Named:
        if not self.classroom.is_teacher(_bearer(request)):
            raise _Refused(403, "Only the teacher can do this.")
        return _body(request, Named)

    # --- HTTP

    async def _answer(self, http: web.BaseRequest) -> web.StreamResponse:
        connection = http.protocol
        assert isinstance(connection, AiohttpConnection)
        try:
            body = await http.read()
            connection.answering()
            request = Request(http.method, http.raw_path, http.headers, body, origin_of(http.transport))
            reply = await self._reply(request, http.remote or "")
        except web.HTTPRequestEntityTooLarge:
            reply = _refusal(413, f"A request has at most {_MOST_BODY} bytes.")
        except web.RequestPayloadError as error:
            return LastResponse(_refusal(400, f"The body cannot be read: {error}"))
        finally:
            connection.answered()
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)

    async def _reply(self, request: Request, address: str) -> Reply:
        path = request.target.partition("?")[0]
        try:
            self._guard.check(request)
            call = self._calls.get((request.method, path))
            if call is None:
                return _files().get(path) or missing()
            return Reply(200, _JSON, dumps(await call(request, address)))
        except Forbidden as error:
            return _refusal(403, str(error))
        except _Refused as error:
            return _refusal(error.status, str(error))
        except BadName as error:
            return _refusal(400, f"Another name, please: {error}.")
        except (DidNotStart, OSError):  # TimeoutError is an OSError
            _log.exception("a learner's server did not start")
            return _refusal(503, "Your server did not start. Try again, or tell your teacher.")
        except tuple(_REFUSALS) as error:
            return _refusal(*_REFUSALS[type(error)])


def _make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_MOST_BODY)


def _body(request: Request, kind: type[B]) -> B:
    try:
        return msgspec.json.decode(request.body or b"{}", type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _Refused(400, str(error)) from None


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _host(request: Request, otherwise: str) -> str:
    """Returns the host by which the client has reached the front, and so reaches the servers."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or otherwise
    return f"[{host}]" if ":" in host else host


def _refusal(status: int, text: str) -> Reply:
    return Reply(status, _JSON, dumps({"error": text}))


@cache
def _files() -> dict[str, Reply]:
    """Returns the files of the page by their paths."""
    return {f"/{name}": as_file(name, text_of(name).encode()) for name in _FILES} | {
        "/": as_file(_START, text_of(_START).encode())
    }
