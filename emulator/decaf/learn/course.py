"""The course of one learner: a directory with a folder for each lesson that was started, and the progress."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from decaf.learn import progress
from decaf.learn.folder import NONE, Folder
from decaf.learn.progress import Progress
from decaf.lessons.catalog import find, lessons
from decaf.lessons.lesson import LANGUAGES, Lesson

DIRECTORY = "decaf-lessons"
CHOICES = (*LANGUAGES, NONE)  # languages of a folder


@dataclass(slots=True)
class Course:
    """The course in `directory`. Whatever changes the progress keeps it in its file."""

    directory: Path
    progress: Progress

    @classmethod
    def open(cls, directory: Path | None) -> Course:
        """Returns the course in a directory; without one, that of the working directory. Raises BadProgress.

        The working directory may be the course's own, that of a lesson, or the one that the course is in.
        """
        directory = _nearest(Path.cwd()) if directory is None else directory
        return cls(directory, progress.read(directory))

    @property
    def exists(self) -> bool:
        return (self.directory / progress.FILE).is_file()

    @property
    def current(self) -> Lesson:
        return find(self.progress.current)

    def lesson(self, wanted: str | None) -> Lesson:
        """Returns the lesson with a number or name; without one, the current one. Raises NoLesson."""
        return self.current if wanted is None else find(wanted)

    def command(self, name: str, lesson: Lesson) -> str:
        """Returns what the learner types for a command about a lesson, whose number the current one does not need."""
        return f"decaf learn {name}" + ("" if lesson is self.current else f" {lesson.number}")

    def folder(self, lesson: Lesson) -> Folder:
        return Folder(self.directory / f"{lesson.number:02}-{lesson.slug}", lesson)

    def start(self, lesson: Lesson, language: str | None = None) -> Folder:
        """Make a lesson the current one, and its folder if there is none, or none in that language."""
        self.progress.current = lesson.number
        self.progress.language = language or self.progress.language
        self._keep()
        return self.prepare(lesson, language)

    def prepare(self, lesson: Lesson, language: str | None = None) -> Folder:
        """Make the folder of a lesson if there is none, or none in that language; the current lesson stays."""
        if not self.exists:
            self._keep()
        folder = self.folder(lesson)
        wanted = self.language_of(lesson)
        if not folder.exists or (language is not None and folder.language != wanted):
            folder.make(wanted)
        return folder

    def language_of(self, lesson: Lesson) -> str:
        """Returns the language of a lesson's programs: the learner's, if the lesson has programs in it."""
        wanted = self.progress.language
        return wanted if wanted == NONE or wanted in lesson.languages() else "python"

    def after(self, lesson: Lesson) -> Lesson | None:
        """Returns the next lesson that is not passed yet, None after the last of them."""
        return next((each for each in lessons() if each.number > lesson.number and not self.has_passed(each)), None)

    def has_passed(self, lesson: Lesson) -> bool:
        return lesson.number in self.progress.passed

    def passes(self, lesson: Lesson) -> None:
        """Note that a lesson is passed."""
        if not self.has_passed(lesson):
            self.progress.passed.append(lesson.number)
            self._keep()

    def next_hint(self, lesson: Lesson) -> int:
        """Returns the number of the next hint of a lesson, from 1 on; after the last, the last again."""
        count = min(self.progress.hints.get(lesson.number, 0) + 1, len(lesson.text.hints))
        self.progress.hints[lesson.number] = count
        self._keep()
        return count

    def shows_solution(self, lesson: Lesson) -> None:
        """Note that the learner has seen a solution."""
        if lesson.number not in self.progress.solutions:
            self.progress.solutions.append(lesson.number)
            self._keep()

    def _keep(self) -> None:
        progress.write(self.directory, self.progress)


def _nearest(start: Path) -> Path:
    for directory in (start, *start.parents):
        if (directory / progress.FILE).is_file():
            return directory
        if (directory / DIRECTORY / progress.FILE).is_file():
            return directory / DIRECTORY
    return start / DIRECTORY
