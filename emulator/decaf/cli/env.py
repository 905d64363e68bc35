"""The command that prints the variables which point a shell's AWS clients to a server.

Rule: what it prints is for `eval`. So when it fails, that too points away from AWS, and ends with `false`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from decaf.cli import output
from decaf.cli.address import settings_of, url_of, url_option
from decaf.cli.options import SettingsCommand
from decaf.testing.environment import ACCOUNT, REGION, environment
from decaf.testing.surroundings import misleading

_NOWHERE = "http://127.0.0.1:9"  # the port of the discard service: nothing answers there


class ForEval(click.Command):
    """A command that prints lines for `eval`, also when it fails."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **more)
        except click.ClickException:
            _print_failure()
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException:
            _print_failure()
            raise


class _Env(ForEval, SettingsCommand):
    """The command with the settings of a server as its options."""


@click.command(cls=_Env, epilog='Example: eval "$(decaf env)"')
@url_option
@click.option("--account", default=ACCOUNT, show_default=True, help="the account of the clients")
def env(url: str | None, account: str, config: Path | None, **flags: Any) -> None:
    """Print variables that point AWS clients and `decaf` commands to a server.

    It also unsets those that would lead elsewhere, such as AWS_PROFILE. When it fails, clients in the shell reach
    nothing. `decaf run` does the same for one command.
    """
    settings = settings_of(config, flags)
    named = flags["port"] is not None or flags["host"] is not None
    if named and click.get_current_context().get_parameter_source("url") is not ParameterSource.COMMANDLINE:
        url = None  # a flag comes before the variable DECAF_URL, which an earlier `decaf env` may have set
    url = url or url_of(settings)
    print_variables(url, account, settings.region)


def print_variables(url: str, account: str, region: str = REGION) -> None:
    """Print the lines that point a shell to the server at `url`, for clients of an account."""
    for line in _lines(url, account, region):
        output.line(line)
    output.line(f"export DECAF_URL={shlex.quote(url)}")


def _lines(url: str, account: str, region: str) -> Iterator[str]:
    yield f"unset {' '.join(misleading())}"
    for name, value in environment(url, account, region).items():
        yield f"export {name}={shlex.quote(value)}"


def _print_failure() -> None:
    for line in _lines(_NOWHERE, ACCOUNT, REGION):
        output.line(line)
    output.line("false")


COMMANDS = (env,)
