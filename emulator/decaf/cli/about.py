"""Commands that ask what the server is: whether it is ready, what it counts, which calls it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.command()
@asks
def health(control: Control, as_json: bool) -> None:
    """Show whether the server is ready.

    Ends with 3 when there is none.
    """
    found = control.health()
    if as_json:
        output.json(found)
    else:
        models = ", ".join(f"{service} {version}" for service, version in found.models.items())
        click.echo(f"{found.status}  Decaf {found.version}  models {models}")


@click.command()
@asks
def metrics(control: Control, as_json: bool) -> None:
    """Print counts and times as OpenMetrics text; JSON is one sample each."""
    text = control.metrics()
    if as_json:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families

        families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        samples = [sample for family in families for sample in family.samples]
        output.json([{"name": s.name, "labels": s.labels, "value": s.value} for s in samples])
    else:
        click.echo(text, nl=False)


@click.command()
@asks
def openapi(control: Control, as_json: bool) -> None:
    """Print the OpenAPI document of Decaf's own calls; it is JSON in any case."""
    output.json(control.openapi())


COMMANDS = (health, metrics, openapi)
