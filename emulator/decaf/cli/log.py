"""The server's log: a line for each record, whatever clients sent."""

from __future__ import annotations

import logging
from typing import Any

from decaf.base.printable import printable, printable_lines


class LogFormatter(logging.Formatter):
    """Formats a record as its time, level and message; what is not to be printed is escaped, also in a traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the base class names it so
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return printable_lines(super().formatException(ei))


def start_log(level: str) -> None:
    """Write the log to standard error from now on: records of `level` ("info", "debug", ...) and above."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    if level != "debug":
        logging.getLogger("decaf.http").setLevel(logging.CRITICAL)
