"""Setting up: what it installs unasked, and what it says where it cannot."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LEAVES = ("hatch_build.py", "emulator/decaf/http/_head.c", "protocol/decaf_protocol/_query.c")
TOOLS = ("sh", "cat", "cksum", "dirname", "grep")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that is not set up yet."""
    folder = tmp_path / "decaf"
    for name in ("scripts/setup", "pyproject.toml", "constraints.txt", "README.md", *LEAVES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    """The programs of a Debian without Python, whose apt-get notes what it is called with, for root."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (programs / tool).symlink_to(found)
    for name, script in (("id", "echo 0"), ("apt-get", f'echo "$@" >>{tmp_path}/installed')):
        (programs / name).write_text(f"#!{programs}/sh\n{script}\n")
        (programs / name).chmod(0o755)
    return programs


def installed(checkout: Path) -> str:
    noted = checkout.parent / "installed"
    return noted.read_text() if noted.exists() else ""


def setup(checkout: Path, *words: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / "setup", *words],
        env={"PATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def asked(checkout: Path, answer: str, path: Path) -> str:
    """What scripts/setup writes to a terminal where a person answers it."""
    main, terminal = pty.openpty()
    command = [checkout / "scripts" / "setup"]
    with subprocess.Popen(command, env={"PATH": str(path)}, stdin=terminal, stdout=terminal, stderr=terminal):
        os.close(terminal)
        os.write(main, f"{answer}\n".encode())
        shown = b""
        try:
            while some := os.read(main, 65_536):
                shown += some
        except OSError:  # the terminal has gone
            pass
    os.close(main)
    return shown.decode()


def test_to_run_no_package_is_installed_unasked(checkout: Path, debian: Path) -> None:
    done = setup(checkout, path=debian)
    assert done.returncode == 1
    assert "On Debian or Ubuntu: apt-get install python3-venv." in done.stderr
    assert installed(checkout) == ""


def test_at_a_terminal_it_asks(checkout: Path, debian: Path) -> None:
    assert "Install Debian's python3-venv? [y/N]" in asked(checkout, "n", debian)
    assert installed(checkout) == ""
    asked(checkout, "y", debian)
    assert "install -y -qq python3-venv" in installed(checkout)


def test_for_tests_packages_are_installed(checkout: Path, debian: Path) -> None:
    setup(checkout, "dev", path=debian)
    assert "install -y -qq python3-venv" in installed(checkout)


def test_without_a_network_it_is_one_clear_sentence(checkout: Path) -> None:
    done = subprocess.run(
        [checkout / "scripts" / "setup"],
        env={**os.environ, "PYTHON": sys.executable, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "The package index cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 4
    assert "from versions: none" in (checkout / ".venv" / "pip.log").read_text()
