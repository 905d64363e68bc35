"""A progress bar while a data directory is read, for people at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from decaf.base.clock import seconds

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0  # seconds of reading until the bar is shown


@contextmanager
def shown() -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes the numbers of messages read and of all; if stderr is a terminal, it draws a bar."""
    began = seconds()
    bar: Progress | None = None

    def read(done: int, count: int) -> None:
        nonlocal bar
        if bar is None and sys.stderr.isatty() and seconds() > began + PATIENCE:
            bar = _bar(count)
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield read
    finally:
        if bar is not None:
            bar.stop()


def _bar(count: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("reading messages", total=count)
    bar.start()
    return bar
