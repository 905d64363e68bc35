"""Commands for the server's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import control_command
from decaf.cli.values import Duration

if TYPE_CHECKING:
    from decaf.control.clock import Clock
    from decaf.testing.control import Control


@click.command()
@click.argument("seconds", type=Duration(), required=False)
@click.option("--to", type=float, metavar="EPOCH", help="move it to this time, in epoch seconds")
@click.option("--next", "to_next", is_flag=True, help="move it to the next time at which something falls due")
@control_command
def advance(control: Control, seconds: float | None, to: float | None, to_next: bool, as_json: bool) -> None:
    """Move the clock forward by SECONDS, or by a time such as 10m, 2h or 4d.

    Everything that falls due until then has happened when the command ends.
    """
    if (seconds is not None) + (to is not None) + to_next != 1:
        raise click.UsageError("give exactly one of SECONDS, --to and --next")
    if to_next:
        moved = control.next()
        if as_json:
            output.json(moved)
        else:
            output.line(f"{output.moment(moved.now)}  {moved.due or 'nothing was due'}")
    elif seconds is not None:
        _show(control.advance(seconds), as_json)
    elif to is not None:
        _show(control.advance_to(to), as_json)


@click.command()
@click.argument("action", type=click.Choice(["show", "freeze", "thaw"]), default="show")
@control_command
def clock(control: Control, action: str, as_json: bool) -> None:
    """Show the clock, freeze it, or let it run again (thaw)."""
    calls = {"show": control.clock, "freeze": control.freeze, "thaw": control.thaw}
    _show(calls[action](), as_json)


def _show(clock: Clock, as_json: bool) -> None:
    if as_json:
        output.json(clock)
    else:
        output.line(f"{output.moment(clock.now)}{'  frozen' if clock.frozen else ''}")


COMMANDS = (advance, clock)
