"""Commands for the server's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.control.clock import Clock
    from decaf.testing.control import Control


@click.command()
@click.argument("seconds", type=float, required=False)
@click.option("--to", type=float, metavar="EPOCH", help="to a time, in epoch seconds")
@click.option("--next", "to_next", is_flag=True, help="to the next thing due")
@asks
def advance(control: Control, seconds: float | None, to: float | None, to_next: bool, as_json: bool) -> None:
    """Move the clock forward.

    All that falls due has happened when this ends.
    """
    if (seconds is not None) + (to is not None) + to_next != 1:
        raise click.UsageError("give SECONDS, --to or --next")
    if to_next:
        moved = control.next()
        if as_json:
            output.json(moved)
        else:
            click.echo(f"{output.moment(moved.now)}  {moved.due or 'nothing was due'}")
    elif seconds is not None:
        _show(control.advance(seconds), as_json)
    elif to is not None:
        _show(control.advance_to(to), as_json)


@click.command()
@click.argument("what", type=click.Choice(["show", "freeze", "thaw"]), default="show")
@asks
def clock(control: Control, what: str, as_json: bool) -> None:
    """Show the clock, freeze it, or let it run on."""
    calls = {"show": control.clock, "freeze": control.freeze, "thaw": control.thaw}
    _show(calls[what](), as_json)


def _show(clock: Clock, as_json: bool) -> None:
    if as_json:
        output.json(clock)
    else:
        click.echo(f"{output.moment(clock.now)}{'  frozen' if clock.frozen else ''}")


COMMANDS = (advance, clock)
