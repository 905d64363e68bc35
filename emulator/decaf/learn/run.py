"""One run of a lesson: the account is emptied, the lesson is played around the learner's programs, the wire is read."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread

from decaf.learn.durable_server import DurableServer
from decaf.learn.folder import Folder
from decaf.learn.live_stage import LiveStage
from decaf.learn.program import Print
from decaf.lessons.verdict import Verdict, timeline
from decaf.lessons.wire import Wire
from decaf.testing.control import Control


@dataclass(frozen=True, slots=True)
class Result:
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
    return _result(folder, stage.wire(), failed)


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
    return _result(folder, Wire.read(Control(endpoint, folder.account).trace()), {})


def _result(folder: Folder, wire: Wire, failed: dict[str, list[str]]) -> Result:
    verdict = folder.lesson.check(wire)
    return Result(verdict, timeline(wire, getattr(verdict, "marks", ())), failed)
