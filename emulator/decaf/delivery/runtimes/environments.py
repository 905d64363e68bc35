"""Execution environments: processes of Python functions, which are kept for further invocations.

Rule: an environment runs one invocation at a time, of one function, as registered then, with its code as it was read.
When the function or a file of its code changes, the next invocation gets a new one. An environment that is not used for
a while is ended, as is the one idle longest when there are too many.

Source: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import IO, Annotated

import msgspec

from decaf.base.clock import Clock, Timer, in_real_time, ring_after, seconds
from decaf.delivery.runtimes.process import kill, start_process
from decaf.delivery.runtimes.ran import MOST_PAYLOAD, Ended, Ran
from decaf.functions.function import Function

KEPT = 600.0  # seconds that an idle environment is kept
MOST_OUTPUT = 262_144  # bytes of the output of one invocation that are read
_BETWEEN_CUTS = 0.1  # seconds of real time
_AT_ONCE = max(2, os.cpu_count() or 1)  # more would only wait for each other
RUNTIME_FOLDER = os.path.dirname(os.path.abspath(__file__))
_RUNTIME = os.path.join(RUNTIME_FOLDER, "python_runtime.py")


class Asked(msgspec.Struct, frozen=True):
    """What the process gets about an invocation, before the event of `size` bytes."""

    size: int
    request_id: str
    arn: str
    seconds: float
    trace_header: str | None = None
    client_context: str | None = None


class Answered(msgspec.Struct, frozen=True):
    """What the process returns about it, before the result of `size` bytes."""

    request_id: str
    size: Annotated[int, msgspec.Meta(ge=0)]
    failed: bool
    memory: int
    files: dict[str, float]
    usable: bool


@dataclass(slots=True, eq=False)
class Environment:
    """One process. `memory` is what it used at most, in bytes; `files` has those of its code, and when they changed."""

    function: Function
    arn: str
    process: asyncio.subprocess.Process
    output: IO[bytes]
    files: dict[str, float] = field(default_factory=dict)
    memory: int = 0
    usable: bool = True
    idle_since: float = 0.0

    def serves(self, function: Function) -> bool:
        """Whether it has this function, with its code as it is now."""
        return (
            self.usable
            and self.function is function
            and self.process.returncode is None
            and all(_time_of(path) == at for path, at in self.files.items())
        )

    async def load(self) -> None:
        """Wait until the code is loaded. Raises Ended."""
        await self._answer("")

    async def invoke(self, asked: Asked, payload: bytes) -> Ran:
        """Run one invocation. Raises Ended."""
        assert self.process.stdin is not None
        with contextlib.suppress(RuntimeError):  # the process has ended, which `_answer` finds
            self.process.stdin.write(msgspec.json.encode(asked) + b"\n" + payload)
        try:
            failed, result = await self._answer(asked.request_id)
        except asyncio.CancelledError:
            self.usable = False  # it may be at it still
            raise
        return Ran(result, failed, self.written(), self.memory)

    def written(self) -> str:
        """Returns what was written since the last time."""
        return read_output(self.output)

    async def _answer(self, request_id: str) -> tuple[bool, bytes]:
        """Returns whether the invocation failed, and its result: of one that is too long as much as shows that."""
        try:
            with bounded(self.output):
                answered, result = await self._read()
                while answered.request_id != request_id:  # what a handler wrote there, or its child
                    answered, result = await self._read()
        except (OSError, EOFError):
            raise Ended(how_it_ended(await self.process.wait()), self.written()) from None
        except ValueError:  # no answer: what comes after it would be none either
            await kill(self.process)
            raise Ended(how_it_ended(await self.process.wait()), self.written()) from None
        self.files |= answered.files
        self.memory, self.usable = answered.memory, answered.usable and answered.size <= MOST_PAYLOAD
        return answered.failed, result

    async def _read(self) -> tuple[Answered, bytes]:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        answered = msgspec.json.decode(line, type=Answered)
        return answered, await self.process.stdout.readexactly(min(answered.size, MOST_PAYLOAD + 1))

    async def end(self) -> None:
        """Kill the process, and all that it started."""
        self.usable = False
        await kill(self.process)
        self.output.close()


class Environments:
    """The environments that wait or run, at most `most`. Callers hold `room` while they have one."""

    def __init__(self, clock: Clock, most: int) -> None:
        self.room = asyncio.Semaphore(most)
        self._clock = clock
        self._most = most
        self._idle: dict[Environment, None] = {}  # the one idle longest first
        self._taken: Counter[str] = Counter()  # by ARN
        self._handed_out: Counter[str] = Counter()  # how often an idle one was taken, by ARN
        self._loading_times: dict[str, float] = {}  # in seconds of real time, by ARN
        self._starting = 0
        self._waiters: dict[asyncio.Future[None], str] = {}  # with the ARN of the function, in their order
        self._ending: set[asyncio.Task[None]] = set()
        self._timer: Timer | None = None

    async def take(
        self,
        function: Function,
        arn: str,
        variables: Callable[[], Mapping[str, str]],
        limit: Callable[[], AbstractAsyncContextManager[None]],
    ) -> tuple[Environment, bool]:
        """Returns an environment of `function`, by its ARN, and whether it is new, since none was idle.

        `variables()` returns those of a new one, which is started in the context `limit()`. Raises Ended, and OSError
        for a folder that is not there.
        """
        environment = await self._wait_for_idle(function, arn)
        self._taken[arn] += 1
        if environment is not None:
            return environment, False
        while self._idle and self._taken.total() + len(self._idle) > self._most:
            self._end_oldest()
        try:
            return await self._start(function, arn, variables, limit), True
        except BaseException:
            self._taken[arn] -= 1
            raise

    async def _wait_for_idle(self, function: Function, arn: str) -> Environment | None:
        """Returns an environment that is idle, None if a new one is to be started.

        Few are started at once; and where some of the function run, a new one is started only after none of them became
        idle for as long as starting one takes.
        """
        since, handed_out = seconds(), self._handed_out[arn]
        while (environment := self._find_idle(function, arn)) is None:
            patience = self._loading_times.get(arn, 0.0) if self._taken[arn] >= _AT_ONCE else 0.0
            left = since + patience - seconds()
            if self._starting < _AT_ONCE and left <= 0:
                return None
            is_full = self._starting >= _AT_ONCE
            await self._change(arn, None if is_full else left)
            if is_full or self._handed_out[arn] != handed_out:
                since, handed_out = seconds(), self._handed_out[arn]
        self._handed_out[arn] += 1
        return environment

    async def _start(
        self,
        function: Function,
        arn: str,
        variables: Callable[[], Mapping[str, str]],
        limit: Callable[[], AbstractAsyncContextManager[None]],
    ) -> Environment:
        self._starting += 1
        began = seconds()
        try:
            async with limit():
                environment = await start(function, arn, variables())
            self._loading_times[arn] = seconds() - began
            return environment
        finally:
            self._starting -= 1
            self._wake_all()

    def put_back(self, environment: Environment) -> None:
        """Keep an environment for further invocations; one that cannot be used any more is ended."""
        self._taken[environment.arn] -= 1
        self._wake(environment.arn)
        if not environment.serves(environment.function):
            self._end(environment)
            return
        environment.idle_since = self._clock.now()
        self._idle[environment] = None
        if self._timer is None:
            self._timer = self._clock.call_at(environment.idle_since + KEPT, self._end_old, "")

    def end_all(self, name: str | None = None) -> None:
        """End the environments that are idle, all or those of the function that was registered by a name or ARN."""
        for environment in [each for each in self._idle if name in (None, each.function.name)]:
            del self._idle[environment]
            self._end(environment)

    async def close(self) -> None:
        """End all environments that are idle, and wait until they have ended."""
        self.end_all()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await asyncio.gather(*self._ending)

    def _find_idle(self, function: Function, arn: str) -> Environment | None:
        """Returns the environment of a function that was used last; those that do not serve it any more are ended."""
        for environment in [each for each in reversed(self._idle) if each.arn == arn]:
            del self._idle[environment]
            if environment.serves(function):
                return environment
            self._end(environment)
        return None

    async def _change(self, arn: str, patience: float | None) -> None:
        """Wait until one of a function may be idle, or one may be started; at most so many seconds of real time."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = arn
        try:
            await in_real_time({waiter}, patience)
        finally:
            self._waiters.pop(waiter, None)

    def _wake(self, arn: str) -> None:
        """Wake the one that has waited longest for an environment of a function."""
        waiter = next((each for each, waits_for in self._waiters.items() if waits_for == arn), None)
        if waiter is not None:
            del self._waiters[waiter]
            waiter.set_result(None)

    def _wake_all(self) -> None:
        for waiter in self._waiters:
            waiter.set_result(None)
        self._waiters.clear()

    def _end_old(self, now: float) -> None:
        self._timer = None
        while (oldest := next(iter(self._idle), None)) is not None and oldest.idle_since + KEPT <= now:
            self._end_oldest()
        if oldest is not None:
            self._timer = self._clock.call_at(oldest.idle_since + KEPT, self._end_old, "")

    def _end_oldest(self) -> None:
        oldest = next(iter(self._idle))
        del self._idle[oldest]
        self._end(oldest)

    def _end(self, environment: Environment) -> None:
        task = asyncio.ensure_future(environment.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def start(function: Function, arn: str, variables: Mapping[str, str]) -> Environment:
    """Returns a new environment, with the function's code loaded. Raises Ended, and OSError for a bad folder."""
    output = tempfile.TemporaryFile()  # noqa: SIM115  it is closed as the process ends
    try:
        # -B: the time in compiled files is in seconds, and code may change twice in one
        command = (sys.executable, "-B", _RUNTIME, f"{function.handler}")
        process = await start_process(command, function.path, variables, output)
    except BaseException:
        output.close()
        raise
    environment = Environment(function, arn, process, output)
    try:
        await environment.load()
    except BaseException:
        await environment.end()
        raise
    return environment


def how_it_ended(code: int) -> str:
    """Returns how a process ended, as Lambda says it."""
    if code == 0:
        return "Runtime exited without providing a reason"
    how = f"exit status {code}" if code > 0 else f"signal: {signal.strsignal(-code)}".lower()
    return f"Runtime exited with error: {how}"


@contextlib.contextmanager
def bounded(output: IO[bytes]) -> Iterator[None]:
    """Cut off meanwhile what a process writes to a file beyond what is read of it: the disk is not filled."""
    timer: asyncio.TimerHandle

    def cut() -> None:
        nonlocal timer
        if os.fstat(output.fileno()).st_size > MOST_OUTPUT:
            os.ftruncate(output.fileno(), MOST_OUTPUT)
            os.lseek(output.fileno(), MOST_OUTPUT, os.SEEK_SET)  # the process goes on writing there
        timer = ring_after(_BETWEEN_CUTS, cut)

    timer = ring_after(_BETWEEN_CUTS, cut)
    try:
        yield
    finally:
        timer.cancel()


def read_output(output: IO[bytes]) -> str:
    """Returns what a process wrote to a file, and empties it."""
    output.seek(0)
    text = output.read(MOST_OUTPUT).decode("utf-8", "replace")
    output.seek(0)
    output.truncate()
    return text


def _time_of(path: str) -> float | None:
    """Returns when a file was changed last, None if it is not there."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
