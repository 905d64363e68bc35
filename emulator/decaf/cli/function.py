"""Commands for the functions that lambda subscriptions invoke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.group()
def function() -> None:
    """Register the functions that lambda subscriptions invoke."""


@function.command()
@click.argument("name")
@click.option("--handler", help="a Python handler: module:function")
@click.option(
    "--path",
    type=click.Path(path_type=Path),
    default=".",
    help="the folder to import the handler from [the current one]",
)
@click.option("--at", "runtime", metavar="URL", help="the URL of a Lambda runtime interface emulator to invoke instead")
@click.option("--timeout", type=float, default=3, show_default=True, help="the timeout in seconds")
@click.option("--policy", type=click.File(), help="a file with the function's resource-based policy")
@control_command
def add(
    control: Control,
    name: str,
    handler: str | None,
    path: Path,
    runtime: str | None,
    timeout: float,
    policy: TextIO | None,
    as_json: bool,
) -> None:
    """Register a function, replacing the one of that name.

    NAME is a function's name, valid in every account and region, or an ARN.
    """
    control.add_function(
        name, handler, path=str(path.resolve()), url=runtime, timeout=timeout, policy=policy.read() if policy else None
    )
    if as_json:
        output.json({})


@function.command("list")
@wide_option
@control_command
def list_(control: Control, wide: bool, as_json: bool) -> None:
    """Show the registered functions."""
    found = control.functions()
    if as_json:
        output.json(found)
    else:
        columns = Columns(("NAME", "HANDLER OR URL", "TIMEOUT", "PATH"), cut=("HANDLER OR URL", "PATH"))
        rows = [(one.name, one.handler or one.url, f"{one.timeout:g}", one.path) for one in found]
        tables.show(columns, rows, wide)


@function.command()
@click.argument("name")
@control_command
def remove(control: Control, name: str, as_json: bool) -> None:
    """Remove the function NAME.

    Exit code 1 when there is no such function.
    """
    control.remove_function(name)
    if as_json:
        output.json({})


COMMANDS = (function,)
