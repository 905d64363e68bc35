"""A server of one run alone, with a data directory: when it is killed and starts again, its messages are there."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from decaf.background import READY, DidNotStart

_TO_END = 5.0  # seconds that it has to finish its work


class DurableServer:
    """A server in a process of its own, at `url`, from entering to leaving. Entering raises DidNotStart or OSError."""

    def __init__(self) -> None:
        self.url = ""
        self._directory = TemporaryDirectory(prefix="decaf-lesson-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> DurableServer:
        try:
            self._launch("0")
            import boto3  # noqa: F401  # which the lesson needs, and which takes as long as the server to start

            self._wait_until_ready()
        except BaseException:
            self._kill()
            self._directory.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TO_END)
            self._kill()
        self._directory.cleanup()

    def restart(self) -> None:
        """Kill it as by a power failure, and start it again on the same port. Raises DidNotStart or OSError."""
        self._kill()
        self._launch(self.url.rpartition(":")[2])
        self._wait_until_ready()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process = None

    def _launch(self, port: str) -> None:
        directory = Path(self._directory.name)
        words = ["--port", port, "--data-dir", str(directory / "data"), "--config", os.devnull, "--until-input-ends"]
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "decaf", "serve", *words],
                stdin=subprocess.PIPE,  # which ends with this process, however that ends
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C is for the lesson
            )

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as output:
            line = output.readline()
        if READY not in line:
            text = (Path(self._directory.name) / "log").read_text(encoding="utf-8", errors="replace")
            raise DidNotStart(text, self._process.wait())
        self.url = line.strip().rpartition(READY)[2]
