"""The server's log: a line for each record and each call, whatever clients sent, in text or JSON.

Rule: a thread of its own makes the lines of calls and writes all lines. So a terminal or a pipe that nobody reads stops
neither the server nor its end: when too many lines wait, the next ones are left out, and counted.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from decaf.base.clock import pause
from decaf.base.printable import printable, printable_json, printable_lines

if TYPE_CHECKING:
    from decaf.base.settings import Settings
    from decaf.observe.call_log import LoggedCall
    from decaf.observe.call_record import NotedCall

MOST_WAITING = 10_000  # lines
_GATHERED = 0.05  # seconds in which lines are gathered to be written together
_TO_END = 1.0  # seconds that the last lines have to be written


class Log:
    """The log of a process, to `stream` (standard error) from now on, until `close()`.

    `calls` logs a call of a client, None where their lines are not wanted.
    """

    def __init__(self, settings: Settings, stream: TextIO | None = None) -> None:
        self._stream = stream = stream or sys.stderr
        level = settings.log_level
        if level == "auto":
            level = "info" if stream.isatty() else "warning"
        form: type[TextFormatter | JsonFormatter] = JsonFormatter if settings.log_format == "json" else TextFormatter
        self._lines = Lines(stream, form.of_call)
        self._handler = _Handler(self._lines.put)
        self._handler.setFormatter(form())
        root = logging.getLogger()
        root.addHandler(self._handler)
        root.setLevel(level.upper())
        if level != "debug":
            logging.getLogger("decaf.http").setLevel(logging.CRITICAL)
        self.calls = _call_log(self._lines, level)

    def close(self) -> None:
        """Write what waits, and end."""
        logging.getLogger().removeHandler(self._handler)
        self._lines.close()


def _call_log(lines: Lines, level: str) -> Callable[[NotedCall], None] | None:
    if level not in ("debug", "info"):
        return None
    from decaf.observe.call_log import CallLog

    return CallLog(lines.put, with_bodies=level == "debug").note


class Lines:
    """Lines that wait to be written; of a call, `of_call` makes the line."""

    def __init__(self, stream: TextIO, of_call: Callable[[LoggedCall], str]) -> None:
        self._stream = stream
        self._of_call = of_call
        self._waiting: SimpleQueue[LoggedCall | str | None] = SimpleQueue()
        self._left_out = 0
        self._thread = Thread(target=self._write_all, name="decaf log", daemon=True)
        self._thread.start()

    def put(self, line: LoggedCall | str) -> None:
        """Add a line, and return at once."""
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(line)
        else:
            self._left_out += 1

    def close(self) -> None:
        """Write what waits, if that is possible at once; then no more."""
        self._waiting.put(None)
        self._thread.join(_TO_END)

    def _write_all(self) -> None:
        ended = False
        while not ended:
            gathered = [self._waiting.get()]
            if gathered[0] is not None:
                pause(_GATHERED)
            try:
                while True:
                    gathered.append(self._waiting.get_nowait())
            except Empty:
                ended = None in gathered
            self._write([line if isinstance(line, str) else self._of_call(line) for line in gathered if line])

    def _write(self, lines: list[str]) -> None:
        if self._left_out:
            lines.append(f"{self._left_out} lines of the log are left out: they could not be written in time")
            self._left_out = 0
        try:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except (OSError, ValueError):
            """Nobody can read the log any more, and nobody can be told."""


class _Handler(logging.Handler):
    """Passes each record to `put`, as a line."""

    def __init__(self, put: Callable[[str], None]) -> None:
        super().__init__()
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        self._put(self.format(record))


class TextFormatter(logging.Formatter):
    """Formats a record as its time, level and message; what is not to be printed is escaped, also in a traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the base class names it so
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return printable_lines(super().formatException(ei))

    @staticmethod
    def of_call(call: LoggedCall) -> str:
        """Returns a line as `2026-01-01 12:00:00,123 INFO sqs SendMessage orders 200 0.08 ms 000000000000`."""
        outcome = "no response" if call.status is None else str(call.status)
        parts = (
            f"{_second(int(call.at))},{int(call.at * 1000) % 1000:03d} INFO",
            call.service,
            call.operation or "-",
            _name(call.resource) or "-",
            outcome if call.error is None else f"{outcome} {call.error}",
            "-" if call.seconds is None else f"{call.seconds * 1000:.2f} ms",
            call.account or "-",
        )
        bodies = "".join(f"\n    {body}" for body in (call.request, call.response) if body is not None)
        return printable(" ".join(parts)) + printable_lines(bodies)


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": _iso(record.created), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return _json(fields)

    @staticmethod
    def of_call(call: LoggedCall) -> str:
        """Returns the facts of a call by name; those that do not apply are left out."""
        fields = {
            "time": _iso(call.at),
            "level": "info",
            "service": call.service,
            "operation": call.operation or None,
            "resource": _name(call.resource) or None,
            "account": call.account,
            "status": call.status,
            "error": call.error,
            "ms": None if call.seconds is None else round(call.seconds * 1000, 3),
            "request": call.request,
            "response": call.response,
        }
        return _json({name: value for name, value in fields.items() if value is not None})


def _name(resource: str) -> str:
    """Returns the name of a queue or topic, of its URL or ARN."""
    return resource.split(":", 5)[-1] if resource.startswith("arn:") else resource.rpartition("/")[2]


def _json(fields: dict[str, Any]) -> str:
    return printable_json(msgspec.json.encode(fields).decode())


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


@lru_cache(maxsize=4)  # calls come far more often than seconds
def _second(at: int) -> str:
    return datetime.fromtimestamp(at).isoformat(sep=" ")  # noqa: DTZ006  the local time, as in other lines
