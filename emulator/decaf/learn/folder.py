"""The folder of one lesson: the task, the programs that the learner changes, and how each of them is started."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import sys
import tomllib
from itertools import chain, count
from pathlib import Path

import msgspec

from decaf.lessons.lesson import Lesson

FILE = "decaf-lesson.toml"
TASK = "TASK.md"
NONE = "none"  # the language of a folder without programs

_SOURCES = frozenset(
    (".cjs", ".cs", ".go", ".java", ".js", ".kt", ".mjs", ".php", ".py", ".rb", ".rs", ".sh", ".toml", ".ts")
)
_GIVEN = ("shop.py", "shop.sh")

_HEAD = """\
# Decaf reads this file. Please leave these three as they are.
number = {number}
account = "{account}"
language = "{language}"

# The commands that start your programs, in this folder. To use another language, write your own program and its
# command here, such as "node barista.js" or "go run barista.go".
[run]
"""


_HOW = """\
Run it by `decaf learn run`, or at each save by `decaf learn watch`. A hint: `decaf learn hint`.
"""


class BadFolder(Exception):
    """The folder of a lesson cannot be used; the text says why."""


class Folder(msgspec.Struct, frozen=True):
    """The folder at `path` of a lesson, whose calls are those of an account of its own."""

    path: Path
    lesson: Lesson

    @property
    def exists(self) -> bool:
        return (self.path / FILE).exists()

    @property
    def account(self) -> str:
        """The account of the lesson: 12 digits of its number and of where the folder is."""
        digest = hashlib.sha256(str(self.path.absolute()).encode()).digest()
        return f"{10**9 + int.from_bytes(digest[:8]) % (9 * 10**9)}{self.lesson.number:02}"

    def make(self, language: str) -> None:
        """Write the task and the programs in a language; programs that are there stay as they are."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._write(TASK, self.task(language))
        self._write(FILE, self._settings(language))
        for name, text in self._starter(language).items():
            if not (self.path / name).exists():
                self._write(name, text)

    def reset(self) -> list[str]:
        """Write the starter again. Returns the names under which the files that had been changed are kept."""
        kept = []
        for name, text in self._starter(self.language).items():
            file = self.path / name
            if file.exists() and file.read_text(encoding="utf-8") != text:
                kept.append(file.rename(_unused(file)).name)
        self.make(self.language)
        return kept

    def write_solution(self) -> list[Path]:
        """Write the solution into a folder beside the learner's programs. Returns its files."""
        directory = self.path / "solution"
        directory.mkdir(exist_ok=True)
        solution = self.lesson.solution(self.shown_language)
        for name, text in solution.items():
            (directory / name).write_text(text, encoding="utf-8")
        return [directory / name for name in solution]

    def programs(self) -> list[Path]:
        """Returns the files whose change is worth a run: source files, and not what a program has written."""
        return [file for file in sorted(self.path.iterdir()) if file.suffix in _SOURCES and file.is_file()]

    @property
    def language(self) -> str:
        return str(self._values().get("language", "python"))

    @property
    def shown_language(self) -> str:
        """The language of what is shown: Python where the folder has no programs."""
        return "python" if self.language == NONE else self.language

    def listed(self) -> list[str]:
        """Returns the names of the task and the programs, each with what it is for."""
        programs = sorted(self._starter(self.language), key=lambda name: name in _GIVEN)
        texts = dict.fromkeys(_GIVEN, "the shop; you need not change it")
        texts |= {TASK: "this task", FILE: "how your programs are started"}
        return [f"{name:<18} {texts.get(name, '')}".rstrip() for name in (TASK, *programs, FILE)]

    def command(self, role: str) -> list[str]:
        """Returns the words of the command that starts the program of a role; `python` is Decaf's own.

        Raises BadFolder when there is none.
        """
        run = self._values().get("run", {})
        words = shlex.split(str(run.get(role, ""))) if isinstance(run, dict) else []
        if not words:
            raise BadFolder(f"{self.path / FILE} has no command for the {role}: write one under [run]")
        return [sys.executable, *words[1:]] if words[0] in ("python", "python3") else words

    def check_programs(self) -> None:
        """Raises BadFolder when the program of a role, or the AWS CLI that it needs, is not on this machine."""
        for role in self.lesson.text.roles:
            words = self.command(role)
            if shutil.which(words[0], path=f"{self.path}{os.pathsep}{os.environ.get('PATH', '')}") is None:
                raise BadFolder(
                    f"there is no command {words[0]}, which should start the {role}: see {self.path / FILE}"
                )
        if self.language == "cli" and shutil.which("aws") is None:
            raise BadFolder(
                "the AWS CLI is not installed: there is no command aws. "
                f"The same lesson in Python: decaf learn start {self.lesson.number} --language python"
            )

    def task(self, language: str) -> str:
        """Returns the task, with the picture, as Markdown."""
        shown = "python" if language == NONE else language
        picture = self.lesson.text.picture_before.strip("\n")
        return f"{self.lesson.task(shown).rstrip()}\n\n```text\n{picture}\n```\n\n{_HOW}"

    def _values(self) -> dict[str, object]:
        try:
            return tomllib.loads((self.path / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadFolder(f"{self.path / FILE} cannot be read: {error}") from error

    def _settings(self, language: str) -> str:
        head = _HEAD.format(number=self.lesson.number, account=self.account, language=language)
        commands = (
            (role, "" if language == NONE else self.lesson.command(role, language)) for role in self.lesson.text.roles
        )
        return head + "".join(f"{role} = {json.dumps(command)}\n" for role, command in commands)

    def _starter(self, language: str) -> dict[str, str]:
        return {} if language == NONE else self.lesson.starter(language)

    def _write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")


def _unused(file: Path) -> Path:
    """Returns the first of NAME.old, NAME.old.2 and so on that is no file yet."""
    names = chain([f"{file.name}.old"], (f"{file.name}.old.{number}" for number in count(2)))
    return next(kept for name in names if not (kept := file.with_name(name)).exists())
