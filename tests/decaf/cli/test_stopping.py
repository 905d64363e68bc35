"""A signal ends the process in bounded time, whatever it is doing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SIGNALS = pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])

# What runs when the signal arrives: Python that never returns to the event loop, and a thread that never ends.
SPINS = "lambda: (print('runs', flush=True), [0 for _ in iter(int, 1)])"
LOOKS_UP = "lambda: (loop.run_in_executor(None, threading.Event().wait), print('runs', flush=True))"

SERVER = """
import asyncio, threading
from decaf.cli.stopping import end, stop_signal

async def serve():
    loop = asyncio.get_running_loop()
    loop.call_soon({work})
    await stop_signal({patience}).wait()
    end()

asyncio.run(serve())
"""


@contextmanager
def running(work: str, patience: float) -> Iterator[subprocess.Popen[str]]:
    """A process that waits for a signal and is busy with `work`."""
    command = [sys.executable, "-c", SERVER.format(work=work, patience=patience)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "runs\n"
            yield process
        finally:
            process.kill()


@SIGNALS
def test_a_process_that_is_too_busy_to_stop_says_with_what_and_ends(how: signal.Signals) -> None:
    with running(SPINS, patience=0.1) as process:
        process.send_signal(how)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "<listcomp>" in errors or "<lambda>" in errors


@SIGNALS
def test_a_second_signal_ends_even_a_process_that_is_busy(how: signal.Signals) -> None:
    with running(SPINS, patience=600) as process:
        while process.poll() is None:  # a signal that arrives before the first was handled counts as the same
            process.send_signal(how)
    assert process.returncode == -how


@SIGNALS
def test_threads_that_never_end_do_not_keep_the_process(how: signal.Signals) -> None:
    with running(LOOKS_UP, patience=600) as process:
        process.send_signal(how)
        assert process.wait(60) == 0
