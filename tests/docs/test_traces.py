"""docs/traces.md: the commands and options that it names exist and do what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from decaf.base.settings import Settings
from decaf.cli import main
from decaf.control.trace import MOST_EVENTS
from decaf.observe.history import KEPT_OF_BODIES
from decaf.page.trace_file import VERSION
from decaf.testing.traces import FOLDER, FOLDER_VARIABLE, MODES, VARIABLE, file_name

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "traces.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^decaf (.+?)(?:  +#.*)?$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_have_these_options(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(FOLDER).mkdir()
    Path(FOLDER, "test_orders.html").touch()
    name, *rest = shlex.split(words)
    context = click.Context(main)
    command = main.get_command(context, name)
    assert command is not None
    command.make_context(name, rest, parent=context)


def test_names_and_numbers_are_those_of_the_code() -> None:
    assert all(f"`{mode}`" in PAGE for mode in MODES)
    assert f"`{FOLDER}/{file_name('test_orders.py::test_fails')}.html`" in PAGE
    assert f"`{VARIABLE}=retain-on-failure`" in PAGE
    assert f"`{FOLDER_VARIABLE}`" in PAGE
    assert f"{KEPT_OF_BODIES:,} characters" in PAGE
    assert f"{Settings().max_history:,} events" in PAGE
    assert Settings().max_history == MOST_EVENTS
    assert f"`version` {VERSION}" in PAGE
