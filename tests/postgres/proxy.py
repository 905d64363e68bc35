"""What stands between a client and PostgreSQL, and cuts a connection, or lets it hang, at a chosen moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Cut = Literal["request", "answer", "half"]


@dataclass(slots=True)
class _Way:
    """A connection, and what is to become of the next answer on it."""

    cut: Cut | None = None
    hangs: bool = False  # nothing passes any more


class Proxy:
    """Passes on all bytes. After `cut("request")` the next request ends its connection and does not reach the
    database; after `cut("answer")` it reaches the database, and its answer ends the connection. After `cut("half")`
    half of its answer passes, and then nothing more, while the connection stays open.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._behind = (str(parts.hostname), parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = parts._replace(netloc=f"{parts.username}@127.0.0.1:{self._listener.getsockname()[1]}").geturl()
        self._cut: Cut | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, what: Cut) -> None:
        self._cut = what

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._behind)
                for side in (client, server):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                way = _Way()
                for source, target, is_request in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass_on, args=(source, target, is_request, way), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_request: bool, way: _Way) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if is_request and self._cut is not None:
                    self._cut, way.cut = None, self._cut
                    self.cuts += 1
                    if way.cut == "request":
                        break
                elif not is_request and way.cut == "answer":
                    break
                elif not is_request and way.cut == "half" and not way.hangs:
                    target.sendall(data[: len(data) // 2])
                    way.hangs = True
                if not way.hangs:
                    target.sendall(data)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
