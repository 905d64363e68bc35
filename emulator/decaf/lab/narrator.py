"""The voice of the lab: scene titles, sentences, and the table at the end.

Rule: everything the lab prints goes through here. rich is imported when a narrator is made, not before.
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
    """Speaks on `console`; with `pause`, waits for Enter before each scene."""

    console: Console
    pause: bool = False

    def scene(self, title: str) -> None:
        if self.pause:
            self._wait_for_enter()
        self.console.print()
        self.console.rule(title, align="left")

    def say(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, highlight=False)

    def table(self, checks: list[Check]) -> None:
        """A section per scene, a row per check."""
        from rich.table import Table

        table = Table("What was counted", title="The coffee shop, counted")
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
            self.say("(nobody is there to press Enter: going on)")


def terminal_narrator(pause: bool) -> Narrator:
    """A narrator on standard output, in colour where that is a terminal."""
    from rich.console import Console

    return Narrator(Console(), pause)
