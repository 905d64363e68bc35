"""Tables for people, with one line per row, that fit the terminal.

Rule: ids, names, states and numbers are never cut. What can be long and is none of these is cut to fit; where even that
is too wide, the columns that matter least are left out. `--wide` does neither, and a file or a pipe has everything.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

import click
import msgspec

from decaf.base.printable import printable
from decaf.cli import output

_GAP = "  "
_LEAST = 4  # columns of a text that is cut
_CUT = "…"

wide_option: Callable[..., Any] = click.option(
    "--wide", "--no-trunc", "wide", is_flag=True, help="do not fit the table to the terminal"
)


class Columns(msgspec.Struct, frozen=True):
    """The columns of a table, by their names. Texts in those of `cut` can be cut; those of `spare` can be left out, in
    this order.
    """

    names: Sequence[str]
    cut: Collection[str] = ()
    spare: Sequence[str] = ()


def show(columns: Columns, rows: Sequence[Sequence[Any]], wide: bool = False) -> None:
    """Print a table."""
    for line in lines(columns, rows, None if wide or not sys.stdout.isatty() else shutil.get_terminal_size().columns):
        output.line(line)


def lines(columns: Columns, rows: Sequence[Sequence[Any]], width: int | None) -> list[str]:
    """Returns the lines of a table that is at most `width` columns wide, if that is possible."""
    from rich.cells import cell_len

    texts = [list(columns.names), *([_text(cell) for cell in row] for row in rows)]
    widths = {name: max(cell_len(row[at]) for row in texts) for at, name in enumerate(columns.names)}
    if width is not None:
        widths = _fitted(columns, widths, width)
    shown = [(at, widths[name]) for at, name in enumerate(columns.names) if name in widths]
    return [_GAP.join(_sized(row[at], size) for at, size in shown).rstrip() for row in texts]


def _fitted(columns: Columns, widths: dict[str, int], width: int) -> dict[str, int]:
    """Returns the widths of the columns that are shown, at most `width` together if that is possible."""
    least = {name: min(size, max(_LEAST, len(name))) if name in columns.cut else size for name, size in widths.items()}
    spare = list(columns.spare)
    while spare and _sum(least) > width:
        del least[spare.pop(0)]
    free = max(0, width - _sum(least))
    cut = sorted((name for name in columns.cut if name in least), key=lambda name: widths[name] - least[name])
    for at, name in enumerate(cut):
        more = min(free // (len(cut) - at), widths[name] - least[name])
        least[name] += more
        free -= more
    return least


def _sum(widths: dict[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _text(cell: Any) -> str:
    return "" if cell is None else printable(" ".join(str(cell).split()))


def _sized(text: str, size: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return set_cell_size(text, size) if cell_len(text) <= size else set_cell_size(text, size - 1) + _CUT
