"""Commands that need no running server: serve itself, env and version."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from decaf import __version__
from decaf.base.file_limit import raise_limit
from decaf.base.loopback import is_loopback
from decaf.base.settings import BadSetting, Settings, unknown_variables
from decaf.cli import progress
from decaf.cli.address import settings_of, url_of
from decaf.cli.localstack import Container, container_of, localstack_options
from decaf.cli.log import start_log
from decaf.cli.options import SettingsCommand
from decaf.cli.stopping import end, stop_signal
from decaf.delivery.transports.trust import no_certificates
from decaf.persistence.errors import Unusable

_TO_WRITE = 4.0  # seconds to write and close a data directory, after all requests and deliveries


@click.command(cls=SettingsCommand)
@localstack_options
def serve(config: Path | None, init_hooks: Path | None, localstack_variables: bool, **flags: Any) -> None:
    """Run the server until Ctrl-C or SIGTERM.

    Each setting is a flag, a DECAF_... variable (DECAF_PORT) and a key of decaf.toml (port); the flag wins.
    Times are seconds, sizes bytes.
    """
    container = container_of(init_hooks, localstack_variables)
    settings = _with_token(settings_of(config, flags, container.variables))
    for warning in (*unknown_variables(os.environ), *container.warnings):
        click.echo(f"Warning: {warning}", err=True)
    start_log(settings.log_level)
    try:
        _run(_serve(settings, container))
    except (BadSetting, Unusable) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise click.ClickException(f"cannot listen on {settings.host}:{settings.port}: {reason}") from error


@click.command(cls=SettingsCommand)
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


def _with_token(settings: Settings) -> Settings:
    """Returns the settings with a token of the control API where clients of other machines need one."""
    if settings.control_token or settings.control_from == "anywhere" or is_loopback(settings.host):
        return settings
    return replace(settings, control_token=secrets.token_urlsafe(24))


def _calm_garbage_collection() -> None:
    """Collect young objects only, a few at a time.

    Messages form no cycles, and a full collection would stop the server for half a second per million of them.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(5_000, 2, 10_000)


async def _serve(settings: Settings, container: Container) -> None:
    await container.before_start()
    gc.disable()  # what is made at the start stays: collecting meanwhile would take a tenth of the start
    with no_certificates():
        from decaf.app import make_server
        from decaf.world import World

    raise_limit(settings.max_connections)
    with progress.shown() as read:
        server = make_server(World(settings, progress=read), container.localstack)
    await server.start()
    _calm_garbage_collection()
    stopped = stop_signal(settings.shutdown_grace + container.grace + _TO_WRITE)
    await container.when_ready(server.url, settings.region, stopped)
    lines = [f"Decaf {__version__} ready on {server.url}"]
    if settings.control_token:
        lines.append(f"The control API takes this from other machines: DECAF_CONTROL_TOKEN={settings.control_token}")
    if not stopped.is_set():
        click.echo("\n".join([*lines, *container.ready_lines]))
    await stopped.wait()
    await container.before_stop(server.url, settings.region)
    await server.stop()
    end()


COMMANDS = (serve, env, version)
