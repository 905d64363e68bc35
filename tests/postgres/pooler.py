"""What stands before PostgreSQL as a pooler does: it does not take all settings with which a client starts a session.

Source: the PostgreSQL documentation, "Message Formats"; PgBouncer's, "ignore_startup_parameters".
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_TAKEN = (b"user", b"database", b"application_name", b"client_encoding")


@asynccontextmanager
async def pooler(url: str, refuses: bool) -> AsyncIterator[str]:
    """The URL of a database by way of a pooler, which `refuses` other settings, or ignores them."""
    parts = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = await _message(reader)
        facts = start[4:].split(b"\0")
        taken = [
            name + b"\0" + value + b"\0" for name, value in zip(facts[::2], facts[1::2], strict=False) if name in _TAKEN
        ]
        if refuses:
            error = b"SFATAL\0C08P01\0Munsupported startup parameter: search_path\0\0"
            writer.write(b"E" + struct.pack("!i", len(error) + 4) + error)
        else:
            server_reader, server_writer = await asyncio.open_connection(parts.hostname, parts.port)
            body = start[:4] + b"".join(taken) + b"\0"
            server_writer.write(struct.pack("!i", len(body) + 4) + body)
            await asyncio.gather(_pass_on(reader, server_writer), _pass_on(server_reader, writer))
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}", query="sslmode=disable").geturl()
    finally:
        listener.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    return await reader.readexactly(length - 4)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()
