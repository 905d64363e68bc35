"""The commands that start a server in the background, stop it, and show it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from decaf import background
from decaf.cli import output, tables
from decaf.cli.address import settings_of
from decaf.cli.client import NO_SERVER
from decaf.cli.options import SettingsCommand, words_of
from decaf.cli.starting import port_file_option
from decaf.cli.tables import Columns

_PATIENCE = 2.0  # seconds that a server has to say that it is ready
_FILE = click.Path(dir_okay=False, path_type=Path)
_pid_file_option = click.option("--pid-file", type=_FILE, help="the file of a server that was started with one")


class _Failed(click.ClickException):
    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it of the instance


@click.command(cls=SettingsCommand)
@click.option("-d", "--detach", is_flag=True, help="start it in the background, and return once it is ready")
@click.option("--pid-file", type=_FILE, help="file for the process id, the URL and the log's path, with --detach")
@click.option("--log-file", type=_FILE, help="file for the log, with --detach")
@port_file_option
def start(
    detach: bool,
    pid_file: Path | None,
    log_file: Path | None,
    port_file: Path | None,
    config: Path | None,
    **flags: Any,
) -> None:
    """Start a server, with --detach in the background.

    Without --detach it is `decaf serve`. `decaf stop` stops a server in the background, `decaf status` shows it.
    Without --pid-file and --log-file its files are in ~/.local/state/decaf (XDG_STATE_HOME). Exit code 1 when it does
    not start.
    """
    if detach:
        words = [*_words(port_file, config), *words_of(flags)]
        _start_in_background(words, pid_file, log_file, settings_of(config, flags).port)
    elif pid_file or log_file:
        raise click.UsageError("--pid-file and --log-file are for --detach")
    else:
        from decaf.cli.serve import serve_in_foreground

        serve_in_foreground(port_file, config, flags)


def _words(port_file: Path | None, config: Path | None) -> Iterator[str]:
    for flag, file in (("--port-file", port_file), ("--config", config)):
        if file is not None:
            yield from (flag, str(file))


def _start_in_background(words: Sequence[str], pid_file: Path | None, log_file: Path | None, port: int) -> None:
    try:
        pid_file, log_file = _files(pid_file, log_file, port)
        running, printed = background.start(words, pid_file, log_file)
    except background.AlreadyRuns:
        runs = background.find(pid_file) if pid_file else None
        where = "" if runs is None else f" at {runs.url}: use it, or end it with `decaf stop`"
        raise click.ClickException(f"a server runs already{where}, with the file {pid_file}") from None
    except background.DidNotStart as error:
        raise _Failed(str(error).strip().removeprefix("Error: "), error.status) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be written: {error.strerror}") from error
    output.document(printed)
    output.line(f"Process {running.pid}, log in {running.log}")


def _files(pid_file: Path | None, log_file: Path | None, port: int) -> tuple[Path, Path]:
    """Returns the files of a server on this port (0: any), those that are given or those in the usual folder."""
    name = str(port) if port else f"free-{os.getpid()}"
    usual = background.folder()
    if pid_file is None or log_file is None:
        usual.mkdir(mode=0o700, parents=True, exist_ok=True)
    return pid_file or usual / f"{name}.pid", log_file or usual / f"{name}.log"


@click.command()
@click.option("--port", type=int, help="the port of the server [the only one that runs]")
@click.option("--all", "everything", is_flag=True, help="stop all servers in the background")
@_pid_file_option
def stop(port: int | None, everything: bool, pid_file: Path | None) -> None:
    """Stop a server in the background.

    It finishes its requests and deliveries first; the command returns when it has ended. The server that `decaf learn`
    has started goes on, unless it is the only one or --all is given. Exit code 3 when no server runs.
    """
    found = [one for one in _running(pid_file) if port is None or one.url.endswith(f":{port}")]
    if port is None and not everything:  # that of the lessons goes on beside the server that is meant
        found = [one for one in found if one.pid_file.stem != background.LESSONS] or found
    if len(found) > 1 and not everything:
        urls = ", ".join(one.url for one in found)
        raise click.UsageError(f"{len(found)} servers run ({urls}): name one by --port, or give --all")
    for one in found:
        background.stop(one)
        output.line(f"{one.url} has stopped")
    if not found:
        raise _Failed("no server runs in the background", NO_SERVER)


@click.command()
@_pid_file_option
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
def status(pid_file: Path | None, as_json: bool) -> None:
    """Show the servers in the background.

    Exit code 3 when none runs. `decaf health` asks any server whether it is ready.
    """
    from decaf.testing.control import Control

    found = [(one, "ready" if Control(one.url).answers(_PATIENCE) else "no answer") for one in _running(pid_file)]
    if as_json:
        output.json([{"url": one.url, "pid": one.pid, "state": state, "log": str(one.log)} for one, state in found])
    else:
        rows = [(one.url, one.pid, state, one.log) for one, state in found]
        tables.show(Columns(("URL", "PID", "STATE", "LOG"), cut=("LOG",)), rows)
    if not found:
        raise SystemExit(NO_SERVER)


def _running(pid_file: Path | None) -> list[background.Running]:
    if pid_file is None:
        return background.find_all()
    found = background.find(pid_file)
    return [] if found is None else [found]


COMMANDS = (start, stop, status)
