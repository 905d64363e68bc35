"""Running the server, and what is said about it without one running."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from decaf import __version__
from decaf.base.settings import BadSetting, Settings
from decaf.cli import progress
from decaf.cli.address import settings_of, url_of
from decaf.delivery.transports.trust import no_certificates
from decaf.http.file_limit import raise_limit
from decaf.persistence.errors import Unusable

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_METAVARS = {str: "STR", int: "INT", float: "FLOAT", tuple: "JSON"}


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` one flag per setting."""
    for setting in reversed(fields(Settings)):
        flag = f"--{setting.name.replace('_', '-')}"
        about = (
            f"{setting.metadata['about']} [{setting.default}]"
            if setting.default not in ("", ())
            else setting.metadata["about"]
        )
        several = "texts" in setting.metadata
        metavar = "STR" if several else _METAVARS[type(setting.default)]
        command = click.option(
            flag, setting.name, metavar=metavar, help=about, multiple=several, callback=_none_for_none
        )(command)
    return click.option(
        "--config", type=click.Path(path_type=Path), help="settings file [decaf.toml, if there is one]"
    )(command)


def _none_for_none(context: click.Context, option: click.Parameter, value: Any) -> Any:
    """An option that may be given several times, and is not given, is as any other that is not."""
    return None if value == () else value


@click.command()
@_with_settings
def serve(config: Path | None, **flags: Any) -> None:
    """Run the server until it is told to stop (Ctrl-C, SIGTERM)."""
    settings = settings_of(config, flags)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    if settings.log_level != "debug":
        logging.getLogger("decaf.http").setLevel(logging.CRITICAL)
    try:
        _run(_serve(settings))
    except (BadSetting, Unusable) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise click.ClickException(f"cannot listen on {settings.host}:{settings.port}: {reason}") from error


@click.command()
@_with_settings
def env(config: Path | None, **flags: Any) -> None:
    """Print the exports that point any AWS SDK here: eval "$(decaf env)"."""
    from decaf.testing.environment import environment

    settings = settings_of(config, flags)
    for name, value in environment(url_of(settings), region=settings.region).items():
        click.echo(f"export {name}={value}")


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` in uvloop where it is installed, else in asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)


def _calm_garbage_collection() -> None:
    """Look for cycles among the new only, in small portions: messages form none, and to look through all that are held
    would stop the server for half a second per million."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(5_000, 2, 10_000)


async def _serve(settings: Settings) -> None:
    gc.disable()  # what starting makes stays: looking through it again and again would take a tenth of the start
    with no_certificates():
        from decaf.app import make_server
        from decaf.world import World

    raise_limit(settings.max_connections)
    with progress.shown() as read:
        server = make_server(World(settings, progress=read))
    await server.start()
    _calm_garbage_collection()
    click.echo(f"Decaf {__version__} ready on {server.url}")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in _SIGNALS:
        loop.add_signal_handler(signal_number, stopped.set)
    await stopped.wait()
    for signal_number in _SIGNALS:
        loop.remove_signal_handler(signal_number)
        signal.signal(signal_number, signal.SIG_DFL)  # told once more, the process ends at once
    await server.stop()


COMMANDS = (serve, env, version)
