"""Init hooks: which files are scripts, in which order they run, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from decaf.compat.init_scripts import InitScripts, Stage

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an executable script, by its path below the directory of hooks."""

    def _write(name: str, text: str, mode: int = 0o755) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    return _write


def ran(directory: Path, stage: Stage = "READY") -> list[tuple[str, str]]:
    """Runs a stage. Returns the names and states of its scripts."""
    scripts = InitScripts(directory)
    asyncio.run(scripts.run(stage, {**os.environ, "OUT": str(directory / "out")}))
    assert scripts.completed == {stage}
    return [(script.path.name, script.state) for script in scripts.of(stage)]


def test_scripts_run_by_name_and_those_of_directories_below_come_last(tmp_path: Path, write: Write) -> None:
    for name in ("z.sh", "a/y.sh", "b/c/w.sh", "b/x.sh", "10.py"):
        line = f"import os; print({name!r}, file=open(os.environ['OUT'], 'a'))"
        write(f"ready.d/{name}", line if name.endswith(".py") else f'#!/bin/sh\necho {name} >> "$OUT"\n')
    assert [state for _, state in ran(tmp_path)] == ["SUCCESSFUL"] * 5
    assert (tmp_path / "out").read_text().split() == ["10.py", "z.sh", "a/y.sh", "b/x.sh", "b/c/w.sh"]


def test_only_the_scripts_of_the_stage_run(tmp_path: Path, write: Write) -> None:
    write("boot.d/a.sh", "#!/bin/sh\n")
    write("shutdown.d/a.sh", '#!/bin/sh\ntouch "$OUT"\n')
    write("ready.d/README.md", "#!/bin/sh\n")
    assert ran(tmp_path, "BOOT") == [("a.sh", "SUCCESSFUL")]
    assert ran(tmp_path, "READY") == []
    assert not (tmp_path / "out").exists()


def test_a_script_that_fails_is_logged_and_the_next_one_runs(
    tmp_path: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    write("ready.d/1.sh", "#!/bin/sh\nexit 3\n")
    write("ready.d/2.sh", "#!/bin/sh\n", mode=0o644)
    write("ready.d/3.sh", "#!/no/such/shell\n")
    write("ready.d/4.sh", "\x7fELF")
    write("ready.d/5.py", "raise SystemExit('no queue')")
    write("ready.d/6.sh", "#!/bin/sh\n")
    assert [state for _, state in ran(tmp_path)] == ["ERROR"] * 5 + ["SUCCESSFUL"]
    texts = [record.getMessage().partition("ready.d/")[2] for record in caplog.records if record.levelname == "ERROR"]
    assert texts == [
        "1.sh ended with status 3",
        "2.sh cannot run: Permission denied (a shell script has to be executable: chmod +x)",
        "3.sh cannot run: No such file or directory (the program that its first line names is not there)",
        "4.sh cannot run: Exec format error (a shell script begins with a line like #!/bin/sh)",
        "5.py ended with status 1",
    ]


def test_a_cancelled_stage_ends_its_script(tmp_path: Path, write: Write) -> None:
    write("ready.d/1.sh", '#!/bin/sh\necho $$ > "$OUT.pid"\nmkfifo "$OUT"\nread line < "$OUT"\n')
    write("ready.d/2.sh", "#!/bin/sh\n")
    scripts = InitScripts(tmp_path)

    async def cancelled() -> None:
        running = asyncio.create_task(scripts.run("READY", {**os.environ, "OUT": str(tmp_path / "out")}))
        while not (tmp_path / "out").exists():
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})

    asyncio.run(cancelled())
    assert [script.state for script in scripts.of("READY")] == ["RUNNING", "UNKNOWN"]
    assert scripts.completed == set()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "out.pid").read_text()), 0)


def test_without_a_directory_nothing_runs() -> None:
    scripts = InitScripts()
    asyncio.run(scripts.run("READY", {}))
    assert scripts.of("READY") == []
