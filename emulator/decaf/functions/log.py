"""The log of functions: what each invocation wrote, between the lines by which Lambda marks it.

Rule: it is bounded by its length, and the oldest entries are dropped.

Source: AWS Lambda Developer Guide, "Log and monitor Python Lambda functions".
"""

from __future__ import annotations

from collections import deque
from math import ceil

import msgspec

from decaf.functions.function import LATEST, Function, short_name, unqualified
from decaf.functions.invocation import Invocation

MOST = 8_388_608  # characters of all entries together
_MEGABYTE = 1_048_576


class LogEntry(msgspec.Struct, frozen=True):
    """The log of one invocation, which ended at `at` (epoch seconds). `number` counts the entries from 1."""

    number: int
    at: float
    arn: str
    request_id: str
    text: str


class FunctionLog:
    """The entries of all functions, the oldest first."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque()
        self._length = 0
        self._count = 0

    def add(self, arn: str, request_id: str, at: float, text: str) -> LogEntry:
        """Add an entry, and drop the oldest ones where there is no room."""
        self._count += 1
        entry = LogEntry(self._count, at, unqualified(arn), request_id, text)
        self._entries.append(entry)
        self._length += len(text)
        while self._length > MOST:
            self._length -= len(self._entries.popleft().text)
        return entry

    def find(
        self, name: str | None = None, account: str | None = None, request_id: str | None = None, after: int = 0
    ) -> list[LogEntry]:
        """Returns the entries after the one with number `after`; of a function by name or ARN, of an account, and of an
        invocation.
        """
        return [
            entry
            for entry in self._entries
            if entry.number > after
            and name in (None, entry.arn, short_name(entry.arn))
            and account in (None, entry.arn.split(":")[4])
            and request_id in (None, entry.request_id)
        ]


def log_of(function: Function, invocation: Invocation, init: float | None = None, memory: int = 0) -> str:
    """Returns the log of an invocation: what it wrote, between Lambda's lines.

    `init` is the time in seconds that loading the code took, None where it was loaded; `memory` is in bytes.
    """
    request_id, milliseconds = invocation.request_id, invocation.duration * 1_000
    report = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {ceil(milliseconds)} ms",
        f"Memory Size: {function.memory_size} MB",
        f"Max Memory Used: {ceil(memory / _MEGABYTE)} MB",
        *([] if init is None else [f"Init Duration: {init * 1_000:.2f} ms"]),
        *(["Status: timeout"] if invocation.timed_out else []),
    ]
    output = invocation.log if not invocation.log or invocation.log.endswith("\n") else f"{invocation.log}\n"
    return "".join(
        (
            f"START RequestId: {request_id} Version: {LATEST}\n",
            output,
            f"END RequestId: {request_id}\n",
            "\t".join(report) + "\n",
        )
    )
