"""What stands between a client and PostgreSQL, and cuts a connection at a chosen moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

Cut = Literal["request", "answer"]


class Proxy:
    """Passes on all bytes. After `cut("request")` the next request ends its connection and does not reach the
    database; after `cut("answer")` it reaches the database, and its answer ends the connection.
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
                doomed = threading.Event()
                for source, target, is_request in ((client, server, True), (server, client, False)):
                    threading.Thread(
                        target=self._pass_on, args=(source, target, is_request, doomed), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_request: bool, doomed: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if is_request and self._cut is not None:
                    self._cut, what = None, self._cut
                    self.cuts += 1
                    if what == "request":
                        break
                    doomed.set()
                elif not is_request and doomed.is_set():
                    break
                target.sendall(data)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
