"""Timestamps in the three formats of AWS's protocols, as seconds since the epoch and back.

Source: Smithy's documentation, "timestampFormat trait": date-time (RFC 3339), http-date (RFC 7231), epoch-seconds.
botocore's models call them iso8601, rfc822 and unixtimestamp.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(\.\d{1,9})? GMT", re.ASCII)
_SECONDS = re.compile(r"-?\d{1,15}(\.\d{1,9})?([eE][+-]?\d{1,2})?", re.ASCII)


def read_timestamp(text: str, form: str) -> float:
    """Returns the seconds of a text in one of the formats. Raises ValueError for any other text."""
    return _READERS[form](text)


def write_timestamp(seconds: float, form: str) -> str:
    """Returns a moment as text; fractions are milliseconds, and left out in rfc822."""
    return _WRITERS[form](seconds)


def number(seconds: float) -> float:
    """Returns a moment as a number of JSON: a whole one where there is no fraction, else with milliseconds."""
    rounded = round(seconds, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _read_date_time(text: str) -> float:
    if _DATE_TIME.fullmatch(text) is None:
        raise ValueError(text)
    return datetime.fromisoformat(text).timestamp()


def _read_http_date(text: str) -> float:
    matched = _HTTP_DATE.fullmatch(text)
    if matched is None:
        raise ValueError(text)
    fraction = matched[1] or ""
    return parsedate_to_datetime(text.replace(fraction, "", 1) if fraction else text).timestamp() + float(fraction or 0)


def _read_seconds(text: str) -> float:
    if _SECONDS.fullmatch(text) is None:
        raise ValueError(text)
    return float(text)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def _write_date_time(seconds: float) -> str:
    moment = _moment(seconds)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


_READERS: Mapping[str, Callable[[str], float]] = {
    "iso8601": _read_date_time,
    "rfc822": _read_http_date,
    "unixtimestamp": _read_seconds,
}
_WRITERS: Mapping[str, Callable[[float], str]] = {
    "iso8601": _write_date_time,
    "rfc822": lambda seconds: format_datetime(_moment(seconds), usegmt=True),
    "unixtimestamp": lambda seconds: str(number(seconds)),
}
