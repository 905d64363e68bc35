"""The commands of a class, as processes: the room is opened, learners come in, and nothing outlives it."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.testing.control import Control

KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}


class Class:
    """A room that a process holds open."""

    def __init__(self, process: subprocess.Popen[str], temporary: Path) -> None:
        self.process = process
        self._temporary = temporary
        invitation = self._invitation()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/    with the code ([\w-]+)", invitation)
        assert found, invitation
        self.url, self.code = found[1], found[2]

    def _invitation(self) -> str:
        assert self.process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(self.process.stdout.readline())
        return "".join(lines)

    @property
    def has_folder(self) -> bool:
        """Whether there is a folder with what learners have on their servers."""
        return any(self._temporary.glob("decaf-class-*"))

    def join(self, name: str, folder: Path, *words: str) -> Any:
        directory = str(folder / name)
        return CliRunner().invoke(
            main, ["learn", "join", self.url, self.code, "--name", name, "--in", directory, *words]
        )


@contextmanager
def opened(*words: str) -> Iterator[Class]:
    command = [sys.executable, "-m", "decaf", "learn", "--class", "--port", "0", *words]
    with TemporaryDirectory() as folder:  # a room that is killed leaves its folder
        variables = KEPT | {"TMPDIR": folder}
        with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Class(process, Path(folder))
            finally:
                process.terminate()


def _place(folder: Path, name: str) -> dict[str, Any]:
    return tomllib.loads((folder / name / "class.toml").read_text())


def test_a_learner_comes_in_comes_back_and_leaves(tmp_path: Path) -> None:
    with opened() as room:
        came = room.join("Ada", tmp_path)
        assert came.exit_code == 0, came.output
        assert came.output.startswith("Hello, Ada. Your server is http://127.0.0.1:")
        assert came.output.endswith("Next: decaf learn\n")
        place = _place(tmp_path, "Ada")
        assert stat.S_IMODE((tmp_path / "Ada" / "class.toml").stat().st_mode) == 0o600
        assert room.join("Ada", tmp_path).exit_code == 0
        assert _place(tmp_path, "Ada") == place
        again = CliRunner().invoke(main, ["learn", "join", room.url, room.code, "--name", "ada", "--in", str(tmp_path)])
        assert (again.exit_code, again.stderr.startswith("Error: Somebody of that name")) == (1, True)
        with_token = room.join("Ada", tmp_path / "elsewhere", "--token", place["token"])
        assert with_token.exit_code == 0
        assert _place(tmp_path / "elsewhere", "Ada") == place
        other = CliRunner().invoke(
            main, ["learn", "join", room.url, room.code, "--name", "Bo", "--in", str(tmp_path / "Ada")]
        )
        assert (other.exit_code, other.stderr) == (1, "Error: this folder is Ada's: first decaf learn leave\n")
        assert _place(tmp_path, "Ada") == place
    left = CliRunner().invoke(main, ["learn", "leave", "--in", str(tmp_path / "Ada")])
    assert left.exit_code == 0
    assert CliRunner().invoke(main, ["learn", "leave", "--in", str(tmp_path / "Ada")]).exit_code == 1


def test_the_lessons_of_a_learner_are_played_in_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_CONTROL_TOKEN", "")
    monkeypatch.delenv("DECAF_URL", raising=False)
    with opened() as room:
        assert room.join("Ada", tmp_path).exit_code == 0
        checked = CliRunner().invoke(main, ["learn", "check", "2", "--in", str(tmp_path / "Ada")])
        assert checked.exit_code == 1
        assert "No program has called" in checked.output
        assert os.environ["DECAF_CONTROL_TOKEN"] == _place(tmp_path, "Ada")["token"]
    checked = CliRunner().invoke(main, ["learn", "check", "2", "--in", str(tmp_path / "Ada")])
    assert checked.exit_code == 3
    assert checked.stderr.endswith("to go on without the room: decaf learn leave\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_the_room_ends_its_servers_end_too(tmp_path: Path, how: signal.Signals) -> None:
    with opened() as room:
        for name in ("Ada", "Grace"):
            assert room.join(name, tmp_path).exit_code == 0
        urls = [_place(tmp_path, name)["url"] for name in ("Ada", "Grace")]
        assert all(Control(url).answers() for url in urls)
        assert room.has_folder
        room.process.send_signal(how)
        assert room.process.wait(60) == (-how if how == signal.SIGKILL else 0)
        for url in urls:
            while Control(url).answers():
                pass
        assert room.has_folder == (how == signal.SIGKILL)  # docs/classroom.md says so


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with opened() as room:
        port = room.url.rpartition(":")[2]
        command = [sys.executable, "-m", "decaf", "learn", "class", "--port", port]
        refused = subprocess.run(command, env=KEPT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert refused.stderr == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_where_no_room_is_it_says_so(tmp_path: Path) -> None:
    words = ["learn", "join", "127.0.0.1:9", "ABCD-EFGH", "--name", "Ada", "--in", str(tmp_path)]
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == 1
    assert refused.stderr == "Error: no room answers at http://127.0.0.1:9: Connection refused\n"
