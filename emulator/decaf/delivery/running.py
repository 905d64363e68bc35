"""Running functions: one invocation of what the user registered, and what comes of it.

Rule: an invocation never raises; what went wrong is in its result. How a function runs is in runtimes/. Its time begins
when it has a process with its code loaded, and is the clock's. Few processes run at once, and the others wait for them.

Source: AWS Lambda API Reference, Invoke; AWS Lambda Developer Guide, "Configuring reserved concurrency".
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from decaf.base.arn import Arn, read_arn
from decaf.base.clock import Clock
from decaf.base.events import Event, Events, FunctionFailed, FunctionInvoked, FunctionSucceeded
from decaf.base.printable import encodable
from decaf.base.time_limit import within
from decaf.delivery.own_address import OwnAddress, root
from decaf.delivery.runtimes import command, in_process
from decaf.delivery.runtimes.environments import RUNTIME_FOLDER, Asked, Environments, read_output
from decaf.delivery.runtimes.error_document import of_the_runtime, reason_of
from decaf.delivery.runtimes.ran import MOST_PAYLOAD, Ended, Ran
from decaf.faults.effects import ON_INVOCATIONS, Throttle, Timeout
from decaf.faults.match import Context
from decaf.faults.rules import Faults
from decaf.functions.function import Function, function_arn, short_name, unqualified
from decaf.functions.invocation import Invocation
from decaf.functions.log import FunctionLog, log_of
from decaf.functions.statistics import FunctionStatistics
from decaf.functions.variables import log_stream, variables_of

if TYPE_CHECKING:
    from decaf.delivery.runtimes.url import FunctionUrls

_LATE = "a function times out"
_NO_PROCESSES = "functions do not start here: the setting max_function_processes is 0"
_LOADING = 10.0  # seconds that loading the code may take: "init phase"
_ANY = ("000000000000", "us-east-1")  # where a function runs that is invoked by its name alone

_log = logging.getLogger("decaf.functions")


class FunctionRunner:
    """Invokes functions; at most `max_processes` processes run at once. What the functions write goes to `log`.

    With `hosts`, functions by URL are at these hosts only.
    """

    def __init__(
        self,
        clock: Clock,
        own_address: OwnAddress,
        max_processes: int,
        hosts: Collection[str],
        events: Events,
        log: FunctionLog,
        faults: Faults,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self.statistics = FunctionStatistics()
        self._events = events
        self._function_log = log
        self._max_processes = max_processes
        self._environments = Environments(clock, max_processes)
        self._own_address = own_address
        self._hosts = hosts
        self._urls: FunctionUrls | None = None
        self._url = self._trusted = ""
        self._running: Counter[str] = Counter()  # invocations by function

    def open(self, url: str, trusted: str = "") -> None:
        """Let the AWS clients of functions call the server at `url`, and trust the authority in the file `trusted`."""
        self._url, self._trusted = url, trusted

    async def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        request_id: str,
        arn: str | None = None,
        trace_header: str | None = None,
        timeout: float | None = None,
        client_context: str | None = None,
        source: Arn | None = None,
        message_ids: Sequence[str] = (),
    ) -> Invocation:
        """Invoke `function` with an event, which is JSON, and wait for the result.

        `arn` is the one by which it is invoked, which a function needs that is registered by its name. `timeout` is in
        seconds of the clock, the function's own by default; `client_context` is JSON. `source` is the queue or topic
        that the event is from, and `message_ids` are those of its messages.
        """
        arn = arn or function_arn(function.name, *_ANY)
        about = Invocation(request_id, arn, source, tuple(message_ids))
        seconds = function.timeout if timeout is None else timeout
        traced = trace_header or root(self._clock.now(), request_id)
        asked = Asked(len(payload), request_id, arn, seconds, traced, client_context)
        try:
            invocation = await self._attempt(function, asked, payload, about)
        except Exception as error:
            _log.exception("internal error in an invocation of %s", arn)
            invocation = _broken(about, error)
        if invocation.reason is not None:
            invocation = replace(invocation, reason=encodable(invocation.reason))
        return self._conclude(invocation)

    async def _attempt(self, function: Function, asked: Asked, payload: bytes, about: Invocation) -> Invocation:
        if self._is_throttled(function):
            return replace(about, reason="Rate Exceeded.", obstacle="throttled")
        if self._faults.rules and (injected := self._injected(about, function)) is not None:
            return injected
        self._running[function.name] += 1
        try:
            if self._events.listeners:
                self._emit(FunctionInvoked, about)
            return _limited(await self._invoke(function, asked, payload, about))
        finally:
            self._running[function.name] -= 1

    def forget(self, name: str | None = None) -> None:
        """End the processes that wait for invocations, all or those of the function with that name or ARN."""
        self._environments.end_all(name)

    async def close(self) -> None:
        await self._environments.close()
        if self._urls is not None:
            await self._urls.close()

    def _is_throttled(self, function: Function) -> bool:
        reserved = function.reserved_concurrency
        return reserved is not None and self._running[function.name] >= reserved

    def _injected(self, about: Invocation, function: Function) -> Invocation | None:
        """Returns what comes of an invocation that a fault hits, None for one that none hits."""
        arn = read_arn(unqualified(about.arn))
        assert arn is not None
        source = about.source
        queue, topic = (source if source is not None and source.service == each else None for each in ("sqs", "sns"))
        context = Context("lambda", arn.account, arn.region, arn, queue=queue, topic=topic, function=arn)
        rule = next(self._faults.hitting(context, ON_INVOCATIONS, self._clock.now()), None)
        if rule is None:
            return None
        if isinstance(rule.effect, Throttle):
            return replace(about, reason=f"Rate Exceeded. ({rule.id})", obstacle="throttled")
        if isinstance(rule.effect, Timeout):
            return _timed_out(about, function.timeout, function.timeout)
        reason = f"this error was injected by {rule.id}"
        payload = of_the_runtime("InjectedFault", reason, about.request_id)
        return replace(about, payload=payload, error="Unhandled", reason=f"InjectedFault: {reason}")

    def _conclude(self, invocation: Invocation) -> Invocation:
        self.statistics.note(invocation)
        if self._events.listeners:
            self._emit(FunctionSucceeded if invocation.succeeded else FunctionFailed, invocation)
        return invocation

    def _emit(self, kind: type[Event], invocation: Invocation) -> None:
        arn = read_arn(unqualified(invocation.arn))
        assert arn is not None
        self._events.emit(kind(self._clock.now(), arn, invocation))

    async def _invoke(self, function: Function, asked: Asked, payload: bytes, about: Invocation) -> Invocation:
        if function.url:
            return await self._by_url(function.url, asked, payload, about)
        run = _Run(self._clock, function, asked, about)
        try:
            if function.in_process is not None:
                invocation = await run.within(in_process.run(function, self._variables(run), asked, payload))
            elif not self._max_processes:
                return replace(about, reason=_NO_PROCESSES, obstacle="refused")
            elif function.command:
                async with self._environments.room:
                    invocation = await self._by_command(run, payload)
            else:
                async with self._environments.room:
                    invocation = await self._in_environment(run, payload)
        except (OSError, ValueError) as error:  # ValueError: a path with a null byte
            return replace(about, reason=f"{_not_started(function)}: {error}", obstacle="refused")
        self._write(log_of(function, invocation, run.loading, run.memory), invocation)
        return invocation

    async def _by_url(self, url: str, asked: Asked, payload: bytes, about: Invocation) -> Invocation:
        urls = await self._opened_urls()
        started = self._clock.now()
        try:
            async with within(self._clock, asked.seconds, _LATE):
                response = await urls.invoke(url, asked, payload, started)
        except TimeoutError:
            return _timed_out(about, asked.seconds, asked.seconds)
        return replace(
            about,
            payload=response.payload,
            error="Unhandled" if response.failed else None,
            reason=reason_of(response.payload) if response.failed else response.reason,
            timed_out=response.late,
            obstacle=response.obstacle,
            status=response.status,
            duration=self._clock.now() - started,
        )

    async def _opened_urls(self) -> FunctionUrls:
        if self._urls is None:
            make = await asyncio.to_thread(_load_urls)  # aiohttp: others would wait for a tenth of a second
            self._urls = self._urls or make(self._own_address, self._hosts)
        return self._urls

    def _variables(self, run: _Run) -> dict[str, str]:
        stream = log_stream(self._clock.now())
        variables = variables_of(run.function, run.asked.arn, self._url, self._trusted, stream, os.environ)
        folders = {"LAMBDA_RUNTIME_DIR": RUNTIME_FOLDER, "LAMBDA_TASK_ROOT": os.path.abspath(run.function.path)}
        return variables | folders

    async def _by_command(self, run: _Run, payload: bytes) -> Invocation:
        with tempfile.TemporaryFile() as output:
            running = command.run(run.function, self._variables(run), run.asked, payload, output)
            return await run.within(running, partial(read_output, output))

    async def _in_environment(self, run: _Run, payload: bytes) -> Invocation:
        """Invoke in a process that is kept for the next invocation."""
        began = self._clock.now()
        arn, limit = unqualified(run.asked.arn), partial(within, self._clock, _LOADING + run.asked.seconds, _LATE)
        try:
            taken = await self._environments.take(run.function, arn, partial(self._variables, run), limit)
        except TimeoutError:
            return _timed_out(run.about, run.asked.seconds, self._clock.now() - began)
        except Ended as ended:
            return _exited(run.about, ended, self._clock.now() - began)
        environment, is_new = taken
        if is_new:
            run.loading = self._clock.now() - began
        try:
            return await run.within(environment.invoke(run.asked, payload), environment.written)
        finally:
            self._environments.put_back(environment)

    def _write(self, text: str, invocation: Invocation) -> None:
        self._function_log.add(invocation.arn, invocation.request_id, self._clock.now(), text)
        if _log.isEnabledFor(logging.INFO):
            name = short_name(invocation.arn)
            for line in text.replace("\t", "  ").splitlines():
                _log.info("%s: %s", name, line)


@dataclass(slots=True)
class _Run:
    """One run of a function. `loading` is the time that loading its code took, None where it was loaded."""

    clock: Clock
    function: Function
    asked: Asked
    about: Invocation
    loading: float | None = None
    memory: int = 0

    async def within(self, running: Awaitable[Ran], written: Callable[[], str] = str) -> Invocation:
        """Returns what comes of a run, which is cancelled after the function's timeout.

        `written` returns what it wrote until then.
        """
        started = self.clock.now()
        try:
            async with within(self.clock, self.asked.seconds, _LATE):
                ran = await running
        except TimeoutError:
            return _timed_out(self.about, self.asked.seconds, self.asked.seconds, written())
        except Ended as ended:
            return _exited(self.about, ended, self.clock.now() - started)
        self.memory = ran.memory
        return replace(
            self.about,
            payload=ran.payload,
            error="Unhandled" if ran.failed else None,
            reason=reason_of(ran.payload) if ran.failed else None,
            log=ran.output,
            duration=self.clock.now() - started,
        )


def _load_urls() -> type[FunctionUrls]:
    from decaf.delivery.runtimes.url import FunctionUrls

    return FunctionUrls


def _limited(invocation: Invocation) -> Invocation:
    """Returns an invocation; one with a result that is too long has failed."""
    if len(invocation.payload) <= MOST_PAYLOAD:
        return invocation
    reason = f"Response payload size exceeded maximum allowed payload size ({MOST_PAYLOAD} bytes)."
    document = {"errorMessage": reason, "errorType": "Function.ResponseSizeTooLarge"}
    return replace(invocation, payload=json.dumps(document).encode(), error="Unhandled", reason=reason)


def _not_started(function: Function) -> str:
    by = f" by the command {shlex.join(function.command)!r}" if function.command else ""
    return f"the function cannot be started{by} in the folder {function.path}"


def _timed_out(about: Invocation, timeout: float, duration: float, output: str = "") -> Invocation:
    reason = f"Task timed out after {timeout:.2f} seconds"
    payload = of_the_runtime("Sandbox.Timedout", reason, about.request_id)
    end = "" if output.endswith("\n") or not output else "\n"
    log = f"{output}{end}{about.request_id} {reason}\n"
    return replace(about, payload=payload, error="Unhandled", reason=reason, timed_out=True, log=log, duration=duration)


def _exited(about: Invocation, ended: Ended, duration: float) -> Invocation:
    payload = of_the_runtime("Runtime.ExitError", str(ended), about.request_id)
    log = f"{ended.output}RequestId: {about.request_id} Error: {ended}\n"
    return replace(about, payload=payload, error="Unhandled", reason=str(ended), log=log, duration=duration)


def _broken(about: Invocation, error: Exception) -> Invocation:
    reason = f"internal error: {type(error).__name__}: {error}"
    payload = of_the_runtime("Runtime.Unknown", reason, about.request_id)
    return replace(about, payload=payload, error="Unhandled", reason=reason)
