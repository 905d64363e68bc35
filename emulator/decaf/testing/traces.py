"""Files of traces: which tests leave one, where, and under which name.

Rule: nothing is read from a server until a test has failed, or until its end where each test leaves a trace.
"""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from decaf.page.trace_file import Failure, TracedTest
    from decaf.testing.control import Control

OFF, RETAIN_ON_FAILURE, ON = MODES = ("off", "retain-on-failure", "on")
FOLDER = "decaf-traces"
VARIABLE, FOLDER_VARIABLE = "DECAF_TRACE", "DECAF_TRACE_DIR"  # for tests without pytest

_LONGEST_NAME = 100  # characters
_LONGEST_MESSAGE = 2_000
_LONGEST_TEXT = 50_000


class NoTrace(Exception):
    """A test left no trace; the text says why."""


class Traces(msgspec.Struct, frozen=True):
    """Which tests leave a trace (`mode`), and the folder of the files."""

    mode: str
    folder: Path

    @classmethod
    def of_variables(cls, variables: Mapping[str, str] = os.environ) -> Traces:
        """Returns what DECAF_TRACE and DECAF_TRACE_DIR say. Raises ValueError for a mode that does not exist."""
        mode = variables.get(VARIABLE) or OFF
        if mode not in MODES:
            raise ValueError(f"{VARIABLE}={mode}: it is one of {', '.join(MODES)}")
        return cls(mode, Path(variables.get(FOLDER_VARIABLE) or FOLDER))

    def wants(self, *, failed: bool) -> bool:
        """Returns whether a test leaves a trace."""
        return self.mode == ON or (failed and self.mode == RETAIN_ON_FAILURE)

    def leave(self, control: Control, test: TracedTest, attempt: int = 1) -> Path:
        """Write the trace of a test, whose account `control` is limited to. Returns its file.

        A test that is run again leaves one file for each attempt. Raises NoTrace where the server returns none, as one
        that is not Decaf, or the file cannot be written.
        """
        from decaf.control.route import Refused
        from decaf.page.trace_file import written
        from decaf.testing.http_client import NoServer

        file = self.folder / f"{file_name(test.name)}{f'-{attempt}' if attempt > 1 else ''}.html"
        try:
            write(file, written(test, control.trace()))
        except (NoServer, Refused, OSError) as error:
            raise NoTrace(str(error)) from error
        return file


def file_name(test: str) -> str:
    """Returns a name for the file of a test that every file system takes, and that no other test has."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", test).strip("-.")
    if readable == test and len(test) <= _LONGEST_NAME:
        return test
    return f"{readable[-_LONGEST_NAME:].strip('-.')}-{sha256(test.encode('utf-8', 'replace')).hexdigest()[:6]}"


def write(file: Path, html: str) -> None:
    """Write a file that only its owner can read, at once: nobody sees a part of it. Its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}-")  # with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as opened:
            opened.write(html)
        Path(part).replace(file)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def failure_of(error: BaseException, file: str | Path | None, text: str | None = None) -> Failure:
    """Returns how a test failed. The line is the latest one of `file` that the error passed, else where it was raised.

    `text` is the whole report; without it, that of Python.
    """
    from decaf.page.trace_file import Failure

    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [place for place in places if file is not None and place[0] == str(file)]
    where, line = (own or places)[-1] if places else (None, None)
    message = "".join(traceback.format_exception_only(error)).strip()
    report = text if text is not None else "".join(traceback.format_exception(error))
    return Failure(_clean(message, _LONGEST_MESSAGE), where and _short(where), line, _clean(report, _LONGEST_TEXT))


def failure_of_text(text: str) -> Failure:
    """Returns how a test failed, of which only the report is known."""
    from decaf.page.trace_file import Failure

    lines = text.strip().splitlines() or ["failed"]
    return Failure(_clean(lines[-1], _LONGEST_MESSAGE), text=_clean(text, _LONGEST_TEXT))


def _short(file: str) -> str:
    """Returns a file as seen from the present folder, if it is in it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _clean(text: str, longest: int) -> str:
    some = text if len(text) <= longest else f"{text[:longest]} ..."
    return some.encode("utf-8", "replace").decode()
