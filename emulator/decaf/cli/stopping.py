"""How a signal stops the server: the first one asks it to finish its work, and a second one ends the process.

Rule: the event loop may be busy, so a signal is handled between two steps of Python as well. Whatever keeps the process
from ending in time, a watchdog that needs neither the loop nor the interpreter ends it.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from typing import Any, NoReturn

_READ = 4_096  # bytes
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_signal(patience: float) -> asyncio.Event:
    """Returns an event that SIGINT or SIGTERM sets. From that moment on the process has `patience` seconds: if it still
    runs then, what it is doing is written to standard error, and it ends with the exit status 1.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end_in_time(*_: Any) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)  # a second signal ends the process at once
        faulthandler.dump_traceback_later(patience, exit=True)

    for number in _SIGNALS:
        loop.add_signal_handler(number, stopped.set)
        signal.signal(number, end_in_time)  # it replaces only what Python itself does
    return stopped


def stop_when_input_ends() -> None:
    """Send this process SIGTERM when its standard input ends."""

    def read() -> None:
        while os.read(sys.stdin.fileno(), _READ):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=read, daemon=True).start()


def end() -> NoReturn:
    """End the process with status 0 when all is written and closed.

    It does not wait for threads, as of host names that are looked up, and does not free memory piece by piece.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
