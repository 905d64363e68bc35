"""The commands that ask a server for its lessons. Those of a learner are in `learn`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns

if TYPE_CHECKING:
    from decaf.lessons.routes import Language
    from decaf.testing.control import Control

_language_option = click.option(
    "--language",
    type=click.Choice(["python", "cli"]),
    default="python",
    show_default=True,
    help="of the file names in the texts",
)


@click.group()
def lesson() -> None:
    """Ask a server for the texts of its lessons, or to check one.

    A learner needs none of these commands: `decaf learn` is the way through the course.
    """


@lesson.command("list")
@control_command
def list_(control: Control, as_json: bool) -> None:
    """Show the lessons."""
    found = control.lessons()
    if as_json:
        output.json(found)
    else:
        rows = [(each.number, each.title, each.part, each.minutes) for each in found]
        tables.show(Columns(("LESSON", "TITLE", "PART", "MINUTES"), cut=("TITLE",), spare=("PART",)), rows)


@lesson.command()
@click.argument("number", type=int)
@_language_option
@control_command
def show(control: Control, number: int, language: Language, as_json: bool) -> None:
    """Show the task of a lesson."""
    found = control.lesson(number, language)
    if as_json:
        output.json(found)
    else:
        output.document(f"{found.task}\n{found.picture_before}")


@lesson.command()
@click.argument("number", type=int)
@click.argument("which", type=int)
@_language_option
@control_command
def hint(control: Control, number: int, which: int, language: Language, as_json: bool) -> None:
    """Show hint WHICH of a lesson: 1, 2 or 3."""
    found = control.lesson_hint(number, which, language)
    if as_json:
        output.json(found)
    else:
        output.line(found.hint)


@lesson.command()
@click.argument("number", type=int)
@control_command
def check(control: Control, number: int, as_json: bool) -> None:
    """Show whether the programs of an account pass a lesson, or what they did instead."""
    found = control.check_lesson(number)
    if as_json:
        output.json(found)
        return
    output.line(found.sentence)
    for line in found.timeline:
        output.line(f"  {line}")


COMMANDS = (lesson,)
