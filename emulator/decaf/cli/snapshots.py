"""Commands that save the state and restore it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns

if TYPE_CHECKING:
    from decaf.control.snapshots import SnapshotDescription
    from decaf.testing.control import Control

_into = click.option("--into", metavar="ACCOUNT", help="restore the snapshot of one account into this account")


@click.group()
def snapshot() -> None:
    """Save the state, and restore it.

    A snapshot has all queues, topics and messages. Restoring it replaces the present state.
    """


@snapshot.command()
@click.argument("name")
@control_command
def save(control: Control, name: str, as_json: bool) -> None:
    """Save the present state as NAME."""
    _show(control.save_snapshot(name), as_json)


@snapshot.command("list")
@control_command
def list_(control: Control, as_json: bool) -> None:
    """Show the saved snapshots."""
    found = control.snapshots()
    if as_json:
        output.json(found)
    else:
        _table(found)


@snapshot.command()
@click.argument("name")
@_into
@control_command
def restore(control: Control, name: str, into: str | None, as_json: bool) -> None:
    """Replace the present state by the snapshot NAME."""
    _show(control.restore_snapshot(name, into), as_json)


@snapshot.command()
@click.argument("name")
@control_command
def remove(control: Control, name: str, as_json: bool) -> None:
    """Delete the snapshot NAME."""
    control.remove_snapshot(name)
    if as_json:
        output.json({})


@snapshot.command()
@click.argument("name", required=False)
@click.option(
    "-o", "--output", type=click.File("wb", lazy=True), default="-", help="the file to write [standard output]"
)
@control_command
def download(control: Control, name: str | None, output: BinaryIO, as_json: bool) -> None:
    """Write the snapshot NAME to a file, as lines of JSON.

    Without NAME, it is a snapshot of the present state.
    """
    output.write(control.download_snapshot(name))


@snapshot.command()
@click.argument("file", type=click.File("rb"))
@click.option("--name", help="save the snapshot by this name instead of restoring it")
@_into
@control_command
def load(control: Control, file: BinaryIO, name: str | None, into: str | None, as_json: bool) -> None:
    """Replace the present state by the snapshot in FILE; - is standard input."""
    if name and into:
        raise click.UsageError("give either --name or --into")
    _show(control.load_snapshot(file.read(), name, into), as_json)


def _show(one: SnapshotDescription, as_json: bool) -> None:
    if as_json:
        output.json(one)
    else:
        _table([one])


def _table(found: list[SnapshotDescription]) -> None:
    names = ("NAME", "TAKEN", "ACCOUNT", "QUEUES", "TOPICS", "MESSAGES", "BYTES")
    tables.show(Columns(names, spare=("TAKEN", "BYTES")), [_row(each) for each in found])


def _row(one: SnapshotDescription) -> tuple[Any, ...]:
    return (one.name, output.moment(one.at), one.account or "all", one.queues, one.topics, one.messages, one.size)


COMMANDS = (snapshot,)
