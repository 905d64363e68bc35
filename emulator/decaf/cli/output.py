"""Output of commands: lines for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from decaf.base.printable import printable, printable_json, printable_lines


def json(value: Any) -> None:
    """Print a value as one JSON document."""
    import msgspec

    click.echo(printable_json(msgspec.json.format(msgspec.json.encode(value)).decode()))


def json_line(value: Any) -> None:
    """Print a value as JSON on one line."""
    import msgspec

    click.echo(printable_json(msgspec.json.encode(value).decode()))


def result(value: dict[str, Any], member: str | None, as_json: bool) -> None:
    """Print the result of an operation as JSON, or one member of it; nothing without a member."""
    if as_json:
        json(value)
    elif member is not None:
        line(value[member])


def line(text: str, err: bool = False) -> None:
    """Print one line, to standard error with `err`; what a terminal would not show as it is, is escaped."""
    click.echo(printable(text), err=err)


def document(text: str, err: bool = False) -> None:
    """Print a text of several lines, to standard error with `err`."""
    click.echo(printable_lines(text), nl=False, err=err)


def clear() -> None:
    """Clear the screen, if there is one."""
    click.clear()


@contextmanager
def screen() -> Iterator[None]:
    """While this lasts, the terminal shows another screen, without a cursor; then the one before is back."""
    click.echo("\x1b[?1049h\x1b[?25l\x1b[2J", nl=False)
    try:
        yield
    finally:
        click.echo("\x1b[?25h\x1b[?1049l", nl=False)


def redraw(lines: Sequence[str], width: int | None) -> None:
    """Put lines in the place of what a terminal shows, without a moment in which it is empty; cut to `width`."""
    ends = "\x1b[K\n"
    click.echo("\x1b[H" + "".join(f"{printable(line)[:width]}{ends}" for line in lines) + "\x1b[J", nl=False)


def moment(at: float | None) -> str | None:
    """Returns epoch seconds as a date and time in UTC, such as `2026-01-01 00:00:00.000`."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="milliseconds")[:-6]
