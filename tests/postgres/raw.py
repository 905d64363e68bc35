"""A client of PostgreSQL's protocol that stops where no library does: after a statement, before the end of its message.

Source: the PostgreSQL documentation, "Frontend/Backend Protocol", "Message Formats".
"""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

_VERSION = 3 << 16


class RawClient:
    """A connection with that application_name."""

    def __init__(self, url: str, application: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((str(parts.hostname), parts.port))
        self._received = b""
        facts = ("user", parts.username, "database", parts.path[1:], "application_name", application, "")
        body = struct.pack("!i", _VERSION) + b"".join(f"{fact}\0".encode() for fact in facts)
        self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self._wait_for(b"Z")  # ready for a query

    def execute_without_end(self, statement: str) -> None:
        """Let a statement be done, without the Sync that would commit it."""
        parse = _message(b"P", b"\0" + statement.encode() + b"\0" + struct.pack("!h", 0))
        bind = _message(b"B", b"\0\0" + struct.pack("!hhh", 0, 0, 0))
        execute = _message(b"E", b"\0" + struct.pack("!i", 0))
        self._socket.sendall(parse + bind + execute + _message(b"H", b""))
        self._wait_for(b"C")  # complete

    def is_ended(self) -> bool:
        """Returns whether the server ends the connection, which it does after an error at most."""
        while data := self._socket.recv(65_536):
            self._received += data
        return True

    def close(self) -> None:
        self._socket.close()

    def _wait_for(self, kind: bytes) -> None:
        while True:
            while len(self._received) < 5:
                self._receive()
            found, length = self._received[:1], struct.unpack("!i", self._received[1:5])[0]
            while len(self._received) < length + 1:
                self._receive()
            self._received = self._received[length + 1 :]
            if found == kind:
                return
            assert found != b"E", "the server reports an error"

    def _receive(self) -> None:
        data = self._socket.recv(65_536)
        assert data, "the server has ended the connection"
        self._received += data


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
