"""The common part of all commands that call a running server: its address, --json, and the exit codes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from decaf.base.printable import printable_lines
from decaf.cli.address import settings_of, url_of, url_option

if TYPE_CHECKING:
    from decaf.testing.control import Control

NO_SERVER = 3  # exit code


class _NoServer(click.ClickException):
    exit_code = NO_SERVER


def control_command(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` a Control as its first argument, and the options --url, --account and --json (`as_json`)."""

    @functools.wraps(command)
    def run(url: str | None, account: str | None, **given: Any) -> None:
        with calling(url, account) as control:
            command(control, **given)

    json = click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
    account = click.option("--account", help="limit the command to this account [all]")
    return url_option(account(json(run)))


@contextmanager
def calling(url: str | None, account: str | None = None) -> Iterator[Control]:
    """Yield the control API of the server at `url`, or of the usual one; what it refuses ends the command."""
    from decaf.control.route import Refused
    from decaf.testing.control import Control, ExpectationFailed
    from decaf.testing.http_client import NoServer

    try:
        yield Control(url or url_of(settings_of(None, {})), account)
    except (Refused, ExpectationFailed) as error:
        raise click.ClickException(printable_lines(str(error))) from error
    except ValueError as error:
        raise click.UsageError(printable_lines(str(error))) from error
    except NoServer as error:
        raise _NoServer(printable_lines(str(error))) from error
