"""A run ends with all that it has started, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from decaf.learn.folder import Folder
from decaf.learn.run import run
from decaf.lessons.catalog import find
from decaf.testing import Decaf

BARISTA = """\
import os
from pathlib import Path
Path("barista.pid").write_text(str(os.getpid()))
print("ready", flush=True)
os.read(os.open("never", os.O_RDONLY), 1)  # a named pipe, into which nobody writes
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path, find(2))
    folder.make("python")
    (tmp_path / "barista.py").write_text(BARISTA, encoding="utf-8")
    os.mkfifo(tmp_path / "never")
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_learners_programs_too(number: int, folder: Folder) -> None:
    program = (
        "from pathlib import Path\n"
        "from decaf.learn.folder import Folder\n"
        "from decaf.learn.run import run\n"
        "from decaf.lessons.catalog import find\n"
        f"run({{url!r}}, Folder(Path({str(folder.path)!r}), find(2)), print, lambda *line: print(*line, flush=True))\n"
    )
    with Decaf() as decaf:
        command = [sys.executable, "-c", program.format(url=decaf.url)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            assert any("barista ready" in line for line in process.stdout)
            process.send_signal(number)
            process.stdout.read()  # ends when nobody has it open any more, the barista neither
            assert process.wait() != 0
    barista = int((folder.path / "barista.pid").read_text(encoding="utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(barista, 0)


def test_a_clock_that_stands_still_is_let_run(folder: Folder) -> None:
    (folder.path / "barista.py").write_text("", encoding="utf-8")
    with Decaf() as decaf:
        decaf.control.freeze()
        run(decaf.url, folder, print, print)
        assert not decaf.control.clock().frozen
