"""Resets, as suites for moto's server and for LocalStack ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from decaf.base.settings import Settings
from tests.decaf.compat.conftest import EmulatorClient
from tests.live import Live


@pytest.fixture(params=["fast", "plain"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A server of the test's own: what is forgotten here is everybody's."""
    with Live(Settings(port=0, edge=request.param)) as server:
        yield server


@pytest.fixture
def endpoint(live: Live) -> str:
    return live.url


@pytest.mark.parametrize(("path", "answer"), [("/moto-api/reset", {"status": "ok"}), ("/_localstack/state/reset", {})])
def test_everything_is_forgotten(emulator: EmulatorClient, sqs: Any, sns: Any, path: str, answer: Any) -> None:
    sqs.create_queue(QueueName="orders")
    sns.create_topic(Name="drinks")
    reset = emulator.request("POST", path, b"")
    assert (reset.status, reset.json) == (200, answer)
    assert "QueueUrls" not in sqs.list_queues()
    assert sns.list_topics()["Topics"] == []


def test_moto_resets_by_post_only(emulator: EmulatorClient) -> None:
    answer = emulator.get("/moto-api/reset")
    assert (answer.status, answer.json) == (400, {"Error": "Need to POST to reset Moto"})
