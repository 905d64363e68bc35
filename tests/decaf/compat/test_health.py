"""LocalStack's health check and its init scripts, as scripts that wait for them look at them."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from decaf import __version__
from tests.decaf.compat.conftest import EmulatorClient
from tests.live import Live


@pytest.fixture
def live() -> Iterator[Live]:
    """A server that nobody has called yet."""
    with Live() as server:
        yield server


@pytest.fixture
def endpoint(live: Live) -> str:
    return live.url


def test_services_are_available_until_they_are_called(live: Live, emulator: EmulatorClient) -> None:
    assert emulator.get("/_localstack/health").json == {
        "services": {"lambda": "available", "sns": "available", "sqs": "available", "sts": "available"},
        "edition": "community",
        "version": __version__,
    }
    client = live.client("sqs")
    client.list_queues()
    client.close()
    services = emulator.get("/_localstack/health").json["services"]
    assert services == {"lambda": "available", "sns": "available", "sqs": "running", "sts": "available"}


def test_scripts_that_grep_find_what_they_look_for(emulator: EmulatorClient) -> None:
    assert '"sqs": "available"' in emulator.get("/_localstack/health").text


def test_a_head_is_answered_as_well(endpoint: str) -> None:
    connection = HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
    connection.request("HEAD", "/_localstack/health")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    connection.close()


def test_there_are_no_init_scripts_to_wait_for(emulator: EmulatorClient) -> None:
    assert emulator.get("/_localstack/init/ready").json == {"completed": True, "scripts": []}
    assert emulator.get("/_localstack/init").json["completed"] == {
        "BOOT": True,
        "START": True,
        "READY": True,
        "SHUTDOWN": False,
    }
    assert emulator.get("/_localstack/init/steady").status == 404
