"""One of the learner's programs while it runs: a process with all that it starts, and what it prints."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

_KEPT = 12  # lines of what it printed last
_TO_END = 2.0  # seconds that a program has to end when it is asked to

Print = Callable[[str, str], None]  # with the program's name, and a line that it printed


class CannotStart(Exception):
    """A program cannot be started; the text says why."""


class LearnersProgram:
    """A program that was started. `name` is what its calls are known by; `show` is called with each line it prints."""

    def __init__(
        self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str], show: Print
    ) -> None:
        self.name = name
        self.was_ended = False  # by us
        self.last_lines: deque[str] = deque(maxlen=_KEPT)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # so that it ends with all that it has started
            )
        except OSError as error:
            raise CannotStart(f"{command[0]}: {error.strerror}") from error
        self._reader = Thread(target=self._read, args=(show,), daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def has_failed(self) -> bool:
        """Whether it has ended with an error of its own."""
        return not self.was_ended and self._process.poll() not in (None, 0)

    def wait(self, seconds: float) -> bool:
        """Returns whether it has ended by itself, after at most so many seconds."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._close()
        return True

    def kill(self) -> None:
        """End it at once, with all that it has started."""
        self._end(signal.SIGKILL)

    def end(self) -> None:
        """Let it end, and kill it when it does not."""
        if self.is_running:
            self._end(signal.SIGTERM)
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.is_running:
            self.was_ended = True
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        try:
            self._process.wait(_TO_END)
        except subprocess.TimeoutExpired:
            return
        if number == signal.SIGKILL:
            self._close()

    def _read(self, show: Print) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self.last_lines.append(line.rstrip("\n"))
                show(self.name, line.rstrip("\n"))

    def _close(self) -> None:
        self._reader.join(_TO_END)
