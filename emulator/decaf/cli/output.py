"""Output of commands: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from decaf.base.printable import printable, printable_json, printable_lines

WIDE = 10_000  # columns; output to a file or a pipe is never cut


def json(value: Any) -> None:
    """Print a value as one JSON document."""
    import msgspec

    click.echo(printable_json(msgspec.json.format(msgspec.json.encode(value)).decode()))


def json_line(value: Any) -> None:
    """Print a value as JSON on one line."""
    import msgspec

    click.echo(printable_json(msgspec.json.encode(value).decode()))


def line(text: str, err: bool = False) -> None:
    """Print one line, to standard error with `err`; what a terminal would not show as it is, is escaped."""
    click.echo(printable(text), err=err)


def document(text: str) -> None:
    """Print a text of several lines."""
    click.echo(printable_lines(text), nl=False)


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table with one line per row; on a terminal, the last column is cut to fit."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    shown = Table(*names, box=None, pad_edge=False, header_style="bold")
    shown.columns[-1].no_wrap = True
    for row in rows:
        shown.add_row(*(Text("" if cell is None else printable(" ".join(str(cell).split()))) for cell in row))
    with console.capture() as printed:
        console.print(shown)
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def moment(at: float | None) -> str | None:
    """Returns epoch seconds as a date and time in UTC, such as `2026-01-01 00:00:00.000`."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="milliseconds")[:-6]
