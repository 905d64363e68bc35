"""The commands of the lessons. Each says at its end what to type next."""

from __future__ import annotations

import errno
import functools
import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output
from decaf.cli.address import url_option
from decaf.cli.client import NO_SERVER
from decaf.cli.env import ForEval, print_variables
from decaf.cli.learn_class import classroom, join, leave

if TYPE_CHECKING:
    from decaf.cli.lesson_screen import Screen
    from decaf.learn.classroom.joining import Place
    from decaf.learn.course import Course
    from decaf.learn.folder import Folder
    from decaf.learn.run import Result
    from decaf.lessons.lesson import Lesson

_LANGUAGES = ("python", "cli", "none")
_PATIENCE = 5.0  # seconds that a server in a room has to answer
_INTERRUPTED = 130  # exit code after Ctrl-C, as in shells
_NO_SERVER = "the lessons need a server"


class _Failed(click.ClickException):
    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it of the instance


def _course_command(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the course and the screen as its first arguments, and the option --in."""

    @functools.wraps(command)
    def run(directory: Path | None, **given: Any) -> Any:
        from decaf.background import DidNotStart
        from decaf.cli.lesson_screen import Screen
        from decaf.control.route import Refused
        from decaf.learn.classroom.joining import NotIn
        from decaf.learn.course import Course
        from decaf.learn.folder import BadFolder
        from decaf.learn.program import CannotStart
        from decaf.learn.progress import BadProgress
        from decaf.lessons.catalog import NoLesson
        from decaf.testing.http_client import NoServer

        try:
            return command(Course.open(directory), Screen(), **given)
        except NoServer as error:
            raise _Failed(str(error), NO_SERVER) from error
        except OSError as error:
            raise _Failed(_with_advice(error)) from error
        except (BadFolder, BadProgress, CannotStart, DidNotStart, NoLesson, NotIn, Refused) as error:
            raise _Failed(str(error)) from error

    directory = click.option(
        "--in",
        "directory",
        type=click.Path(file_okay=False, path_type=Path),
        help="the course's folder [decaf-lessons here, or in a folder above]",
    )
    return directory(run)


def _with_advice(error: OSError) -> str:
    if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
        return str(error)
    return f"{error.filename} cannot be written: {error.strerror}. To have your lessons in another folder: --in DIR"


_lesson_argument = click.argument("wanted", metavar="[LESSON]", required=False)


class _Learn(click.Group):
    """The commands of the lessons; the flag --class stands for the command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, ["class", *args[1:]] if args[:1] == ["--class"] else args)


@click.group(cls=_Learn, invoke_without_command=True)
@_course_command
def learn(course: Course, screen: Screen) -> None:
    """Learn queues and topics by doing, in lessons that check themselves.

    Without a command it lists the lessons. No AWS account and no network are needed. LESSON is a number or a name;
    without it, a command is about the current lesson: the one that you started or ran last. --class opens a room for a
    class of learners.
    """
    if click.get_current_context().invoked_subcommand is None:
        screen.lessons(course)


@learn.command()
@_lesson_argument
@click.option("--language", type=click.Choice(_LANGUAGES), help="of the programs in the folder [the one before]")
@_course_command
def start(course: Course, screen: Screen, wanted: str | None, language: str | None) -> None:
    """Start a lesson: write its folder, and show its task.

    With --language cli the programs are shell scripts that call the AWS CLI; with none there are none, for programs in
    another language. A folder that is there keeps its programs.
    """
    _start(course, screen, course.lesson(wanted), language)


@learn.command()
@_lesson_argument
@url_option
@_course_command
def run(course: Course, screen: Screen, wanted: str | None, url: str | None) -> None:
    """Run your programs in the shop, and check what happened.

    Exit code 1 when the lesson is not passed.
    """
    lesson = course.lesson(wanted)
    if not _play(course, screen, lesson, _server(course, screen, url)):
        raise SystemExit(1)


