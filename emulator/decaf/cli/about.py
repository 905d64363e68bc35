"""Commands about the server itself: its health, its metrics, the OpenAPI document of its control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import control_command

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.command()
@control_command
def health(control: Control, as_json: bool) -> None:
    """Show whether the server is ready, and its version.

    Exit code 3 when no server answers.
    """
    found = control.health()
    if as_json:
        output.json(found)
    else:
        models = ", ".join(f"{service} {version}" for service, version in found.models.items())
        output.line(f"{found.status}  Decaf {found.version}  models {models}")


@click.command()
@control_command
def metrics(control: Control, as_json: bool) -> None:
    """Print counters and durations as OpenMetrics text; with --json, a list of samples."""
    text = control.metrics()
    if as_json:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families

        families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        samples = [sample for family in families for sample in family.samples]
        output.json([{"name": s.name, "labels": s.labels, "value": s.value} for s in samples])
    else:
        output.document(text)


@click.command()
@control_command
def openapi(control: Control, as_json: bool) -> None:
    """Print the OpenAPI document of the control API, always as JSON."""
    output.json(control.openapi())


COMMANDS = (health, metrics, openapi)
