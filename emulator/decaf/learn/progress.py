"""How far the learner is, in one small file.

Rule: nothing in the programs themselves says whether a lesson is done.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

FORMAT = 1  # of the file
FILE = "progress.toml"


class BadProgress(Exception):
    """The file of the progress cannot be read; the text says why."""


@dataclass(slots=True)
class Progress:
    """The `current` lesson, those `passed`, how many `hints` of each were shown, and whose solution was `solutions`.

    `language` is that of the next lesson's programs.
    """

    current: int = 1
    language: str = "python"
    passed: list[int] = field(default_factory=list)
    solutions: list[int] = field(default_factory=list)
    hints: dict[int, int] = field(default_factory=dict)

    def has_passed(self, number: int) -> bool:
        return number in self.passed


def read(directory: Path) -> Progress:
    """Returns the progress in a course's directory, the beginning where there is none. Raises BadProgress."""
    file = directory / FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise BadProgress(f"{file} has the format {values['format']}; this version of Decaf reads {FORMAT}")
        return Progress(
            current=int(values["current"]),
            language=str(values["language"]),
            passed=sorted({int(each) for each in values["passed"]}),
            solutions=sorted({int(each) for each in values["solutions"]}),
            hints={int(number): int(count) for number, count in values["hints"].items()},
        )
    except FileNotFoundError:
        return Progress()
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise BadProgress(f"{file} cannot be read ({error}); without the file, the course begins anew") from error


def write(directory: Path, progress: Progress) -> None:
    """Keep the progress in a course's directory."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / FILE
    part = file.with_suffix(".part")
    part.write_text(_text(progress), encoding="utf-8")
    part.replace(file)  # whoever reads it sees all of it


def _text(progress: Progress) -> str:
    hints = "".join(f"{number} = {count}\n" for number, count in sorted(progress.hints.items()))
    return (
        "# Decaf keeps your progress here. You need not change it.\n"
        f"format = {FORMAT}\n"
        f"current = {progress.current}\n"
        f"language = {json.dumps(progress.language)}\n"
        f"passed = {sorted(progress.passed)}\n"
        f"solutions = {sorted(progress.solutions)}\n"
        f"\n[hints]\n{hints}"
    )
