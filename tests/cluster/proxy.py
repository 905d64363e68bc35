"""A proxy between a node and its database, or between two nodes, that cuts, delays and swallows on command."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

_COMMIT = b"commit_batches("  # in the statement that a node's connection for commits prepares


@dataclass(slots=True, eq=False)
class _Pair:
    """A client's connection and the one that was made for it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    commits: bool = False  # it has prepared a commit
    is_cut: bool = False
    hangs: bool = False  # nothing passes any more, and it stays open

    def cut(self) -> None:
        self.is_cut = True
        for writer in (self.client, self.server):
            with suppress(RuntimeError):  # of a loop that is closed
                writer.transport.abort()


@dataclass(slots=True)
class Proxy:
    """Passes connections on to `host` and `port`.

    While it `refuses`, new connections are closed at once; while it is `half_open`, nothing that comes is passed on,
    on new connections and old ones, and none is closed. `delay` is in seconds, for each piece in each direction.
    """

    host: str
    port: int
    refuses: bool = False
    delay: float = 0.0
    commits_cut: int = 0  # answers to commits that were swallowed
    _cuts_commits: int = 0
    _hangs_at: bytes = b""
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _pairs: set[_Pair] = field(default_factory=set)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)
    _listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on 127.0.0.1 and any free port."""
        self._open.set()
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    @property
    def listens_on(self) -> int:
        assert self._listener is not None
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def half_open(self) -> bool:
        return not self._open.is_set()

    @half_open.setter
    def half_open(self, half_open: bool) -> None:
        if half_open:
            self._open.clear()
        else:
            self._open.set()

    def cut(self) -> None:
        """Reset all connections."""
        for pair in tuple(self._pairs):
            pair.cut()

    def cut_next_commit(self, times: int = 1) -> None:
        """Pass the next commit on to the database, and reset its connection instead of its answer."""
        self._cuts_commits += times

    def hang_at(self, mark: bytes) -> None:
        """Let the connection hang on which a client sends a piece with this mark: the piece and the first bytes that
        come back pass, then nothing, and it stays open."""
        self._hangs_at = mark

    async def stop(self) -> None:
        assert self._listener is not None
        self._listener.close()
        self.half_open = False
        self.cut()
        await asyncio.gather(*self._serving)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            await self._open.wait()
            other_reader, other_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, other_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._pass_on(pair, reader, other_writer, from_client=True),
                self._pass_on(pair, other_reader, writer, from_client=False),
            )
        finally:
            self._pairs.discard(pair)
            pair.cut()

    async def _pass_on(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_client: bool
    ) -> None:
        awaits_commit = hangs = False
        with suppress(OSError):
            while piece := await reader.read(65_536):
                if pair.hangs:
                    if from_client or hangs:
                        continue
                    piece, hangs = piece[:5], True
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                if from_client:
                    awaits_commit = self._is_to_be_cut(pair, piece)
                    if self._hangs_at and self._hangs_at in piece:
                        self._hangs_at, pair.hangs = b"", True
                writer.write(piece)
                await writer.drain()
                if awaits_commit:
                    await self._swallow(pair)
                    return
        if not pair.is_cut and writer.can_write_eof():
            with suppress(OSError, RuntimeError):
                writer.write_eof()

    def _is_to_be_cut(self, pair: _Pair, piece: bytes) -> bool:
        """Returns whether the answer to what the client sends is to be swallowed."""
        prepares = _COMMIT in piece
        pair.commits = pair.commits or prepares
        if not pair.commits or prepares or self._cuts_commits == 0:
            return False
        self._cuts_commits -= 1
        self.commits_cut += 1
        return True

    async def _swallow(self, pair: _Pair) -> None:
        """Let the database read what was sent, and reset the client's connection alone before it reads the answer."""
        pair.is_cut = True
        pair.client.transport.abort()
        await asyncio.sleep(0.2)  # the database answers within this time, and may find that nobody reads
        pair.cut()
