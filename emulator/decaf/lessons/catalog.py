"""All lessons, in their order. A lesson is a folder of this package whose name is `l`, its number and its slug."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from decaf.lessons.lesson import Lesson

_FOLDER = re.compile(r"l\d\d_\w+")


class NoLesson(LookupError):
    """There is no lesson with that number or name."""


@cache
def lessons() -> tuple[Lesson, ...]:
    """Returns all lessons."""
    folders = [each for each in files("decaf.lessons").iterdir() if _FOLDER.fullmatch(each.name)]
    return tuple(Lesson(folder) for folder in sorted(folders, key=lambda folder: folder.name))


def find(wanted: str | int) -> Lesson:
    """Returns a lesson by its number or its slug. Raises NoLesson."""
    for lesson in lessons():
        if str(wanted).lstrip("0") == str(lesson.number) or wanted == lesson.slug:
            return lesson
    raise NoLesson(f"there is no lesson {wanted}: they are 1 to {lessons()[-1].number}")
