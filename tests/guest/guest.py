"""A project of somebody else's, in whose environment Decaf is a guest."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_OURS = ("AWS_", "COV_", "DECAF_", "PYTEST_", "PYTHON")  # variables of this run that the guest must not see


@dataclass(frozen=True, slots=True)
class Guest:
    """The environment's Python, the folder of its project, and the names that the wheel added to site-packages."""

    python: Path
    project: Path
    added: frozenset[str]

    def run(self, *arguments: str | Path) -> str:
        """Run the environment's Python in the project's folder. Returns what it printed; it must end with 0."""
        code, printed = self.run_in(self.project, *arguments)
        assert code == 0, printed
        return printed

    def run_in(self, folder: Path, *arguments: str | Path, **variables: str) -> tuple[int, str]:
        """Run the environment's Python in a folder. Returns its exit code and what it printed, errors last."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | variables
        environment["PATH"] = f"{self.python.parent}{os.pathsep}{environment['PATH']}"
        command = [self.python, "-B", *arguments]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stdout + done.stderr

    def pytest_command(self) -> Path:
        """The script that is started by the command `pytest`: it has its own folder on the path, not the project's."""
        return Path(sys.executable).parent / "pytest"

    def modules(self, *options: str) -> set[str]:
        """The modules in a process that has run the project's own tests, which use none of Decaf's fixtures."""
        printed = self.run(
            "-c",
            "import pytest, sys\n"
            f"assert pytest.main(['-q', 'tests/test_own_modules.py', *{options!r}]) == 0\n"
            "print('MODULES', *sys.modules)",
        )
        return set(printed.partition("MODULES ")[2].split())
