"""One lesson, as its folder has it: `lesson.toml`, `task.md`, programs, and a module with its check and its play."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from types import ModuleType

import msgspec

from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Verdict, nothing_yet
from decaf.lessons.wire import Wire

LANGUAGES = {"python": ".py", "cli": ".sh"}  # with the ends of the names of their programs
COMMANDS = {"python": "python {}", "cli": "bash {}"}


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `lesson.toml` has.

    `idea` is the one new thing, in a sentence. `roles` are the learner's programs, in the order in which they are best
    read. `queues` are created before each run, with these attributes. `fault` is the code of the diagnosis that the
    untouched starter must get. `numbers` are by language what stands for `$name` in the task: how many orders, say.
    `picture_before` and `picture_after` are text drawings, at most 78 columns wide.
    """

    number: int
    title: str
    part: str
    minutes: int
    idea: str
    roles: tuple[str, ...]
    fault: str
    on_aws: str
    link: str
    hints: tuple[str, str, str]
    picture_before: str
    picture_after: str
    queues: dict[str, dict[str, str]] = {}
    numbers: dict[str, dict[str, int]] = {}
    durable: bool = False  # it is played on a server of its own, with a data directory, that the play may kill


class Lesson:
    """A lesson; its check and its play are imported when they are first used."""

    __slots__ = ("folder", "slug", "text")

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder
        self.slug = folder.name.partition("_")[2].replace("_", "-")  # l02_a_buffer -> a-buffer
        self.text = msgspec.convert(tomllib.loads(_read(folder / "lesson.toml")), Text)

    @property
    def number(self) -> int:
        return self.text.number

    @property
    def title(self) -> str:
        return self.text.title

    def task(self, language: str = "python") -> str:
        """Returns the task as Markdown, with the names of the learner's files: `$barista` is `barista.py` in Python."""
        return Template(_read(self.folder / "task.md")).safe_substitute(self._names(language))

    def hints(self, language: str = "python") -> list[str]:
        """Returns the hints, from where to look to the shape of the answer, with the learner's own names."""
        return [Template(hint).safe_substitute(self._names(language)) for hint in self.text.hints]

    def check(self, wire: Wire) -> Verdict:
        """Returns what the wire shows: the lesson is passed, or what happened instead."""
        if wire.is_silent:
            return nothing_yet(wire)
        verdict: Verdict = self._module.check(wire)
        return verdict

    def play(self, stage: Stage) -> None:
        """Play the lesson once, around the learner's programs."""
        self._module.play(stage)

    def languages(self) -> list[str]:
        """Returns the languages that have a starter."""
        return [language for language in LANGUAGES if (self.folder / "starter" / language).is_dir()]

    def starter(self, language: str) -> dict[str, str]:
        """Returns the texts of the starter's files by their names, with the shop's, which all lessons have."""
        return _files(files("decaf.lessons") / "given" / language) | _files(self.folder / "starter" / language)

    def solution(self, language: str) -> dict[str, str]:
        """Returns the texts of the files that the solution changes, by their names."""
        return _files(self.folder / "solution" / language)

    def attempts(self, language: str) -> dict[str, dict[str, str]]:
        """Returns wrong attempts by the code of the diagnosis that each must get: the files that it changes."""
        folder = self.folder / "attempts"
        codes = sorted(code.name for code in folder.iterdir() if code.is_dir()) if folder.is_dir() else []
        return {code: files for code in codes if (files := _files(folder / code / language))}

    def command(self, role: str, language: str) -> str:
        """Returns the command line of the learner's program for a role."""
        return COMMANDS[language].format(role + LANGUAGES[language])

    def numbers(self, language: str) -> Mapping[str, int]:
        """Returns the numbers of the task, such as how many orders there are; by default those of Python."""
        return self.text.numbers.get(language, self.text.numbers.get("python", {}))

    def _names(self, language: str) -> Mapping[str, str]:
        end = LANGUAGES.get(language, "")
        stems = (name.rpartition(".")[0] for name in (self.starter(language) if end else ()))
        names = {name: name + end for name in (*self.text.roles, "shop", *stems)}
        return names | {name: str(number) for name, number in self.numbers(language).items()}

    @property
    def _module(self) -> ModuleType:
        return import_module(f"decaf.lessons.{self.folder.name}")


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _files(folder: Traversable) -> dict[str, str]:
    return dict(_texts(folder)) if folder.is_dir() else {}


def _texts(folder: Traversable) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.is_file():
            yield file.name, _read(file)
