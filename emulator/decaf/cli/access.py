"""Commands for access: the modes, identities, what would be decided, and the policy that a topic needs at a queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO, cast

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns

if TYPE_CHECKING:
    from decaf.access.modes import Mode
    from decaf.testing.control import Control

_pairs = click.option(
    "--context", metavar="KEY=VALUE", multiple=True, help="a condition key, such as aws:SourceArn=ARN"
)


@click.group()
def access() -> None:
    """Check signatures and policies as AWS does, and set up who may do what."""


@access.command()
@control_command
def show(control: Control, as_json: bool) -> None:
    """Show the access modes and the declared identities."""
    found = control.access()
    if as_json:
        return output.json(found)
    output.line(f"Access: {found.mode}")
    for account, mode in found.accounts.items():
        output.line(f"{account}: {mode}")
    rows = [(one.access_key, one.arn, one.policies) for one in found.identities]
    return tables.show(Columns(("ACCESS KEY", "ARN", "POLICIES"), cut=("POLICIES",)), rows) if rows else None


@access.command("mode")
@click.argument("mode", type=click.Choice(["off", "warn", "enforce"]))
@control_command
def mode_(control: Control, mode: str, as_json: bool) -> None:
    """Set the access mode, of all accounts or with --account of one.

    off looks at nothing; warn lets everything through and reports what AWS would refuse; enforce refuses it.
    """
    control.set_access(cast("Mode", mode))
    if as_json:
        output.json({})


@access.command()
@click.argument("name")
@click.option("--role", is_flag=True, help="NAME is a role; the identity is a session of it")
@click.option("--key", help="the access key [a random one]")
@click.option("--secret", help="the secret access key [a random one]")
@click.option("--policy", "files", type=click.File(), multiple=True, help="a file with a policy of its own")
@control_command
def add(
    control: Control,
    name: str,
    role: bool,
    key: str | None,
    secret: str | None,
    files: tuple[TextIO, ...],
    as_json: bool,
) -> None:
    """Declare the user NAME, and print the keys to sign with."""
    policies = [json.loads(file.read()) for file in files]
    user, role_name = (None, name) if role else (name, None)
    made = control.declare_identity(user=user, role=role_name, access_key=key, secret=secret, policies=policies)
    if as_json:
        return output.json(made)
    output.line(f"export AWS_ACCESS_KEY_ID={made.access_key}")
    return output.line(f"export AWS_SECRET_ACCESS_KEY={made.secret}")


@access.command()
@click.argument("access_key")
@control_command
def remove(control: Control, access_key: str, as_json: bool) -> None:
    """Remove the identity that signs with ACCESS_KEY."""
    control.remove_identity(access_key)
    if as_json:
        output.json({})


@access.command()
@click.option("--as", "who", required=True, help="a user, role, ARN, access key, account, anonymous, or a service")
@click.option("--action", required=True, help="such as sqs:SendMessage")
@click.option("--on", "resource", required=True, help="a queue or topic: its name, URL or ARN")
@_pairs
@control_command
def check(control: Control, who: str, action: str, resource: str, context: tuple[str, ...], as_json: bool) -> None:
    """Show whether AWS would allow something, and by which statement.

    Exit code 1 when it would not.
    """
    keys = {key: value for key, _, value in (pair.partition("=") for pair in context)}
    found = control.check_access(who, action, resource, context=keys)
    if as_json:
        output.json(found)
    else:
        output.line(f"{'Allowed' if found.allowed else 'Denied'}: {found.reason}")
        if found.missing is not None:
            output.line(f"To allow it: {found.missing}")
        for sentence in found.careless:
            output.line(f"Careless: {sentence}")
    if not found.allowed:
        raise SystemExit(1)


@access.command()
@click.argument("topic")
@click.argument("queue")
@control_command
def allow(control: Control, topic: str, queue: str, as_json: bool) -> None:
    """Write the policy that lets TOPIC send to QUEUE, which SNS needs in AWS.

    TOPIC is a name or an ARN, QUEUE a name, a URL or an ARN.
    """
    done = control.allow_topic(topic, queue)
    if as_json:
        return output.json(done)
    return output.line(done.policy if done.changed else f"It is allowed already: {done.policy}")


COMMANDS = (access,)
