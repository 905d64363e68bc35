"""An HTTP endpoint on loopback for tests: it answers as it is told to, and remembers what it was sent."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from types import TracebackType
from typing import Any

HANG = "hang"  # say nothing until the endpoint is closed
PATIENCE = 30.0  # seconds
CUT = "cut"  # close the connection without an answer

Answer = int | str


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: Message
    body: str

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def kind(self) -> str | None:
        return self.headers["x-amz-sns-message-type"]


class Endpoint:
    """Answers each request with the next of the `answers` given (an HTTP status, HANG or CUT), then with 200.

    `body` is that of each answer.
    """

    def __init__(self, *answers: Answer, location: str = "", body: str = "ok", tls: SSLContext | None = None) -> None:
        self.answers = deque(answers)
        self.body = body.encode()
        self.location = location
        self.received: list[Received] = []
        self.let_go = threading.Event()
        self._came = threading.Condition()
        self._server = _Server(self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "http" if tls is None else "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/"

    def of(self, kind: str = "Notification") -> list[Received]:
        """What was received of one x-amz-sns-message-type."""
        return [received for received in self.received if received.kind == kind]

    def note(self, received: Received) -> None:
        with self._came:
            self.received.append(received)
            self._came.notify_all()

    def wait_for(self, number: int) -> None:
        """Return once so many requests have come."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.received) >= number, PATIENCE)

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is nothing to print."""


class _Connection(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = endpoint.answers.popleft() if endpoint.answers else 200
        endpoint.note(Received(self.command, self.path, self.headers, body))
        if answer == HANG:
            endpoint.let_go.wait(30)
            answer = CUT
        if answer == CUT:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        self.send_response(int(answer))
        if endpoint.location:
            self.send_header("Location", endpoint.location)
        text = b"" if answer == 204 else endpoint.body
        if text:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it so
        """Tests are quiet."""
