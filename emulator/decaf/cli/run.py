"""The command that runs another one beside a server of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import click
from msgspec.structs import replace

from decaf.cli import output
from decaf.cli.address import settings_of
from decaf.cli.options import SettingsCommand
from decaf.cli.starting import server_here, with_token
from decaf.testing.environment import ACCOUNT, environment, environment_of_services
from decaf.testing.surroundings import surroundings

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # exit codes, as in shells
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


@click.command(
    cls=SettingsCommand, context_settings={"allow_interspersed_args": False}, epilog="Example: decaf run -- pytest"
)
@click.option("--all", "everything", is_flag=True, help="let the clients of every AWS service call the server")
@click.option("--account", default=ACCOUNT, show_default=True, help="the account of the command's clients")
@click.argument("command", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def run(everything: bool, account: str, command: tuple[str, ...], config: Path | None, **flags: Any) -> None:
    """Run COMMAND with its AWS clients pointed to a new server.

    The server is on a free port, unless --port names one, and stops when COMMAND ends. Clients of SQS, SNS, STS and
    Lambda call it, with no profile and no credentials of yours. The exit code is that of COMMAND, and signals go to it.
    """
    settings = with_token(settings_of(config, flags))
    settings = replace(settings, port=flags["port"] or 0, log_level=flags["log_level"] or "warning")
    point = environment if everything else environment_of_services
    with server_here(settings) as url:
        own = {"DECAF_URL": url} | ({"DECAF_CONTROL_TOKEN": settings.control_token} if settings.control_token else {})
        status = status_of(command, surroundings(point(url, account, settings.region) | own))
    raise SystemExit(status)


def status_of(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run `command`, and return its exit code: 128 and the signal's number when a signal ended it, as in shells."""
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        output.line(f"Error: {command[0]}: {error.strerror}", err=True)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE

    def pass_on(number: int, _: FrameType | None) -> None:
        if number != signal.SIGINT or not _is_in_foreground():
            process.send_signal(number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    status = process.wait()
    return status if status >= 0 else 128 - status


def _is_in_foreground() -> bool:
    """Returns whether a terminal sends its signals to this process: then the command has received them too."""
    try:
        with open(os.ctermid(), "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


COMMANDS = (run,)
