"""The output of the lab: scene titles, sentences, and the table at the end.

Rule: all output of the lab goes through here. rich is imported when a narrator is made, not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from decaf.lab.checks import Check

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Narrator:
    """Writes to `console`; with `pause`, waits for Enter before each scene."""

    console: Console
    pause: bool = False

    def scene(self, title: str) -> None:
        if self.pause:
            self._wait_for_enter()
        self.console.print()
        self.console.rule(title, align="left")

    def say(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, highlight=False)

    def line(self, text: str) -> None:
        """Print something to copy, which is not broken into lines."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def table(self, checks: list[Check]) -> None:
        """Print a table with a section per scene and a row per check."""
        from rich.table import Table

        table = Table("Count", title="The coffee shop, counted")
        for heading in ("Expected", "Got", ""):
            table.add_column(heading, justify="right", no_wrap=True)
        for scene, of_scene in groupby(checks, key=lambda check: check.scene):
            table.add_section()
            table.add_row(scene, style="bold")
            for check in of_scene:
                verdict = "ok" if check.ok else "WRONG"
                style = None if check.ok else "bold red"
                table.add_row("  " + check.what, str(check.expected), str(check.got), verdict, style=style)
        self.console.print()
        self.console.print(table)

    def _wait_for_enter(self) -> None:
        try:
            self.console.input("\nPress Enter for the next scene. ")
        except EOFError:
            self.say("(no terminal to press Enter: continuing)")


def terminal_narrator(pause: bool) -> Narrator:
    """Return a narrator on standard output, with colours on a terminal."""
    from rich.console import Console

    return Narrator(Console(), pause)
