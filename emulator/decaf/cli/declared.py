"""Commands for documents that declare resources: create those of a document, and export one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns
from decaf.cli.values import values

if TYPE_CHECKING:
    from decaf.declared.forms import Form
    from decaf.testing.control import Control


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", help="the region of resources that name none [the server's]")
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="a parameter of the template; can be repeated",
)
@click.option("--stack-name", help="the stack name of the template [the file's name]")
@click.option(
    "--ssm-parameter",
    "ssm_parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="a parameter of the SSM Parameter Store; can be repeated",
)
@click.option(
    "--skip-others/--refuse-others",
    default=True,
    show_default=True,
    help="skip the template's resources of other services, or refuse them",
)
@control_command
def declare(
    control: Control,
    file: Path,
    region: str | None,
    parameters: tuple[str, ...],
    stack_name: str | None,
    ssm_parameters: tuple[str, ...],
    skip_others: bool,
    as_json: bool,
) -> None:
    """Create the resources that FILE declares in a running server.

    FILE is TOML, or a CloudFormation template. --account is the account of resources that name none.
    """
    declared = control.declare(
        file.read_text(encoding="utf-8-sig"),
        "toml" if file.suffix == ".toml" else "cloudformation",
        region=region,
        parameters=values(parameters, "--parameter"),
        stack_name=stack_name or file.stem,
        skip_others=skip_others,
        ssm_parameters=values(ssm_parameters, "--ssm-parameter"),
        folder=str(file.parent.resolve()),
        source=str(file),
    )
    for note in declared.notes:
        output.line(note, err=True)
    if as_json:
        output.json(declared)
    else:
        reported = [*declared.created, *declared.deleted]
        tables.show(Columns(("RESOURCE", "CHANGE", "ARN")), [(one.resource, one.change, one.arn) for one in reported])


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["toml", "cloudformation", "cloudformation-json"]),
    default="toml",
    show_default=True,
    help="the format of the document",
)
@click.option("--region", help="limit the export to this region [all]")
@control_command
def export(control: Control, form: Form, region: str | None, as_json: bool) -> None:
    """Print the present resources as a document that declares them, for `decaf serve --init`.

    A template has the resources of one account and region. Settings that the document cannot declare are listed on
    standard error.
    """
    exported = control.export(form, region)
    for note in exported.notes:
        output.line(note, err=True)
    if as_json:
        output.json(exported)
    else:
        output.document(exported.text)


COMMANDS = (declare, export)
