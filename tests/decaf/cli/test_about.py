"""Commands that ask what the server is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def test_health_shows_that_the_server_is_ready(run: Command, run_json: JsonCommand) -> None:
    assert run("health").stdout.startswith("ready  Decaf 0.1.0  models sqs 2012-11-05")
    assert run_json("health")["status"] == "ready"


def test_without_a_server_health_ends_with_3(run: Command, decaf: Decaf) -> None:
    decaf.stop()
    assert run("health").exit_code == 3


def test_metrics_are_text_for_monitoring_or_samples(
    run: Command, run_json: JsonCommand, decaf: Decaf, orders: str
) -> None:
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    printed = run("metrics").stdout
    assert printed.endswith("# EOF\n")
    labels = {"account": "000000000000", "region": "us-east-1", "queue": "orders", "state": "visible"}
    assert {"name": "decaf_queue_messages", "labels": labels, "value": 1.0} in run_json("metrics")


def test_the_openapi_document_is_json(run_json: JsonCommand) -> None:
    assert "/_decaf/faults" in run_json("openapi")["paths"]
