"""Commands that keep the state and put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.control.snapshots import SnapshotDescription
    from decaf.testing.control import Control

_into = click.option("--into", metavar="ACCOUNT", help="put what one account had into this account")


@click.group()
def snapshot() -> None:
    """Keep the state, and have it again.

    A snapshot holds all that queues and topics have and do; restored, it is there in the place of what there is.
    """


@snapshot.command()
@click.argument("name")
@asks
def save(control: Control, name: str, as_json: bool) -> None:
    """Keep the present state by NAME."""
    _show(control.save_snapshot(name), as_json)


@snapshot.command("list")
@asks
def list_(control: Control, as_json: bool) -> None:
    """Show the snapshots that are kept."""
    found = control.snapshots()
    if as_json:
        output.json(found)
    else:
        _table(found)


@snapshot.command()
@click.argument("name")
@_into
@asks
def restore(control: Control, name: str, into: str | None, as_json: bool) -> None:
    """Have the state of snapshot NAME."""
    _show(control.restore_snapshot(name, into), as_json)


@snapshot.command()
@click.argument("name")
@asks
def remove(control: Control, name: str, as_json: bool) -> None:
    """Keep snapshot NAME no longer."""
    control.remove_snapshot(name)
    if as_json:
        output.json({})


@snapshot.command()
@click.argument("name", required=False)
@click.option(
    "-o", "--output", type=click.File("wb", lazy=True), default="-", help="the file to write [standard output]"
)
@asks
def download(control: Control, name: str | None, output: BinaryIO, as_json: bool) -> None:
    """Write a snapshot's file, JSON.

    Without NAME it is a snapshot of the present state.
    """
    output.write(control.download_snapshot(name))


@snapshot.command()
@click.argument("file", type=click.File("rb"))
@click.option("--name", help="keep it by this name, and leave the state as it is")
@_into
@asks
def load(control: Control, file: BinaryIO, name: str | None, into: str | None, as_json: bool) -> None:
    """Have the state that FILE holds; - is standard input."""
    if name and into:
        raise click.UsageError("give --name or --into")
    _show(control.load_snapshot(file.read(), name, into), as_json)


def _show(one: SnapshotDescription, as_json: bool) -> None:
    if as_json:
        output.json(one)
    else:
        _table([one])


def _table(found: list[SnapshotDescription]) -> None:
    names = ("NAME", "TAKEN", "ACCOUNT", "QUEUES", "TOPICS", "MESSAGES", "BYTES")
    output.table(names, [_row(each) for each in found])


def _row(one: SnapshotDescription) -> tuple[Any, ...]:
    return (one.name, output.moment(one.at), one.account or "all", one.queues, one.topics, one.messages, one.size)


COMMANDS = (snapshot,)
