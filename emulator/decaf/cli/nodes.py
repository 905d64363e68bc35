"""The command that shows the nodes of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.command()
@wide_option
@control_command
def nodes(control: Control, wide: bool, as_json: bool) -> None:
    """Show the nodes that share a database, and which of them are active.

    SHARDS is how many shards a node owns, and ACCOUNTS how many accounts have these, each in each of its regions. LEFT
    is how long the database takes a node for alive without a further sign of it. The epoch counts the changes of
    owners, of all shards together.
    """
    found = control.nodes()
    if as_json:
        output.json(found)
        return
    if not found.nodes:
        output.line("This server runs alone: it was started without --store.")
        return
    shares = sum(len(each.shards) for each in found.nodes) > 1
    names = ("NODE", "STATE", *(("SHARDS", "ACCOUNTS") if shares else ()), "LEFT", "STARTED", "ADDRESS")
    rows = [
        (
            each.id,
            each.state,
            *((str(len(each.shards)), str(each.accounts)) if shares else ()),
            f"{each.lease_left:.1f} s",
            output.moment(each.started),
            each.address,
        )
        for each in found.nodes
    ]
    tables.show(Columns(names, spare=("STARTED",)), rows, wide)
    since = "" if found.taken_over is None else f", last taken over at {output.moment(found.taken_over)}"
    output.line(f"epoch {found.epoch}, {found.commits:,} commits{since}")


COMMANDS = (nodes,)
