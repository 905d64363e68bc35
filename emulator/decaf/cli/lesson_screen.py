"""What the commands of the lessons print: the list, a task, a run and what it came to."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from threading import Lock
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding

from decaf.base.printable import printable, printable_lines
from decaf.learn.folder import TASK

if TYPE_CHECKING:
    from decaf.learn.course import Course
    from decaf.learn.folder import Folder
    from decaf.learn.run import Result
    from decaf.lessons.lesson import Lesson
    from decaf.lessons.verdict import Diagnosis, Passed

_WIDTH = 100  # columns of a text, at most
_MOST_LINES = 8  # of what one program prints in a run
_COPIED = re.compile(r"`[^`]+`|decaf learn(?: [a-z\d-]+)*|eval .*")  # what is to be copied as it is
_HARD_SPACE = "\xa0"  # a line is not broken there
_GOOD, _LATER, _QUIET, _TITLE = "bold green", "bold yellow", "dim", "bold"


class Screen:
    """The learner's screen, with colours on a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._console.width = min(self._console.width, _WIDTH)
        self._printed: Counter[str] = Counter()  # lines of each program in this run
        self._has_keys = False  # for the learner, beside commands
        self._lock = Lock()  # programs print at the same time

    def beside_the_output(self) -> None:
        """Show everything from now on where errors are shown: the output is for a shell."""
        self._console.stderr = True

    def begun(self, course: Course) -> None:
        """Show that a course was begun, by a command that needs one."""
        self.line(f"There is no course here: Decaf began one in {_short(course.directory)}.", _LATER)

    # --- the course

    def lessons(self, course: Course) -> None:
        """Show all lessons, how far the learner is, and what to type."""
        from decaf.lessons.catalog import lessons

        is_new = not course.progress.passed and not course.folder(course.current).exists
        self.line("Queues and topics, in a coffee shop: you change small programs, and Decaf checks what they do.")
        for part, in_part in groupby(lessons(), key=lambda lesson: lesson.text.part):
            self.line(f"\n{part}", _TITLE)
            for lesson in in_part:
                self._lesson(course, lesson, is_current=lesson is course.current and not is_new)
        self.line(f"\n{len(course.progress.passed)} of {len(lessons())} passed.")
        if is_new:
            self._next("start")
            self.line("The programs are in Python. To use the AWS CLI instead: decaf learn start --language cli")
            self._how_to_be_found()
        elif self._has_keys:
            pass  # what a watch waits for comes next
        elif not course.has_passed(course.current):
            self._next("run", f"and read {_short(course.folder(course.current).path / TASK)}")
        else:
            self._after(course, course.current)

    def _lesson(self, course: Course, lesson: Lesson, is_current: bool) -> None:
        mark = "x" if course.has_passed(lesson) else ">" if is_current else " "
        style = _GOOD if mark == "x" else _TITLE if is_current else None
        self.line(f"  [{mark}] {lesson.number:>2}  {lesson.title:<28} {lesson.text.minutes:>2} min", style)

    def end(self, course: Course) -> None:
        """Show that the last lesson is over."""
        from decaf.lessons.catalog import lessons

        left = [lesson for lesson in lessons() if not course.has_passed(lesson)]
        if left:
            self.line("No lesson follows. Not passed yet: " + ", ".join(str(lesson.number) for lesson in left))
            self._next(f"start {left[0].number}")
        else:
            self.line("You have passed all lessons. Congratulations!", _GOOD)

    # --- one lesson

    def task(self, folder: Folder, wanted: str) -> None:
        """Show the task of a lesson, and what to type."""
        lesson = folder.lesson
        self._heading(lesson, f"about {lesson.text.minutes} minutes")
        self._console.print(Markdown(lesson.task(folder.shown_language).partition("\n")[2]))
        self._picture(lesson.text.picture_before)
        if wanted not in (folder.language, "none"):
            self.line(f"This lesson has no programs for {wanted}: its programs are in {folder.language}.", _LATER)
        self.line(f"Your files are in {_named(folder.path)}:")
        for name in folder.listed():
            self.line(f"  {name}", _QUIET)
        self.line("")
        if self._has_keys:
            self.line("Change a program: at each save it runs.", _TITLE)
        else:
            self.line("See what happens:         decaf learn run", _TITLE)
            self.line("Then change a program, and run it again. At each save by itself: decaf learn watch")
        self._how_to_be_found()

    def run(self, lesson: Lesson) -> None:
        """Begin to show a run."""
        self._printed.clear()
        self._heading(lesson, "runs")

    def say(self, text: str) -> None:
        """Show a line of narration."""
        with self._lock:
            self.line(text, _TITLE)

    def printed(self, name: str, line: str) -> None:
        """Show a line that a program has printed: the first ones of each program."""
        with self._lock:
            self._printed[name] += 1
            if self._printed[name] <= _MOST_LINES:
                self._as_it_is(f"  {name} | {line}")
            elif self._printed[name] == _MOST_LINES + 1:
                self.line(f"  {name} | ...", _QUIET)

    def server(self, url: str) -> None:
        """Show that a server was started."""
        self.line(f"A server for your lessons was started at {url}; a browser shows its queues.", _QUIET)
        self.line("It goes on in the background. To stop it: decaf stop --all", _QUIET)

    def passed(self, course: Course, lesson: Lesson, verdict: Passed) -> None:
        """Show that a lesson is passed, what it was about, and what comes next."""
        self.line(f"\nPassed! {verdict.proof}", _GOOD)
        if verdict.remark:
            self.line(f"\nBy the way: {verdict.remark}")
        self._picture(lesson.text.picture_after)
        self.line(lesson.text.idea, _TITLE)
        self.line("\n" + " ".join(lesson.text.on_aws.split()))
        self.line("To read later:")
        self._console.print(f"{lesson.text.link}\n", soft_wrap=True)
        self._after(course, lesson)
        self.line(f"Our solution, to compare: {course.command('solution', lesson)}")

    def not_yet(self, course: Course, folder: Folder, verdict: Diagnosis, result: Result) -> None:
        """Show what happened instead."""
        for error, names in self._errors(result).items():
            programs = f"program {names[0]}" if len(names) == 1 else f"programs {', '.join(names)}"
            self.line(f"\nThe {programs} ended with an error:", _LATER)
            for line in error:
                self._as_it_is(f"  {line}")
        self.line(f"\nNot yet. {verdict.sentence}", _LATER)
        if verdict.expected:
            self.line("")
            self._side("expected", verdict.expected)
            self._side("seen", verdict.seen)
        if result.timeline:
            self.line("")
            for line in result.timeline:
                self.line(f"  {line}", _QUIET)
        self.line("")
        place, lesson = _named(folder.path), folder.lesson
        if self._has_keys:
            self.line(f"Change a program in {place}, and save it.", _TITLE)
            self.line("A hint: key h")
        else:
            self.line(f"Change a program in {place}, then: {course.command('run', lesson)}", _TITLE)
            self.line(f"A hint: {course.command('hint', lesson)}")

    def by_hand(self) -> None:
        """Show how to begin anew after a check."""
        self.line(
            "\nA check looks at all that has happened since the last run. To begin anew: decaf learn empty", _QUIET
        )
        self.line('To start a program yourself, point your shell to the lesson: eval "$(decaf learn env)"', _QUIET)

    def emptied(self, course: Course, lesson: Lesson) -> None:
        """Show that the account of a lesson is empty."""
        self.line(f"The account of lesson {lesson.number} is empty, but for the lesson's own queues.")
        self.line(f"Next: {course.command('check', lesson)}    (when your programs have run)")

    def hint(self, course: Course, folder: Folder, number: int) -> None:
        """Show a hint."""
        hints = folder.lesson.hints(folder.shown_language)
        self.line(f"Hint {number} of {len(hints)}: {hints[number - 1]}")
        if number < len(hints):
            another = "key h" if self._has_keys else course.command("hint", folder.lesson)
            self.line(f"Another one: {another}", _QUIET)
        else:
            self.line(f"The whole solution: {course.command('solution', folder.lesson)} --show", _QUIET)

    def solution(self, files: Sequence[Path]) -> None:
        """Show where the solution is."""
        for file in files:
            self.line(f"Written: {_short(file)}")
        self.line("Your own programs are as they were.")

    def reset(self, course: Course, folder: Folder, kept: Sequence[str]) -> None:
        """Show that the starter is back."""
        self.line(f"The programs in {_named(folder.path)} are as they were at the start.")
        for name in kept:
            self.line(f"  yours: {name}", _QUIET)
        if not self._has_keys:
            self.line(f"Next: {course.command('run', folder.lesson)}")

    def offers_keys(self) -> None:
        """From now on, name keys rather than commands."""
        self._has_keys = True

    def watching(self, folder: Folder, has_keys: bool) -> None:
        """Show what a watch waits for."""
        keys = "Keys: n next, h hint, l list, r reset, q quit" if has_keys else "Ctrl-C ends it"
        self.line(f"\nSave a file in {_named(folder.path)} to run it again.\n{keys}", _QUIET)

    # --- parts

    def _how_to_be_found(self) -> None:
        """Show how a shell finds the command, if it does not, as in a checkout."""
        directory = Path(sys.executable).parent
        if shutil.which("decaf") is None and (directory / "decaf").exists():
            self.line("\nYour shell does not find the command decaf yet. To let it, paste this line:", _LATER)
            self._console.print(f'export PATH="{directory}:$PATH"', soft_wrap=True)

    def _heading(self, lesson: Lesson, more: str) -> None:
        self.line(f"\nLesson {lesson.number}: {lesson.title}  ({more})", _TITLE)

    def _picture(self, picture: str) -> None:
        self.line("")
        self._console.print(Padding(printable_lines(picture.strip("\n")), (0, 0)), soft_wrap=True)
        self.line("")

    def _errors(self, result: Result) -> dict[tuple[str, ...], list[str]]:
        """Returns the last lines of errors, those that the run has not shown but at least one, each with its programs:
        copies of one program fail in the same way.
        """
        found: dict[tuple[str, ...], list[str]] = {}
        for name, lines in result.failed.items():
            unseen = max(self._printed[name] - _MOST_LINES, 1)
            found.setdefault(tuple(lines[-unseen:]), []).append(name)
        return found

    def _as_it_is(self, line: str) -> None:
        """Show a line of a program, which may be longer than a line of the screen."""
        self._console.print(printable(line), style=_QUIET, soft_wrap=True)

    def _side(self, name: str, text: str) -> None:
        self.line(f"  {name + ':':<10} {text}")

    def _after(self, course: Course, lesson: Lesson) -> None:
        following = course.after(lesson)
        if following is None:
            self.end(course)
        else:
            why = f"    (lesson {following.number}, {following.title})"
            self.line(("Next: key n" if self._has_keys else "Next: decaf learn next") + why)

    def _next(self, command: str, why: str = "") -> None:
        self.line(f"Next: decaf learn {command}{f'    ({why})' if why else ''}")

    def line(self, text: str, style: str | None = None) -> None:
        """Show a text in a style of rich."""
        for each in map(printable, text.split("\n")):
            self._console.print(_wrapped(each, self._console.width), style=style, soft_wrap=True)


def _wrapped(line: str, width: int) -> str:
    """Returns a line in lines of at most that width, where no command is broken: the learner copies it."""
    whole = _COPIED.sub(lambda found: found[0].replace(" ", _HARD_SPACE), line)
    indent = line[: len(line) - len(line.lstrip())]
    lines = wrap(
        whole,
        width,
        subsequent_indent=indent,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(_HARD_SPACE, " ")


def _named(path: Path) -> str:
    """Returns what to call a folder in a sentence."""
    short = _short(path)
    return "this folder" if short == os.curdir else short


def _short(path: Path) -> str:
    """Returns a path as the learner would type it here."""
    return min(os.path.relpath(path), str(path), key=len)
