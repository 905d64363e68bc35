"""A shell that runs what a page shows, as one pastes it: in a folder that is its home, with a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def blocks(page: str, language: str = "sh") -> list[str]:
    """Returns the fenced blocks of a page's text."""
    return [part.partition("\n```")[0] for part in page.split(f"```{language}\n")[1:]]


def pasted(script: str, folder: Path, *, beside_a_server: bool = False) -> str:
    """Returns what a script prints. It fails where a command of it does; `decaf` is that of the tests' Python."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, module in (("decaf", "decaf"), ("pytest", "pytest -p decaf.testing.plugin")):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_", "XDG_"))}
    own = {"HOME": str(folder), "PATH": f"{programs}:{kept['PATH']}", "DECAF_PORT": port, "PYTHONPATH": str(ROOT)}
    shell = ["sh", "-euc", script]
    done = subprocess.run(
        [str(programs / "decaf"), "run", "--", *shell] if beside_a_server else shell,
        cwd=folder,
        env=kept | own | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout.replace(f":{port}/", ":4566/")
