"""A stage on a server that runs: real programs, in real time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from decaf.base.profile import ProfileName
from decaf.faults.effects import Effect, Latency
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.learn.folder import Folder
from decaf.learn.program import LearnersProgram, Print
from decaf.lessons.wire import MADE, STAGE, Wire
from decaf.testing.control import Control, EventFilterOptions, ExpectationFailed
from decaf.testing.decaf import Decaf
from decaf.testing.environment import environment
from decaf.testing.surroundings import surroundings

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_ASKED_AFTER = 0.25  # seconds without an event after which the wire is asked all the same
_PAUSE = 0.05  # seconds between two questions, so that the server is free for the programs
_SEED = 1  # of profiles, so that a run repeats
_HELD = 60.0  # seconds for which the send of a program that faints is held back

# Variables of every program: what it prints comes at once and line by line, and no proxy is asked for this machine.
_HERE = "127.0.0.1,localhost"
_USUAL = {"AWS_PAGER": "", "PYTHONUNBUFFERED": "1", "NO_PROXY": _HERE, "no_proxy": _HERE}


class LiveStage:
    """A Stage on the server at `endpoint`, whose programs are those of a folder.

    `tell` is called with each line of narration, `show` with what the programs print, and `restart` to kill the server
    and start it again, in a lesson that is durable.
    """

    def __init__(
        self,
        endpoint: str,
        folder: Folder,
        tell: Callable[[str], None],
        show: Print,
        restart: Callable[[], None] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._restart = restart
        self.account = folder.account
        self.programs: list[LearnersProgram] = []
        self._folder = folder
        self._tell = tell
        self._show = show
        self._roles: Counter[str] = Counter()
        self._decaf = Decaf.attach(endpoint)
        self._control = self._decaf.control.of(self.account)

    @property
    def control(self) -> Control:
        return self._control

    @cached_property
    def sqs(self) -> SQSClient:
        return self._client("sqs")

    @cached_property
    def sns(self) -> SNSClient:
        return self._client("sns")

    def set_up(self) -> None:
        """Empty the account, let the clock run, and create the lesson's queues."""
        self._control.reset(self.account)
        if self._control.clock().frozen:
            self._control.thaw()
        for name, attributes in self._folder.lesson.text.queues.items():
            self.sqs.create_queue(QueueName=name, Attributes=attributes)

    def number(self, name: str) -> int:
        return self._folder.lesson.numbers(self._folder.language)[name]

    def queue_url(self, name: str) -> str:
        url: str = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return url

    def set_fault(self, effect: Effect, match: Match, when: When | None = None) -> None:
        self._control.set_fault(effect, match, when)

    def enforce_access(self) -> None:
        self._control.set_access("enforce")

    def start(self, role: str, variables: Mapping[str, str] | None = None) -> LearnersProgram:
        self._roles[role] += 1
        number = self._roles[role]
        name = role if number == 1 else f"{role}-{number}"
        own = {"AWS_SDK_UA_APP_ID": name, **_USUAL, **(variables or {})}
        surrounding = surroundings(environment(self.endpoint, self.account) | own)
        program = LearnersProgram(name, self._folder.command(role), self._folder.path, surrounding, self._show)
        self.programs.append(program)
        return program

    def wire(self) -> Wire:
        return Wire.read(self._control.trace(explained=False))

    def until(self, question: Callable[[Wire], bool], seconds: float = 60) -> bool:
        end = time.monotonic() + seconds
        while True:
            has_programs = any(program.is_running for program in self.programs)
            wire = self.wire()
            if question(wire):
                return True
            if not has_programs or time.monotonic() >= end:
                return False
            self._wait_for_news(wire)

    def faint(self, role: str, in_make: int, seconds: float = 60, queue: str | None = None) -> bool:
        match = Match(operation=["SendMessage", "SendMessageBatch"], queue=MADE, account=self.account)
        fault = self._control.set_fault(Latency(seconds=_HELD, late="request"), match, When(nth=in_make))
        mark = self._control.mark()
        program = self.start(role)
        end = time.monotonic() + seconds
        try:
            while not (began := self._has_begun(mark)) and program.is_running and time.monotonic() < end:
                if queue is not None and self.wire().is_at_rest(queue):
                    break
            program.kill()
        finally:
            self._control.clear_faults(fault)
        return began

    def advance(self, seconds: float) -> None:
        self._control.advance(seconds)

    def say(self, text: str) -> None:
        self._tell(text)

    def profile(self, name: ProfileName, duplicates: float | None = None) -> None:
        self._control.set_profile(name, seed=_SEED, duplicates=duplicates)

    def restart_server(self) -> None:
        assert self._restart is not None, "the lesson is not durable"
        self._restart()

    def finish(self) -> None:
        for program in self.programs:
            program.end()
        self._control.clear_faults()
        self._control.set_profile("strict")

    def _client(self, service: str) -> SQSClient | SNSClient:
        from botocore.config import Config

        return self._decaf.client(service, self.account, config=Config(user_agent_appid=STAGE))

    def _wait_for_news(self, wire: Wire) -> None:
        """Wait for an event after those of a wire, but not for long: a program may end, or wait for orders."""
        time.sleep(_PAUSE)
        self._is_event(None, wire.trace.mark)

    def _has_begun(self, mark: int) -> bool:
        return self._is_event("FaultInjected", mark, queue=MADE)

    def _is_event(self, kind: str | None, mark: int, **options: Unpack[EventFilterOptions]) -> bool:
        try:
            self._control.wait_for(kind, since=mark, timeout=_ASKED_AFTER, **options)
        except ExpectationFailed:
            return False
        return True
