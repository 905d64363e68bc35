"""Commands for events at phones and push services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import control_command

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.group()
def push() -> None:
    """Simulate events at a push service."""


@push.command()
@click.argument("endpoint_arn", metavar="ARN")
@control_command
def expire(control: Control, endpoint_arn: str, as_json: bool) -> None:
    """Let the token of the endpoint ARN expire: the next message sent to it disables the endpoint."""
    control.expire_token(endpoint_arn)
    if as_json:
        output.json({})


@click.group()
def sms() -> None:
    """Simulate actions of phone owners."""


@sms.command("opt-out")
@click.argument("phone_number", metavar="NUMBER")
@click.option("--region", help="the region of the text messages [the server's]")
@control_command
def opt_out(control: Control, phone_number: str, region: str | None, as_json: bool) -> None:
    """Opt the phone NUMBER out of the text messages of an account: --account, else 000000000000."""
    control.opt_out(phone_number, region)
    if as_json:
        output.json({})


COMMANDS = (push, sms)
