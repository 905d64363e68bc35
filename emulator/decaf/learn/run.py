"""One run of a lesson: the account is emptied, the lesson is played around the learner's programs, the wire is read."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread

import msgspec
from msgspec.structs import replace

from decaf.learn.durable_server import DurableServer
from decaf.learn.folder import Folder
from decaf.learn.live_stage import LiveStage
from decaf.learn.program import LearnersProgram, Print
from decaf.lessons.verdict import NOTHING_YET, Diagnosis, Verdict, timeline
from decaf.lessons.wire import Wire
from decaf.testing.control import Control


class Result(msgspec.Struct, frozen=True):
    """What a run or a look at the wire came to, with the lines of the events that show it.

    `failed` has the programs that ended with an error of their own, each with its last lines.
    """

    verdict: Verdict
    timeline: list[str]
    failed: dict[str, list[str]]


def run(
    endpoint: str,
    folder: Folder,
    tell: Callable[[str], None],
    show: Print,
    restart: Callable[[], None] | None = None,
) -> Result:
    """Play a lesson once. Raises CannotStart, BadFolder, NoServer or Refused.

    With `restart`, which kills the server at the endpoint and starts it again, a durable lesson is played there. Else
    it is played on a server of its own; then DidNotStart and OSError may be raised too.
    """
    if restart is not None or not folder.lesson.text.durable:
        return _play(LiveStage(endpoint, folder, tell, show, restart), folder)
    with DurableServer() as server:
        return _play(LiveStage(server.url, folder, tell, show, server.restart), folder)


def _play(stage: LiveStage, folder: Folder) -> Result:
    stage.set_up()
    with _ended_in_order():
        try:
            folder.lesson.play(stage)
        finally:
            stage.finish()
    failed = {program.name: list(program.last_lines) for program in stage.programs if program.has_failed}
    result = _result(folder, stage.wire(), failed)
    if isinstance(result.verdict, Diagnosis) and result.verdict.code == NOTHING_YET:
        return replace(result, verdict=_silent(stage.programs))
    return result


def _silent(programs: Sequence[LearnersProgram]) -> Diagnosis:
    """Returns the diagnosis of a run in which no program has called."""
    if any(program.was_ended for program in programs):
        sentence = "Your program ran until the end of the lesson, and called nothing."
    else:
        sentence = "Your program ended before it called anything."
    return Diagnosis(NOTHING_YET, sentence, expected="a call of your program", seen="no call")


def empty(endpoint: str, folder: Folder) -> None:
    """Empty the account of a lesson and create its queues, as at the beginning of a run. Raises NoServer or Refused."""
    LiveStage(endpoint, folder, lambda _: None, lambda _, __: None).set_up()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """While this lasts, a signal that ends the process ends the learner's programs first."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    if current_thread() is not main_thread():  # only the main thread may set what signals do
        yield
        return
    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def look(endpoint: str, folder: Folder) -> Result:
    """Read the wire as it is now. Raises NoServer or Refused."""
    return _result(folder, Wire.read(Control(endpoint, folder.account).trace(explained=False)), {})


def _result(folder: Folder, wire: Wire, failed: dict[str, list[str]]) -> Result:
    verdict = folder.lesson.check(wire)
    return Result(verdict, timeline(wire, getattr(verdict, "marks", ())), failed)