@learn.command()
@_lesson_argument
@url_option
@_course_command
def check(course: Course, screen: Screen, wanted: str | None, url: str | None) -> None:
    """Check what has happened so far, without running anything.

    It is for programs that you start yourself. Exit code 1 when the lesson is not passed.
    """
    from decaf.learn.run import look

    lesson = course.lesson(wanted)
    _has_a_lasting_server(course, lesson)
    folder = _folder(course, screen, lesson)
    server = _server(course, screen, url)
    result = look(server, folder)
    _tell_the_room(_place_of(course, server))
    if not _show(course, screen, folder, result):
        screen.by_hand()
        raise SystemExit(1)


@learn.command(cls=ForEval, epilog='Example: eval "$(decaf learn env)"')
@_lesson_argument
@url_option
@_course_command
def env(course: Course, screen: Screen, wanted: str | None, url: str | None) -> None:
    """Print variables that point programs which you start yourself to a lesson.

    They are the server that the lessons are played on, and the account of the lesson.
    """
    from decaf.testing.http_client import TOKEN

    lesson = course.lesson(wanted)
    _has_a_lasting_server(course, lesson)
    screen.beside_the_output()
    server = _server(course, screen, url)
    print_variables(server, course.folder(lesson).account)
    if (place := _place_of(course, server)) is not None:
        output.line(f"export {TOKEN}={shlex.quote(place.token)}")


@learn.command()
@_lesson_argument
@url_option
@_course_command
def empty(course: Course, screen: Screen, wanted: str | None, url: str | None) -> None:
    """Empty the account of a lesson, before you start your programs yourself.

    What happened in it before is forgotten, and the lesson's queues are created. Your files stay as they are.
    """
    from decaf.learn.run import empty as empty_account

    lesson = course.lesson(wanted)
    _has_a_lasting_server(course, lesson)
    empty_account(_server(course, screen, url), _folder(course, screen, lesson))
    screen.emptied(course, lesson)


@learn.command()
@_lesson_argument
@url_option
@_course_command
def watch(course: Course, screen: Screen, wanted: str | None, url: str | None) -> None:
    """Run and check at each save of a file of the lesson.

    Keys: n starts the next lesson, h shows a hint, l lists the lessons, r writes the starter again, q ends.
    """
    from decaf.cli.lesson_watch import watch as watching

    lesson = course.lesson(wanted)
    server = _server(course, screen, url)
    watching(course, screen, lesson, lambda each: _play(course, screen, each, server))


@learn.command()
@_lesson_argument
@_course_command
def hint(course: Course, screen: Screen, wanted: str | None) -> None:
    """Show a hint: where to look, then which call, then the shape of it."""
    lesson = course.lesson(wanted)
    screen.hint(course, _folder(course, screen, lesson), course.next_hint(lesson))


@learn.command()
@_lesson_argument
@click.option("--show", is_flag=True, help="write it before you have passed the lesson")
@_course_command
def solution(course: Course, screen: Screen, wanted: str | None, show: bool) -> None:
    """Write our solution beside your programs.

    It never counts as yours: the lesson is passed when your own programs pass it.
    """
    lesson = course.lesson(wanted)
    folder = _folder(course, screen, lesson)
    if not show and not course.has_passed(lesson):
        raise _Failed(
            f"you have not passed lesson {lesson.number} yet; a hint: {course.command('hint', lesson)}; "
            f"to see it all the same: {course.command('solution', lesson)} --show"
        )
    course.shows_solution(lesson)
    screen.solution(folder.write_solution())


@learn.command()
@_lesson_argument
@click.option("--yes", is_flag=True, help="do not ask")
@_course_command
def reset(course: Course, screen: Screen, wanted: str | None, yes: bool) -> None:
    """Write the starter of a lesson again.

    Files that you have changed are kept, with .old, .old.2 and so on at the end of their names.
    """
    folder = _folder(course, screen, course.lesson(wanted))
    if not yes:
        click.confirm(f"Write the programs in {folder.path} again, as they were?", abort=True)
    screen.reset(course, folder, folder.reset())


@learn.command("list")
@_course_command
def list_(course: Course, screen: Screen) -> None:
    """List the lessons, and how far you are; the same as `decaf learn` alone."""
    screen.lessons(course)


@learn.command("next")
@_course_command
def next_(course: Course, screen: Screen) -> None:
    """Start the next lesson that you have not passed, when you have passed the current one."""
    if not course.has_passed(course.current):
        raise _Failed(
            f"lesson {course.current.number} is not passed yet: decaf learn run; to go on without it: decaf learn skip"
        )
    _start_after(course, screen)


