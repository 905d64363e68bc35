"""The command that runs the server."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from decaf import __version__
from decaf.base.file_limit import raise_limit
from decaf.base.settings import BadSetting, Settings, unknown_variables
from decaf.cli import progress
from decaf.cli.address import settings_of
from decaf.cli.localstack import Container, container_of, localstack_options
from decaf.cli.log import Log
from decaf.cli.options import RareOption, SettingsCommand
from decaf.cli.starting import port_file_option, start_errors, with_token, written_while
from decaf.cli.stopping import end, stop_signal, stop_when_input_ends

if TYPE_CHECKING:
    from decaf.http.server import Server
    from decaf.node.node import Node

_ACCESS = {
    "warn": "Access: warn. What AWS would refuse is let through, and reported.",
    "enforce": "Access: enforce. What AWS refuses is refused.",
}
_TO_WRITE = 4.0  # seconds to write and close a data directory, after all requests and deliveries


@click.command(cls=SettingsCommand)
@port_file_option
@click.option(
    "--until-input-ends",
    cls=RareOption,
    is_flag=True,
    help="stop when standard input ends: with the program that holds its other end, however that ends",
)
@localstack_options
def serve(
    port_file: Path | None,
    config: Path | None,
    until_input_ends: bool,
    init_hooks: Path | None,
    localstack_variables: bool,
    **flags: Any,
) -> None:
    """Run the server until Ctrl-C or SIGTERM.

    Each setting is a flag, a DECAF_... variable (DECAF_PORT) and a key of decaf.toml (port); the flag wins.
    Times are seconds, sizes bytes.
    """
    if until_input_ends:
        stop_when_input_ends()
    serve_in_foreground(port_file, config, flags, container_of(init_hooks, localstack_variables))


def serve_in_foreground(
    port_file: Path | None, config: Path | None, flags: Mapping[str, Any], container: Container | None = None
) -> None:
    """Run a server with these settings in this process, until a signal ends it; while it is ready, its port is in
    `port_file`.
    """
    container = container or Container()
    settings = with_token(settings_of(config, flags, container.variables))
    for warning in (*unknown_variables(os.environ), *container.warnings):
        click.echo(f"Warning: {warning}", err=True)
    log = Log(settings)
    try:
        with start_errors(settings):
            _run(_serve(settings, container, port_file, log))
    finally:
        log.close()


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` in uvloop where it is installed, else in asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)


def _for_a_browser(url: str) -> str:
    """Returns the URL by which a browser on this machine reaches a server, also one that listens on all addresses."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//127.0.0.1:")


def _calm_garbage_collection() -> None:
    """Collect young objects only, a few at a time, and never what the start has made.

    Messages form no cycles, and a full collection would stop the server for half a second per million of them. What
    is left over from the start is some hundred KiB: to find it would take longer than all else that starting does
    after the imports.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(5_000, 2, 10_000)


def _make_server(settings: Settings, container: Container, log: Log) -> Server:
    """Returns a server with a world of its own. Raises BadSetting for settings that only nodes have."""
    from decaf.app import make_server
    from decaf.world import World

    of_nodes = "node_address" if settings.node_address else "shards" if settings.shards > 1 else None
    if of_nodes is not None:
        raise BadSetting(f"{of_nodes}: is for nodes that share a database, which store names")
    with progress.shown() as read:
        world = World(settings, progress=read)
        server = make_server(world, container.localstack)
    world.calls.log = log.calls
    return server


def _make_node(settings: Settings, container: Container, log: Log) -> Node:
    """Returns a server that shares a database with others."""
    from decaf.node.node import Node  # few need it, nor what it loads

    return Node(settings, container.localstack, log.calls, gc.freeze)


async def _has_started(server: Server | Node, stopped: asyncio.Event) -> bool:
    """Start a server. Returns whether it has: a node waits for its database, which a signal ends."""
    starting, stopping = asyncio.ensure_future(server.start()), asyncio.ensure_future(stopped.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    await asyncio.wait({starting})
    return False


async def _serve(settings: Settings, container: Container, port_file: Path | None, log: Log) -> None:
    await container.before_start()
    gc.disable()  # what is made at the start stays: collecting meanwhile would take a tenth of the start
    raise_limit(settings.max_connections)
    from decaf.http.tls import trusted_file

    make = _make_node if settings.store else _make_server
    server = make(settings, container, log)
    stopped = stop_signal(settings.shutdown_grace + container.grace + _TO_WRITE)
    if not await _has_started(server, stopped):
        log.close()
        end()
    _calm_garbage_collection()
    lines = [
        f"Decaf {__version__} ready on {' and '.join(server.urls)}",
        f"In a browser: {_for_a_browser(server.url)}/",
    ]
    if settings.store:
        lines.append(cast("Node", server).about)
    trusted = trusted_file(settings)
    if trusted is not None:
        lines.append(f"Clients have to trust its certificates: export AWS_CA_BUNDLE={trusted} SSL_CERT_FILE={trusted}")
    if settings.access != "off":
        lines.append(_ACCESS[settings.access])
    if settings.control_token:
        lines.append(f"The control API takes this from other machines: DECAF_CONTROL_TOKEN={settings.control_token}")
    await container.when_ready(server.url, settings.region, stopped)
    with written_while(port_file, f"{server.port}\n"):
        if not stopped.is_set():
            click.echo("\n".join([*lines, *container.ready_lines]))
        await stopped.wait()
        await container.before_stop(server.url, settings.region)
        await server.stop()
    log.close()
    end()


COMMANDS = (serve,)
