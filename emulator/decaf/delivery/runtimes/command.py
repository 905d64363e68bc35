"""Functions that are commands, in any language: the event on standard input, the result on standard output.

Rule: each invocation is a process of its own. An exit code other than 0 is an error: the document of the error is what
the command wrote, if that is one. What it writes to standard error is the function's log. The facts of the invocation
are in variables, named as the headers of Lambda's runtime API.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from typing import IO

from decaf.base.clock import real_time
from decaf.delivery.runtimes.environments import Asked, bounded, how_it_ended, read_output
from decaf.delivery.runtimes.error_document import is_error
from decaf.delivery.runtimes.process import kill, start_process
from decaf.delivery.runtimes.python_runtime import TRACE_VARIABLE
from decaf.delivery.runtimes.ran import MOST_PAYLOAD, Ended, Ran
from decaf.functions.function import Function

_PART = 65_536  # bytes that are read at once


async def run(function: Function, variables: Mapping[str, str], asked: Asked, payload: bytes, output: IO[bytes]) -> Ran:
    """Run the command of a function once; it is killed when this is cancelled. What it logs goes to the file `output`.

    Raises Ended, and OSError.
    """
    process = await start_process(function.command, function.path, {**variables, **_facts(asked)}, output)
    try:
        assert process.stdin is not None
        feeding = asyncio.ensure_future(_feed(process.stdin, payload))
        try:
            with bounded(output):
                result = await _read(process)
        finally:
            feeding.cancel()  # a command need not read the event, nor all of it
    finally:
        await kill(process)
    written = read_output(output)
    if len(result) > MOST_PAYLOAD:
        return Ran(result, output=written)
    code = process.returncode or 0
    if code and not is_error(result):
        raise Ended(how_it_ended(code), written)
    return Ran(result.rstrip(b"\r\n") or b"null", failed=bool(code), output=written)


async def _feed(pipe: asyncio.StreamWriter, payload: bytes) -> None:
    """Write the event and close the pipe. A command need not read it, and may end before."""
    with suppress(OSError, RuntimeError):  # RuntimeError: the pipe is closed already
        pipe.write(payload)
        await pipe.drain()
    pipe.close()


async def _read(process: Process) -> bytes:
    """Returns the whole result, after the end of the process; or as much as shows that it is too long."""
    assert process.stdout is not None
    result = bytearray()
    while part := await process.stdout.read(_PART):
        result += part
        if len(result) > MOST_PAYLOAD:
            return bytes(result)
    await process.wait()
    return bytes(result)


def _facts(asked: Asked) -> dict[str, str]:
    facts = {
        "LAMBDA_RUNTIME_AWS_REQUEST_ID": asked.request_id,
        "LAMBDA_RUNTIME_DEADLINE_MS": str(int((real_time() + asked.seconds) * 1_000)),
        "LAMBDA_RUNTIME_INVOKED_FUNCTION_ARN": asked.arn,
    }
    if asked.trace_header is not None:
        facts[TRACE_VARIABLE] = asked.trace_header
    if asked.client_context is not None:
        facts["LAMBDA_RUNTIME_CLIENT_CONTEXT"] = asked.client_context
    return facts
