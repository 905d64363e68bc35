"""Commands for what happens to phones and devices outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.group()
def push() -> None:
    """Do what push services do."""


@push.command()
@click.argument("endpoint_arn", metavar="ARN")
@asks
def expire(control: Control, endpoint_arn: str, as_json: bool) -> None:
    """Let the token of the endpoint ARN expire: what is sent there next disables it."""
    control.expire_token(endpoint_arn)
    if as_json:
        output.json({})


@click.group()
def sms() -> None:
    """Do what the owners of phones do."""


@sms.command("opt-out")
@click.argument("phone_number", metavar="NUMBER")
@click.option("--region", help="from messages of this region [the server's own]")
@asks
def opt_out(control: Control, phone_number: str, region: str | None, as_json: bool) -> None:
    """Let the phone NUMBER have no more text messages of an account: that of --account, else 000000000000."""
    control.opt_out(phone_number, region)
    if as_json:
        output.json({})


COMMANDS = (push, sms)
