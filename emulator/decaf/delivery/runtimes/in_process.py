"""Functions that are plain callables of the server's own process: for tests, which have the server in theirs.

Rule: each invocation runs in a thread of its own, so that it may call Decaf and wait; a coroutine function runs in an
event loop of its own there. A thread cannot be ended: after a timeout its result is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from decaf.delivery.runtimes.environments import Asked
from decaf.delivery.runtimes.python_runtime import Context, error_document, to_json
from decaf.delivery.runtimes.ran import Ran
from decaf.functions.function import Function


async def run(function: Function, variables: Mapping[str, str], asked: Asked, payload: bytes) -> Ran:
    """Call the callable of a function with an event and a context."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Ran] = loop.create_future()

    def work() -> None:
        ran = _call(function, variables, asked, payload)
        with contextlib.suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(finish, ran)

    def finish(ran: Ran) -> None:
        if not done.done():  # it is when the function took too long
            done.set_result(ran)

    threading.Thread(target=work, name=f"decaf-{function.short_name}", daemon=True).start()
    return await done


def _call(function: Function, variables: Mapping[str, str], asked: Asked, payload: bytes) -> Ran:
    assert function.in_process is not None
    try:
        result: Any = function.in_process(json.loads(payload), Context(msgspec.structs.asdict(asked), variables))
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
        return Ran(to_json(result))
    except BaseException as error:  # also of pytest.fail, and SystemExit: the thread must not end without a result
        inner = error.__traceback__ and error.__traceback__.tb_next  # without this function
        document = error_document(error.with_traceback(inner), asked.request_id)
        return Ran(json.dumps(document).encode(), failed=True)
