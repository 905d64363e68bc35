"""Answers on the screen: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

WIDE = 10_000  # columns; what is not read on a terminal is not cut to fit one


def json(value: Any) -> None:
    """Print an answer as one JSON document."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under the names of their columns, each on a line; on a terminal the last column is cut to fit."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    shown = Table(*names, box=None, pad_edge=False, header_style="bold")
    shown.columns[-1].no_wrap = True
    for row in rows:
        shown.add_row(*(Text("" if cell is None else " ".join(str(cell).split())) for cell in row))
    with console.capture() as printed:
        console.print(shown)
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def moment(at: float | None) -> str | None:
    """Epoch seconds as people read them, in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="milliseconds")[:-6]
