"""The floors to compare with: servers that answer every request as a SendMessage.

One is aiohttp's, which reads the body and sends one prepared response; with --static a bare protocol does the same, the
least that any server could cost. With --least a connection of aiohttp's reads the body's JSON, works out the digest,
makes an id for the message and stores it, and does nothing else: the least that a queue could cost in Python.
Run as a process of its own; like Decaf it uses uvloop where it is installed, and writes no access log.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
import uuid
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import cast

import msgspec
from aiohttp import web

from .recorded import BODY_MD5

_ANSWER = f'{{"MessageId":"5fea7756-0ea4-451a-a703-a558b933e274","MD5OfMessageBody":"{BODY_MD5}"}}'.encode()
_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "x-amzn-RequestId": "b5293cb5-d306-4a17-9048-b263635abe42",
}


async def _answer(request: web.BaseRequest) -> web.Response:
    await request.read()
    return web.Response(body=_ANSWER, headers=_HEADERS)


class _Static(asyncio.Protocol):
    """Reads a whole request, and answers with the same bytes each time."""

    _LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
    _REPLY = (
        "HTTP/1.1 200 OK\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())
        + f"Content-Length: {len(_ANSWER)}\r\n\r\n"
    ).encode() + _ANSWER

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        length = self._LENGTH.search(self._received, 0, end + 2)
        if end < 0 or length is None or len(self._received) < end + 4 + int(length[1]):
            return
        self._received = b""
        self._transport.write(self._REPLY)


class _Least(web.RequestHandler):
    """Answers a request that came in one piece: computes the digest and the id, and stores the message."""

    _HEAD = "HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())

    __slots__ = ("_queue",)

    def __init__(self, server: web.Server, queue: deque[tuple[str, str, str]]) -> None:
        super().__init__(server, loop=asyncio.get_running_loop())
        self._queue = queue

    def data_received(self, data: bytes) -> None:
        transport = self.transport
        if transport is None:
            return
        body = msgspec.json.decode(data[data.index(b"\r\n\r\n") + 4 :])["MessageBody"]
        digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        message_id = str(uuid.uuid4())
        self._queue.append((message_id, body, digest))
        answer = msgspec.json.encode({"MessageId": message_id, "MD5OfMessageBody": digest})
        transport.write(f"{self._HEAD}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)


def _protocol(arguments: list[str]) -> Callable[[], asyncio.BaseProtocol]:
    if "--static" in arguments:
        return _Static
    server = web.Server(_answer, access_log=None)
    return partial(_Least, server, deque()) if "--least" in arguments else server


async def _serve(arguments: list[str]) -> None:
    listener = await asyncio.get_running_loop().create_server(_protocol(arguments), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    await listener.serve_forever()


def main() -> None:
    serving = _serve(sys.argv)
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serving)


if __name__ == "__main__":
    main()
