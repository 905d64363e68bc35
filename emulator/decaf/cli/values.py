"""Named values on a command line: NAME=VALUE."""

from __future__ import annotations

from collections.abc import Iterable

import click


def values(texts: Iterable[str], option: str) -> dict[str, str]:
    """Returns the values of an option that is given several times, by name. Raises UsageError."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{option}: {text!r} is not of the form NAME=VALUE")
        found[name] = value
    return found
