"""Commands that ask what the server is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from click.testing import CliRunner

from decaf.cli import main
from decaf.http.head import FORM
from decaf.testing import Decaf, Settings
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def test_health_shows_that_the_server_is_ready(run: Command, run_json: JsonCommand) -> None:
    assert run("health").stdout.startswith(f"ready  Decaf 0.1.0 ({FORM})  models sqs 2012-11-05")
    assert run_json("health")["status"] == "ready"
    assert run_json("health")["form"] == FORM


def test_without_a_server_health_ends_with_3(run: Command, decaf: Decaf) -> None:
    decaf.stop()
    assert run("health").exit_code == 3


def test_a_program_waits_until_the_server_is_ready(decaf: Decaf, run: Command) -> None:
    """A server that begins to listen after the command has asked for the first time."""
    port = int(decaf.url.rpartition(":")[2])
    decaf.stop()
    with ThreadPoolExecutor() as pool:
        with socket.create_server(("127.0.0.1", port)) as nobody:
            waiting = pool.submit(run, "health", "--wait", "30")
            nobody.accept()[0].close()
        with Decaf(Settings(port=port)):
            assert waiting.result().stdout.startswith("ready  Decaf")


def test_waiting_for_a_server_ends_with_3(run: Command, decaf: Decaf) -> None:
    decaf.stop()
    result = run("health", "--wait", "0.01")
    assert (result.exit_code, result.stderr) == (3, f"Error: no server answers at {decaf.url}: Connection refused\n")


def test_waiting_for_a_server_that_accepts_and_says_nothing_ends_too(run: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"127.0.0.1:{silent.getsockname()[1]}"
        result = run("health", "--wait", "0.01", "--url", url)
    assert (result.exit_code, result.stderr) == (3, f"Error: no server answers at http://{url}: timed out\n")


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(main, ["version"]).stdout == f"0.1.0 ({FORM})\n"
    assert CliRunner().invoke(main, ["--version"]).stdout == "0.1.0\n"


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
