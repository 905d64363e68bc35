"""The command that shows queues live: how many messages each has, and how many come and go in a second."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from decaf.base.clock import seconds
from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.control.frames import Frame, QueueCounts
    from decaf.testing.control import Control

_REDRAWN = 0.3  # seconds between two screens, at least
_OVER = 5.0  # seconds over which rates are taken

_SORTS: dict[str, Callable[[QueueCounts], Any]] = {
    "messages": lambda queue: -(queue.visible + queue.in_flight + queue.delayed),
    "name": lambda queue: _name(queue.arn),
    "oldest": lambda queue: queue.oldest_at or float("inf"),
}


@click.command()
@click.option("--sort", type=click.Choice(sorted(_SORTS)), default="messages", show_default=True, help="the order")
@wide_option
@control_command
def top(control: Control, sort: str, wide: bool, as_json: bool) -> None:
    """Show queues live until Ctrl-C; without a terminal, or as JSON, once.

    IN and OUT are the messages per second that were sent and deleted, over the last 5 seconds.
    """
    frames = control.frames()
    if as_json:
        return output.json(next(frames))
    for lines in _screens(frames, sort, wide):
        if not sys.stdout.isatty():
            return output.document("\n".join(lines) + "\n")
        output.clear()
        output.document("\n".join(lines[: shutil.get_terminal_size().lines - 1]) + "\n")
    return None


def _screens(frames: Iterator[Frame], sort: str, wide: bool) -> Iterator[list[str]]:
    """Yields the lines of each screen."""
    queues: dict[str, QueueCounts] = {}
    recent: list[tuple[float, Counter[tuple[str, str]]]] = []
    drawn = -_REDRAWN
    for frame in frames:
        queues |= {queue.arn: queue for queue in frame.queues}
        for gone in [move.arn for move in frame.moves if move.kind == "QueueDeleted"]:
            queues.pop(gone, None)
        now = seconds()
        recent = [(at, moves) for at, moves in recent if at > now - _OVER]
        recent.append((now, Counter({(move.kind, move.arn): move.count for move in frame.moves})))
        if now - drawn < _REDRAWN:
            continue
        drawn = now
        rates: Counter[tuple[str, str]] = sum((moves for _, moves in recent), Counter())
        rows = [_row(queue, frame.now, rates) for queue in sorted(queues.values(), key=_SORTS[sort])]
        names = ("QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED", "IN/S", "OUT/S", "DEAD", "OLDEST", "REGION", "ACCOUNT")
        width = None if wide or not sys.stdout.isatty() else shutil.get_terminal_size().columns
        head = f"{output.moment(frame.now)} UTC{', clock stopped' if frame.frozen else ''}, sorted by {sort}"
        yield [head, *tables.lines(Columns(names, spare=("REGION", "ACCOUNT")), rows, width)]


def _row(queue: QueueCounts, now: float, rates: Counter[tuple[str, str]]) -> tuple[Any, ...]:
    _, _, _, region, account, name = queue.arn.split(":", 5)
    sent, deleted = (rates[kind, queue.arn] / _OVER for kind in ("MessageSent", "MessageDeleted"))
    oldest = "" if queue.oldest_at is None else f"{max(0.0, now - queue.oldest_at):.0f} s"
    dead = rates["MessageDeadLettered", queue.arn] or ""
    counts = (queue.visible, queue.in_flight, queue.delayed)
    return (name, *counts, f"{sent:.1f}", f"{deleted:.1f}", dead, oldest, region, account)


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]


COMMANDS = (top,)
