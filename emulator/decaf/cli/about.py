"""Commands about the server itself: its health, its metrics, the OpenAPI document of its control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf import __version__
from decaf.cli import output
from decaf.cli.client import control_command

if TYPE_CHECKING:
    from decaf.control.health import Health
    from decaf.testing.control import Control

_BETWEEN = 0.05  # seconds between two questions
_TO_ANSWER = 5.0  # seconds that a server has, if it is not waited for


@click.command()
@click.option("--wait", "patience", type=float, metavar="SECONDS", help="wait for up to so long until it is ready")
@control_command
def health(control: Control, patience: float | None, as_json: bool) -> None:
    """Show whether the server is ready, and its version.

    Exit code 3 when no server answers.
    """
    found = control.health(_TO_ANSWER) if patience is None else _health_within(control, patience)
    if as_json:
        output.json(found)
    else:
        models = ", ".join(f"{service} {version}" for service, version in found.models.items())
        output.line(f"{found.status}  Decaf {found.version} ({found.form})  models {models}")


def _health_within(control: Control, patience: float) -> Health:
    from decaf.base.clock import pause, seconds
    from decaf.testing.http_client import NoServer

    until = seconds() + patience
    while True:
        left = until - seconds()
        try:
            return control.health(timeout=max(left, _BETWEEN))
        except NoServer:
            if left <= 0:
                raise
        pause(_BETWEEN)


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


@click.command()
def version() -> None:
    """Print the version, and which form reads the heads of requests: native (compiled) or pure (Python)."""
    from decaf.http.head import FORM

    output.line(f"{__version__} ({FORM})")


COMMANDS = (health, metrics, openapi, version)
