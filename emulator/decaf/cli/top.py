"""The command that shows queues live: how many messages each has, and how many come and go in a second."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from decaf.base.clock import seconds
from decaf.cli import keys, output, tables
from decaf.cli.client import control_command
from decaf.cli.state import MESSAGES, message_row
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.control.frames import Frame, QueueCounts
    from decaf.testing.control import Control

_REDRAWN = 0.3  # seconds between two screens, at least
_TICK = 1.0  # seconds after which it is drawn again although nothing came: ages grow
_OVER = 5.0  # seconds over which rates are taken
_COLUMNS = ("QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED", "IN/S", "OUT/S", "DEAD", "OLDEST", "REGION", "ACCOUNT")
_SPARE = ("REGION", "ACCOUNT")

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
    """Show queues live; without a terminal, or as JSON, once.

    IN/S and OUT/S are the messages per second that were sent and deleted, over the last 5 seconds; DEAD is how many
    became dead letters since the command began.

    Keys: up and down choose a queue, Enter shows its messages without receiving them, Escape goes back, s changes the
    order, q ends.
    """
    if as_json or not sys.stdout.isatty():
        with closing(control.frames()) as frames:
            frame = next(frames)
        if as_json:
            return output.json(frame)
        board = Board(sort)
        board.take(frame, seconds())
        return output.document("\n".join(board.lines(seconds(), None, None)) + "\n")
    _live(control, Board(sort, keyed=keys.readable()), wide)
    return None


def _live(control: Control, board: Board, wide: bool) -> None:
    """Draw the board until a key ends it, or the server does."""
    drawn, shown = -_REDRAWN, None
    with output.screen() if board.keyed else nullcontext():
        for happened in keys.with_keys(control.frames):
            if isinstance(happened, str):
                if happened == "q":
                    return
                board.press(happened)
                drawn = -_REDRAWN
            elif happened is not None:
                board.take(happened, seconds())
            size = shutil.get_terminal_size()
            wait = _REDRAWN if happened is not None else _TICK
            if board.now is None or (seconds() - drawn < wait and size == shown):
                continue
            drawn, shown = seconds(), size
            width = None if wide else size.columns
            if board.opened is None:
                lines = board.lines(drawn, width, size.lines)
            else:
                lines = _peek(control, board.opened, width, size.lines)
            output.redraw(lines[: size.lines - 1], None if wide else size.columns)


def _peek(control: Control, arn: str, width: int | None, height: int) -> list[str]:
    """Returns the first messages of a queue, without receiving them."""
    from decaf.control.route import Refused

    try:
        found = control.messages(arn, limit=max(1, height - 4))
    except Refused as refused:
        return [str(refused), "Escape: back"]
    rows = [message_row(message) for message in found]
    head = f"{_name(arn)}: its first messages, which are not received"
    return [head, *tables.lines(MESSAGES, rows, width), "", "Escape: back   q: end"]


@dataclass(slots=True)
class Board:
    """What is shown: all queues as the frames have changed them, and with `keyed` one of them chosen.

    `now` is the server's clock in the latest frame, which came `at` seconds of real time; None before the first one.
    `opened` is the ARN of the queue whose messages are shown.
    """

    sort: str
    keyed: bool = False
    now: float | None = None
    at: float = 0.0
    opened: str | None = None
    _frozen: bool = False
    _chosen: str | None = None
    _queues: dict[str, QueueCounts] = field(default_factory=dict)
    _recent: list[tuple[float, Counter[tuple[str, str]]]] = field(default_factory=list)
    _dead: Counter[str] = field(default_factory=Counter)

    def take(self, frame: Frame, at: float) -> None:
        """Note what a frame says, which came `at` seconds of real time."""
        self.now, self.at, self._frozen = frame.now, at, frame.frozen
        self._queues |= {queue.arn: queue for queue in frame.queues}
        for move in frame.moves:
            if move.kind == "QueueDeleted":
                self._queues.pop(move.arn, None)
            elif move.kind == "MessageDeadLettered":
                self._dead[move.arn] += move.count
        self._recent.append((at, Counter({(move.kind, move.arn): move.count for move in frame.moves})))

    def press(self, key: str) -> None:
        """Do what a key is for."""
        if key in ("escape", "left"):
            self.opened = None
        elif self.opened is not None:
            return
        elif key == "enter":
            self.opened = self._chosen
        elif key == "s":
            orders = list(_SORTS)
            self.sort = orders[(orders.index(self.sort) + 1) % len(orders)]
        elif key in ("up", "down"):
            self._choose(1 if key == "down" else -1)

    def _choose(self, step: int) -> None:
        arns = [queue.arn for queue in self._sorted()]
        if arns:
            at = arns.index(self._chosen) + step if self._chosen in arns else 0
            self._chosen = arns[max(0, min(len(arns) - 1, at))]

    def _sorted(self) -> list[QueueCounts]:
        by = _SORTS[self.sort]
        return sorted(self._queues.values(), key=lambda queue: (by(queue), queue.arn))

    def lines(self, at: float, width: int | None, height: int | None) -> list[str]:
        """Returns the lines of a screen of this size, `at` seconds of real time; None: as large as it has to be."""
        now = (self.now or 0.0) + (0.0 if self._frozen else at - self.at)
        self._recent = [(then, moves) for then, moves in self._recent if then > at - _OVER]
        rates: Counter[tuple[str, str]] = sum((moves for _, moves in self._recent), Counter())
        queues = self._sorted()
        rows = [self._row(queue, now, rates) for queue in queues]
        head, *table = tables.lines(Columns(_COLUMNS, spare=_SPARE), rows, width and width - 2 * self.keyed)
        first = [f"{output.moment(now)} UTC{', clock stopped' if self._frozen else ''}, sorted by {self.sort}"]
        if not self.keyed:
            return [*first, head, *table]
        chosen = next((at for at, queue in enumerate(queues) if queue.arn == self._chosen), None)
        marked = [f"{'> ' if at == chosen else '  '}{line}" for at, line in enumerate(table)]
        room = len(marked) if height is None else max(1, height - 5)
        top_row = max(0, (chosen or 0) - room + 1)
        hint = "up, down: choose   Enter: messages   s: order   q: end"
        return [*first, f"  {head}", *marked[top_row : top_row + room], "", hint]

    def _row(self, queue: QueueCounts, now: float, rates: Counter[tuple[str, str]]) -> tuple[Any, ...]:
        _, _, _, region, account, name = queue.arn.split(":", 5)
        sent, deleted = (rates[kind, queue.arn] / _OVER for kind in ("MessageSent", "MessageDeleted"))
        oldest = "" if queue.oldest_at is None else f"{max(0.0, now - queue.oldest_at):.0f} s"
        counts = (queue.visible, queue.in_flight, queue.delayed)
        dead = self._dead[queue.arn] or ""
        return (name, *counts, f"{sent:.1f}", f"{deleted:.1f}", dead, oldest, region, account)


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]


COMMANDS = (top,)