@learn.command()
@_course_command
def skip(course: Course, screen: Screen) -> None:
    """Start the next one without passing the current lesson; you can come back to it at any time."""
    _start_after(course, screen)


def _start_after(course: Course, screen: Screen) -> None:
    following = course.after(course.current)
    if following is None:
        screen.end(course)
    else:
        _start(course, screen, following, None)


def _start(course: Course, screen: Screen, lesson: Lesson, language: str | None) -> None:
    screen.task(course.start(lesson, language), wanted=course.progress.language)


def _folder(course: Course, screen: Screen, lesson: Lesson) -> Folder:
    """Returns the folder of a lesson, which is made if it is not there yet; the current lesson stays."""
    is_new = not course.exists
    folder = course.prepare(lesson)
    if is_new:
        screen.begun(course)
    return folder


def _has_a_lasting_server(course: Course, lesson: Lesson) -> None:
    """Fail when the server of a lesson is there during a run only."""
    from decaf.learn.classroom.joining import read_place

    if lesson.text.durable and read_place(course.directory) is None:
        raise _Failed(
            f"lesson {lesson.number} kills its server, so each run has one of its own, which ends with the run. "
            f"Only a run shows what happens: decaf learn run {lesson.number}"
        )


def _server(course: Course, screen: Screen, url: str | None) -> str:
    """Returns the URL of the server for the lessons, which is started if none runs."""
    from decaf.background import DidNotStart
    from decaf.learn.classroom.joining import read_place
    from decaf.learn.server import find_or_start
    from decaf.lessons.catalog import lessons

    if url is None and (place := read_place(course.directory)) is not None:
        return _server_in_a_room(place)
    try:
        found = find_or_start(url, {course.folder(lesson).account for lesson in lessons()})
    except DidNotStart as error:
        raise _Failed(f"{_NO_SERVER}, and it did not start: {error}") from error
    if found.is_new:
        screen.server(found.url)
    return found.url


def _server_in_a_room(place: Place) -> str:
    """Returns the URL of the learner's server in a room, whose token clients in this process send from now on."""
    from decaf.testing.control import Control
    from decaf.testing.http_client import TOKEN

    os.environ[TOKEN] = place.token
    if not Control(place.url).answers(_PATIENCE):
        text = f"your server in the room does not answer at {place.url}; to go on without the room: decaf learn leave"
        raise _Failed(text, NO_SERVER)
    return place.url


def _play(course: Course, screen: Screen, lesson: Lesson, server: str) -> bool:
    from decaf.learn.classroom.joining import restart
    from decaf.learn.run import run as play

    folder = _folder(course, screen, lesson)
    course.start(lesson)
    folder.check_programs()
    place = _place_of(course, server)
    by_room = None if place is None else partial(restart, place)
    screen.run(lesson)
    try:
        result = play(server, folder, screen.say, screen.printed, by_room)
    except KeyboardInterrupt:
        screen.line("\nStopped; your programs have ended.")
        raise SystemExit(_INTERRUPTED) from None
    _tell_the_room(place)
    return _show(course, screen, folder, result)


def _place_of(course: Course, server: str) -> Place | None:
    """Returns the learner's place in a room, if the lessons are played on its server."""
    from decaf.learn.classroom.joining import read_place

    place = read_place(course.directory)
    return place if place is not None and place.url == server else None


def _tell_the_room(place: Place | None) -> None:
    """Let the room look now: the next run may begin at once, and what happened in this one is forgotten then."""
    from decaf.learn.classroom.joining import NotIn, look

    if place is not None:
        with suppress(NotIn):  # a room that has ended has no board
            look(place)


def _show(course: Course, screen: Screen, folder: Folder, result: Result) -> bool:
    """Show what a run came to, and note it. Returns whether the lesson is passed."""
    from decaf.lessons.verdict import Passed

    if not isinstance(result.verdict, Passed):
        screen.not_yet(course, folder, result.verdict, result)
        return False
    course.passes(folder.lesson)
    screen.passed(course, folder.lesson, result.verdict)
    return True


for _command in (classroom, join, leave):
    learn.add_command(_command)

COMMANDS = (learn,)
