"""All lessons, in their order. A lesson is a folder of this package whose name is `l`, its number and its slug."""

from __future__ import annotations

import re
from difflib import get_close_matches
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
    near = get_close_matches(str(wanted).lower(), [lesson.slug for lesson in lessons()], n=1)
    meant = f"did you mean {near[0]}?" if near else f"they are 1 to {lessons()[-1].number}"
    raise NoLesson(f"there is no lesson {wanted}: {meant}")
