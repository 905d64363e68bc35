"""Plays a lesson with files of a learner, on a real server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from decaf.learn.folder import FILE, Folder
from decaf.learn.run import Result, run
from decaf.lessons.lesson import LANGUAGES, Lesson
from decaf.testing import Decaf

ROOT = Path(__file__).parents[3]


class Learner:
    """A learner with a folder, who plays lessons on a server; `aws_cli` is the folder of the command `aws`."""

    def __init__(self, server: Decaf, directory: Path, aws_cli: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{aws_cli}{os.pathsep}{os.environ['PATH']}")
        self.directory = directory
        self._server = server

    def play(
        self, lesson: Lesson, language: str, changed: Mapping[str, str], commands: Mapping[str, str] | None = None
    ) -> Result:
        """Play a lesson with the starter, some of its files changed, and other commands for some roles."""
        folder = Folder(self.directory, lesson)
        folder.make(language)
        for name, text in changed.items():
            (self.directory / name).write_text(text, encoding="utf-8")
        for role, command in (commands or {}).items():
            self._set_command(role, f"{role}{LANGUAGES[language]}", command)
        result = run(self._server.url, folder, print, lambda name, line: print(f"{name} | {line}"))
        print(result)  # shown when the test fails
        return result

    def _set_command(self, role: str, program: str, command: str) -> None:
        file = self.directory / FILE
        text = file.read_text(encoding="utf-8")
        assert f'{role} = "python {program}"' in text
        file.write_text(text.replace(f'{role} = "python {program}"', f'{role} = "{command}"'), encoding="utf-8")
