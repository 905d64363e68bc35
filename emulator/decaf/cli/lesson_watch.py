"""Runs a lesson at each save of one of its files, and waits for keys between.

Rule: after a pass it waits too: the learner may go on trying things, and goes to the next lesson by a key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from decaf.cli import keys
from decaf.cli.lesson_screen import Screen
from decaf.learn.saves import Saved, moments, saved

if TYPE_CHECKING:
    from decaf.learn.course import Course
    from decaf.learn.folder import Folder
    from decaf.lessons.lesson import Lesson


def watch(course: Course, screen: Screen, lesson: Lesson, play: Callable[[Lesson], object]) -> None:
    """Run a lesson now and at each save, until a key ends it; `play` runs a lesson and shows what it came to."""
    has_keys = keys.readable()
    if has_keys:
        screen.offers_keys()
    folder = course.start(lesson)
    seen: Saved = {}
    asked = False  # whether the reset is to be confirmed by the next key
    for key in keys.with_keys(moments):
        if asked and key is not None:
            asked = False
            _answer(key, course, screen, folder)
        elif key == "q":
            return
        elif key == "n":
            following = _next(course, screen, lesson)
            if following is not lesson:
                lesson, folder = following, course.start(following)
                seen = saved(folder)
        elif key == "r":
            asked = True
            screen.line(f"Write the programs in {folder.path} again, as they were? y yes, any other key no")
            continue
        elif key is not None:
            _press(key, course, screen, lesson)
        elif (now := saved(folder)) != seen:
            seen = now  # before the run: a save during it is worth another one
            play(lesson)
        else:
            continue
        screen.watching(folder, has_keys)


def _next(course: Course, screen: Screen, lesson: Lesson) -> Lesson:
    following = course.after(lesson) if course.has_passed(lesson) else None
    if following is not None:
        screen.task(course.start(following), course.progress.language)
        return following
    if course.has_passed(lesson):
        screen.end(course)
    else:
        screen.line(f"Lesson {lesson.number} is not passed yet. To go on without it: q, then decaf learn skip")
    return lesson


def _press(key: str, course: Course, screen: Screen, lesson: Lesson) -> None:
    folder = course.folder(lesson)
    if key == "h":
        screen.hint(course, folder, course.next_hint(lesson))
    elif key == "l":
        screen.lessons(course)
    else:
        screen.line(f"The key {key} does nothing here.")


def _answer(key: str, course: Course, screen: Screen, folder: Folder) -> None:
    """Reset the folder if the key says yes."""
    if key == "y":
        screen.reset(course, folder, folder.reset())
    else:
        screen.line("Nothing was written.")
