"""Values on a command line: NAME=VALUE, and times such as 90, 10m and 2d."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import click

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}  # seconds
_DURATION = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,9})?)([smhd]?)", re.ASCII)


class Duration(click.ParamType[float]):
    """A number of seconds, or of minutes, hours or days: 90, 1.5, 90s, 10m, 2h, 4d."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _DURATION.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no time: give seconds, or a number with s, m, h or d, such as 10m", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


def values(texts: Iterable[str], option: str) -> dict[str, str]:
    """Returns the values of an option that is given several times, by name. Raises UsageError."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{option}: {text!r} is not of the form NAME=VALUE")
        found[name] = value
    return found
