"""A server in a process of its own, with a data directory, that can be killed and started again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from decaf.testing import Decaf
from decaf.testing.control import Control

ROOT = Path(__file__).parent.parent.parent
SOURCES = os.pathsep.join(map(str, (ROOT, ROOT / "emulator", ROOT / "protocol")))  # not those of another checkout
_URL = re.compile(r"http://127\.0\.0\.1:(\d+)")


def decaf(
    *words: str,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    log: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """`decaf` with those words, in a process of its own; `before` is what comes before it in the command.

    What it logs goes to `log`.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    return subprocess.Popen(
        [*before, sys.executable, "-m", "decaf", *words],
        env=kept | {"PYTHONPATH": SOURCES} | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


class Process:
    """A running server. `port` stays the same from one start to the next; `log` is what it said until it ended.

    A server that logs much, more than a pipe holds until somebody reads it, needs a `log_file`.
    """

    def __init__(
        self,
        directory: Path,
        *flags: str,
        environment: Mapping[str, str] | None = None,
        log_file: Path | None = None,
    ) -> None:
        self.directory = directory
        self._log_file = log_file
        self._flags = flags
        self._environment = environment
        self.port = 0
        self.log = ""
        self.start()

    def start(self) -> None:
        words = ("serve", "--port", str(self.port), "--data-dir", str(self.directory), *self._flags)
        if self._log_file is None:
            self._process = decaf(*words, environment=self._environment)
        else:
            with self._log_file.open("ab") as log:
                self._process = decaf(*words, environment=self._environment, log=log)
        assert self._process.stdout is not None
        found = _URL.search(self._process.stdout.readline())
        assert found, self._end()
        self.port = int(found[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would, from the process's side."""
        self._process.kill()
        self._end()

    def stop(self) -> int:
        """End it gently; the exit status."""
        self._process.send_signal(signal.SIGTERM)
        self._end()
        return self._process.returncode

    def restart(self) -> None:
        self.stop()
        self.start()

    def wait(self) -> None:
        """Until it has ended by itself."""
        self._end()

    def wait_for(self, text: str) -> None:
        """Until it says `text`."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log += line
            if text in line:
                return
        raise AssertionError(f"it ended, and said {self.log}")

    def client(self, service: str) -> Any:
        """A boto3 client, which does not retry."""
        return Decaf.attach(self.url).client(service)

    @property
    def control(self) -> Control:
        return Control(self.url)

    def _end(self) -> str:
        _, said = self._process.communicate(timeout=60)
        if self._log_file is not None:
            said = self._log_file.read_text(errors="replace")[len(self.log) :]
        self.log += said
        return said

    def __enter__(self) -> Process:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.returncode is None:
            self.kill()
