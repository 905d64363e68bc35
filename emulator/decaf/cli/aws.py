"""The command that is the AWS CLI, pointed to a server."""

from __future__ import annotations

import os
import shutil

import click

from decaf.cli.address import settings_of, url_of, url_option
from decaf.testing.environment import ACCOUNT, environment
from decaf.testing.surroundings import surroundings

NOT_FOUND = 127  # exit code, as in shells


class _NoCli(click.ClickException):
    exit_code = NOT_FOUND


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Example: decaf aws sqs list-queues",
)
@url_option
@click.option("--account", default=ACCOUNT, show_default=True, help="the account that calls")
@click.argument("words", metavar="...", nargs=-1, type=click.UNPROCESSED)
def aws(url: str | None, account: str, words: tuple[str, ...]) -> None:
    """Call the AWS CLI with a server as its endpoint.

    It adds the option --endpoint-url, which every version of the CLI obeys; not all of them read the variables of
    `decaf env`. Your profiles and credentials are not used.
    """
    program = shutil.which("aws")
    if program is None:
        raise _NoCli("the AWS CLI is not installed: there is no command aws")
    settings = settings_of(None, {})
    endpoint = url or url_of(settings)
    variables = surroundings(environment(endpoint, account, settings.region))
    os.execve(program, ["aws", "--endpoint-url", endpoint, *words], variables)


COMMANDS = (aws,)
