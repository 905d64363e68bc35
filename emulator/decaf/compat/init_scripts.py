"""LocalStack's init hooks: scripts that run when the server boots, starts, is ready and shuts down.

Rule: scripts run only from a directory that was named, each in a process of its own, one after the other; one that
fails stops neither the next one nor the server.
Source: LocalStack's documentation, "Initialization Hooks".
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal["BOOT", "START", "READY", "SHUTDOWN"]
State = Literal["UNKNOWN", "RUNNING", "SUCCESSFUL", "ERROR"]

STAGES: tuple[Stage, ...] = ("BOOT", "START", "READY", "SHUTDOWN")

_log = logging.getLogger("decaf")


@dataclass(slots=True)
class Script:
    """One script. It is UNKNOWN until it runs."""

    path: Path
    stage: Stage
    state: State = "UNKNOWN"


class InitScripts:
    """The scripts in `boot.d`, `start.d`, `ready.d` and `shutdown.d` of a directory, or none without a directory.

    `completed` has the stages whose scripts have all run.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.completed: set[Stage] = set()
        self._scripts = [] if directory is None else [script for stage in STAGES for script in _found(directory, stage)]

    def of(self, stage: Stage) -> list[Script]:
        """Returns the scripts of a stage, in the order in which they run."""
        return [script for script in self._scripts if script.stage == stage]

    async def run(self, stage: Stage, environment: Mapping[str, str]) -> None:
        """Run the scripts of a stage with these variables. When cancelled, the running one is ended."""
        for script in self.of(stage):
            script.state = "RUNNING"
            script.state = "ERROR" if await _failed(script.path, environment) else "SUCCESSFUL"
        self.completed.add(stage)


def _found(directory: Path, stage: Stage) -> Iterator[Script]:
    """Yields the scripts of a stage by name; those of a directory before those of the directories in it."""
    for folder, folders, files in os.walk(directory / f"{stage.lower()}.d"):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".sh", ".py")):
                yield Script(Path(folder, name), stage)


async def _failed(script: Path, environment: Mapping[str, str]) -> bool:
    """Run one script. Returns whether it could not be started, or ended with an error, and logs that."""
    _log.info("running %s", script)
    command = [sys.executable, script] if script.suffix == ".py" else [script.absolute()]
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env=dict(environment), stdin=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        _log.error("%s cannot run: %s%s", script, error.strerror, _advice(error))
        return True
    try:
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if status:
        _log.error("%s ended with status %d", script, status)
    return status != 0


def _advice(error: OSError) -> str:
    match error:
        case PermissionError():
            return " (a shell script has to be executable: chmod +x)"
        case FileNotFoundError():
            return " (the program that its first line names is not there)"
        case _:
            return " (a shell script begins with a line like #!/bin/sh)"
