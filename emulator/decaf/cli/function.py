"""Commands for functions: registering and invoking them, and their logs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from decaf.base.clock import pause
from decaf.cli import mapping, output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.functions.log import LogEntry
    from decaf.testing.control import Control

_LOOK = 0.5  # seconds between two looks at a log that is followed


@click.group()
def function() -> None:
    """Register functions, invoke them, and see what they write."""


@function.command()
@click.argument("name")
@click.option("--handler", help="a Python handler: module.function")
@click.option(
    "--path",
    type=click.Path(path_type=Path),
    default=".",
    help="the folder to import the handler from, or to start the command in [the current one]",
)
@click.option("--run", "command", metavar="COMMAND", help="a command: it reads the event and writes the result")
@click.option("--at", "runtime", metavar="URL", help="the URL of a Lambda runtime interface emulator to invoke instead")
@click.option("--timeout", type=float, default=3, show_default=True, help="the timeout in seconds")
@click.option("--memory", type=int, default=128, show_default=True, help="the memory size in MB, which is only stated")
@click.option("--env", "environment", multiple=True, metavar="NAME=VALUE", help="an environment variable")
@click.option("--concurrency", type=int, help="the number of invocations that can run at once [any]")
@click.option("--dead-letter-queue", metavar="ARN", help="where events go that the function failed for")
@click.option("--on-failure", metavar="ARN", help="where the record of such an event goes")
@click.option("--on-success", metavar="ARN", help="where the record of an event goes that succeeded")
@click.option("--policy", type=click.File(), help="a file with the function's resource-based policy")
@control_command
def add(
    control: Control,
    name: str,
    path: Path,
    command: str | None,
    runtime: str | None,
    memory: int,
    environment: tuple[str, ...],
    concurrency: int | None,
    policy: TextIO | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Register a function, replacing the one of that name.

    NAME is a function's name, valid in every account and region, or an ARN. It needs one of --handler, --run and --at.
    """
    control.add_function(
        name,
        path=str(path.resolve()),
        command=tuple(shlex.split(command or "")),
        url=runtime,
        memory_size=memory,
        environment=dict(map(_variable, environment)),
        reserved_concurrency=concurrency,
        policy=policy.read() if policy else None,
        **given,
    )
    if as_json:
        output.json({})


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", param_hint="--env")
    return name, value


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
        rows = [
            (one.name, one.handler or one.url or shlex.join(one.command), f"{one.timeout:g}", one.path) for one in found
        ]
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


@function.command()
@click.argument("name")
@click.option("--event", default="{}", show_default=True, metavar="JSON", help="the event; @FILE reads it from a file")
@click.option("--asynchronous", is_flag=True, help="invoke it later, and again if it fails")
@control_command
def invoke(control: Control, name: str, event: str, asynchronous: bool, as_json: bool) -> None:
    """Invoke the function NAME, and show its result.

    Exit code 1 when it failed, or could not be invoked.
    """
    invoked = control.invoke_function(name, _event(event), asynchronous=asynchronous)
    if as_json:
        output.json(invoked)
    elif asynchronous:
        output.line(invoked.request_id)
    else:
        output.document(_spaced(invoked.log), err=True)
        if invoked.obstacle is None:
            output.json(invoked.result)
        else:
            output.line(f"not invoked: {invoked.reason}", err=True)
    if invoked.error or invoked.obstacle:
        raise SystemExit(1)


def _event(text: str) -> Any:
    import json

    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise click.BadParameter(f"{text[1:]}: {error.strerror}", param_hint="--event") from error
    except ValueError as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="--event") from error


@function.command()
@click.argument("name", required=False)
@click.option("--request-id", help="only of this invocation")
@click.option("--follow", is_flag=True, help="go on with what is written later, until Ctrl-C")
@control_command
def logs(control: Control, name: str | None, request_id: str | None, follow: bool, as_json: bool) -> None:
    """Show what the function NAME wrote, or all functions, for each invocation.

    Of all functions, each invocation has a line with the function and the time in UTC before it.

    With --json, each invocation is a line.
    """
    after = 0
    while True:
        entries = control.function_logs(name, request_id=request_id, after=after)
        if name is not None and not entries and not after:
            _check_there(control, name)
        for entry in entries:
            after = entry.number
            _show(entry, as_json, heading=name is None)
        if not follow:
            return
        pause(_LOOK)


def _check_there(control: Control, name: str) -> None:
    """Raises ClickException for a function that is not registered."""
    known = {text for one in control.functions() for text in (one.name, one.name.rpartition(":")[2])}
    if name.rpartition(":")[2] not in known:
        raise click.ClickException(f"there is no function {name}")


def _show(entry: LogEntry, as_json: bool, heading: bool) -> None:
    if as_json:
        output.json_line(entry)
        return
    if heading:
        output.line(f"{entry.arn.rpartition(':')[2]}, {output.moment(entry.at)}")
    output.document(_spaced(entry.text))


def _spaced(text: str) -> str:
    """Returns a log with spaces in the place of Lambda's tabs, which would be escaped."""
    return text.replace("\t", "  ")


for _command in mapping.COMMANDS:
    function.add_command(_command)

COMMANDS = (function,)
