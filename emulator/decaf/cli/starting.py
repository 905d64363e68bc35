"""What the commands that start a server share: its token, its port's file, why it cannot start, a server here."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec.structs import replace

from decaf.base.file_limit import raise_limit
from decaf.base.loopback import is_loopback
from decaf.base.settings import BadSetting, Settings
from decaf.cli.address import url_of
from decaf.cli.log import Log

port_file_option = click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="file to write the port to when ready",
)


def with_token(settings: Settings) -> Settings:
    """Returns the settings with a token of the control API where clients of other machines need one."""
    needs_none = settings.control_from == "anywhere" or (
        settings.control_from == "loopback" and is_loopback(settings.host)
    )
    if settings.control_token or needs_none:
        return settings
    return replace(settings, control_token=secrets.token_urlsafe(24))


@contextmanager
def start_errors(settings: Settings) -> Iterator[None]:
    """While this lasts, raise ClickException with the reason when a server with these settings cannot start."""
    from decaf.persistence.errors import Unusable

    try:
        yield
    except (BadSetting, Unusable) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno == errno.EADDRINUSE:
            reason += " (choose another with --port; 0 takes a free one)"
        raise click.ClickException(f"cannot listen on {settings.host}:{settings.port}: {reason}") from error


@contextmanager
def server_here(settings: Settings) -> Iterator[str]:
    """Yield the URL of a server in this process, by which this machine reaches it."""
    log = Log(settings)
    raise_limit(settings.max_connections)
    try:
        with start_errors(settings):
            from decaf.testing import Decaf

            server = Decaf(settings)
        with server:
            server.world.calls.log = log.calls
            yield url_of(replace(settings, port=int(server.url.rpartition(":")[2])))
    finally:
        log.close()


@contextmanager
def written_while(file: Path | None, text: str) -> Iterator[None]:
    """While this lasts, `file` has that text; whoever sees the file sees all of it.

    Raises ClickException when it cannot be written.
    """
    if file is None:
        yield
        return
    part = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
