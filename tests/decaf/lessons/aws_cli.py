"""The AWS CLI for tests with shell scripts, which call it many times: `aws` is a call of a process that stays."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-legacy" / "bin" / "python"
HERE = Path(__file__).parent


@contextmanager
def aws_cli() -> Iterator[Path]:
    """Yield a folder with the command `aws`, which is the AWS CLI of .venv-legacy."""
    assert PYTHON.exists(), "there is no .venv-legacy: scripts/legacy-venv makes it"
    with TemporaryDirectory(prefix="aws-") as name:  # whose path is short enough for a socket
        folder = Path(name)
        call = (HERE / "aws_cli_call.py").read_text(encoding="utf-8")
        (folder / "aws").write_text(f"#!{sys.executable} -IS\n{call}", encoding="utf-8")
        (folder / "aws").chmod(0o700)
        command = [PYTHON, HERE / "aws_cli_program.py", folder / "socket"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            assert shutil.which("aws", path=name)
            yield folder
            program.terminate()
