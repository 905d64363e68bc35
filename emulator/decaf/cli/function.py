"""Commands for the functions that notifications can invoke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.group()
def function() -> None:
    """Register the functions that lambda subscriptions invoke."""


@function.command()
@click.argument("name")
@click.option("--handler", help="a Python handler, module:function")
@click.option("--path", type=click.Path(path_type=Path), default=".", help="the folder to find it from [this one]")
@click.option("--at", "runtime", metavar="URL", help="a runtime interface emulator to call instead")
@click.option("--timeout", type=float, default=3, show_default=True, help="seconds that it may take")
@asks
def add(
    control: Control,
    name: str,
    handler: str | None,
    path: Path,
    runtime: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Register a function, or put it in the place of the one of that name.

    NAME is a function's name, good in every account and region, or an ARN.
    """
    control.add_function(name, handler, path=str(path.resolve()), url=runtime, timeout=timeout)
    if as_json:
        output.json({})


@function.command("list")
@asks
def list_(control: Control, as_json: bool) -> None:
    """Show the functions that are registered."""
    found = control.functions()
    if as_json:
        output.json(found)
    else:
        names = ("NAME", "HANDLER OR URL", "TIMEOUT", "PATH")
        output.table(names, [(one.name, one.handler or one.url, f"{one.timeout:g}", one.path) for one in found])


@function.command()
@click.argument("name")
@asks
def remove(control: Control, name: str, as_json: bool) -> None:
    """Forget the function NAME.

    Ends with 1 when there is none.
    """
    control.remove_function(name)
    if as_json:
        output.json({})


COMMANDS = (function,)
