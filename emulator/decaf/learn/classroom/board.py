"""The board: everyone's progress, as the page and the terminal show it."""

from __future__ import annotations

import time

import msgspec

from decaf.learn.classroom.classroom import Classroom, Place
from decaf.lessons.catalog import lessons


class BoardLesson(msgspec.Struct, frozen=True):
    """A lesson of the course."""

    number: int
    title: str


class BoardLearner(msgspec.Struct, frozen=True):
    """How far one learner is: the lessons `passed`, the `current` one, and what its check says.

    `quiet` is for how many seconds nothing has happened on their server, None when nothing has. `state` is that of the
    server: ready, starting, or starting again after it ended.
    """

    name: str
    passed: list[int]
    current: int | None
    sentence: str
    quiet: int | None
    state: str


class Board(msgspec.Struct, frozen=True):
    """All learners, in the order in which they came, of `most` who may come. Only the teacher's has the `code`."""

    lessons: list[BoardLesson]
    learners: list[BoardLearner]
    most: int
    code: str | None


def board_of(classroom: Classroom, is_teachers: bool) -> Board:
    """Returns the board of a room as it is now."""
    return Board(
        [BoardLesson(lesson.number, lesson.title) for lesson in lessons()],
        [_learner(place) for place in classroom.places],
        classroom.room.most,
        classroom.code if is_teachers else None,
    )


def news(before: Board, after: Board) -> list[str]:
    """Returns what has happened between two boards, a sentence each."""
    known = {learner.name: learner for learner in before.learners}
    titles = {lesson.number: lesson.title for lesson in after.lessons}
    found = [f"{learner.name} has come in." for learner in after.learners if learner.name not in known]
    found += [f"{name} has left." for name in known if name not in {learner.name for learner in after.learners}]
    for learner in after.learners:
        earlier = known.get(learner.name)
        passed = [number for number in learner.passed if earlier is None or number not in earlier.passed]
        found += [f"{learner.name} has passed lesson {number}, {titles.get(number, '')}." for number in passed]
        if learner.state == "starting again" and (earlier is None or earlier.state == "ready"):
            found.append(f"The server of {learner.name} has ended, and starts again.")
    return found


def _learner(place: Place) -> BoardLearner:
    server, progress = place.server, place.progress
    state = "ready" if server.is_ready else "starting again" if server.starts else "starting"
    quiet = None if progress.active_at is None else int(time.monotonic() - progress.active_at)
    return BoardLearner(place.learner.name, sorted(progress.passed), progress.current, progress.sentence, quiet, state)
