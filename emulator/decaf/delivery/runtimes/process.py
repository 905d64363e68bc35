"""Processes that run functions: each leads a group of its own, which ends with it.

Rule: what a function starts and leaves behind is ended too, after a moment in which it may write the rest of a result;
a pipe that it has inherited holds nobody up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process, SubprocessStreamProtocol
from collections.abc import Mapping, Sequence
from typing import IO, cast

from decaf.base.clock import ring_after

_MOMENT = 0.2  # seconds
_LONGEST_LINE = 4_194_304  # bytes: the names of all files of a function's code may be in one


class _Protocol(SubprocessStreamProtocol):
    """Closes the pipes when the process has ended, whoever else has them still."""

    _ended: asyncio.SubprocessTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._ended = cast("asyncio.SubprocessTransport", transport)  # which uvloop's does not inherit from

    def process_exited(self) -> None:
        super().process_exited()
        ring_after(_MOMENT, self._end)

    def _end(self) -> None:
        _kill_group(self._ended.get_pid())
        self._ended.close()


async def start_process(
    command: Sequence[str], folder: str, variables: Mapping[str, str], output: IO[bytes]
) -> Process:
    """Start a program in a folder, with pipes to its standard input and output. Raises OSError.

    What it writes to standard error goes to the file `output`. A key that stops the server does not interrupt it.
    """
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        lambda: _Protocol(_LONGEST_LINE, loop),
        *command,
        cwd=folder,
        env=variables,
        stdin=PIPE,
        stdout=PIPE,
        stderr=output,
        start_new_session=True,
    )
    return Process(transport, protocol, loop)


async def kill(process: Process) -> None:
    """End a process, and those of its group even if it has ended itself, and wait for its end."""
    if not hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    _kill_group(process.pid)
    await process.wait()


def _kill_group(leader: int) -> None:
    with contextlib.suppress(AttributeError, ProcessLookupError, PermissionError):  # not on this system, or all ended
        os.killpg(leader, signal.SIGKILL)
