"""Commands for documents that declare resources: creating what one declares, and writing one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.declared.forms import Form
    from decaf.testing.control import Control


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", help="of resources that name none [the server's]")
@click.option("--parameter", "parameters", metavar="NAME=VALUE", multiple=True, help="a parameter of a template")
@click.option("--stack-name", help="of a template [the file's name]")
@click.option("--skip-others", is_flag=True, help="leave out what a template has of other services")
@asks
def declare(
    control: Control,
    file: Path,
    region: str | None,
    parameters: tuple[str, ...],
    stack_name: str | None,
    skip_others: bool,
    as_json: bool,
) -> None:
    """Create what FILE declares in a running server.

    FILE is TOML, or a CloudFormation template. --account is for resources that name none.
    """
    for given in parameters:
        if "=" not in given:
            raise click.UsageError(f"--parameter: {given!r} is not of the form NAME=VALUE")
    declared = control.declare(
        file.read_text(encoding="utf-8-sig"),
        "toml" if file.suffix == ".toml" else "cloudformation",
        region=region,
        parameters={name: value for name, _, value in (given.partition("=") for given in parameters)},
        stack_name=stack_name or file.stem,
        skip_others=skip_others,
    )
    for note in declared.notes:
        click.echo(note, err=True)
    if as_json:
        output.json(declared)
    else:
        output.table(("WHAT", "ARN"), [(one.resource, one.arn) for one in declared.created])


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["toml", "cloudformation", "cloudformation-json"]),
    default="toml",
    show_default=True,
    help="of what is written",
)
@click.option("--region", help="of this region only [all]")
@asks
def export(control: Control, form: Form, region: str | None, as_json: bool) -> None:
    """Write what there is, as a file for --init.

    A template is about one account and region. What the file cannot say is told of, on standard error too.
    """
    exported = control.export(form, region)
    for note in exported.notes:
        click.echo(note, err=True)
    if as_json:
        output.json(exported)
    else:
        click.echo(exported.text, nl=False)


COMMANDS = (declare, export)
