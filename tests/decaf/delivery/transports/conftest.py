"""Endpoints to deliver to, and the events of deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from decaf.base.events import Event
from decaf.delivery.transports.signing import Signer
from tests.decaf.sns.cloud import Cloud
from tests.endpoint import Endpoint
from tests.live import Live


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def endpoint_of_mine() -> Iterator[Endpoint]:
    """An HTTP endpoint that takes everything."""
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="orders")["TopicArn"]
    return arn


@pytest.fixture
def account_events(live: Live, account: str) -> Iterator[list[Event]]:
    """The events of the test's own account from now on."""
    events: list[Event] = []

    def listen(event: Event) -> None:
        if event.arn.account == account:
            events.append(event)

    live.world.events.listeners.append(listen)
    yield events
    live.world.events.listeners.remove(listen)


def visit(url: str) -> bytes:
    """Returns the body of the response to a visited link."""
    with urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
    return body


@pytest.fixture(scope="session")
def signer() -> Signer:
    """A signer whose key is made once for all tests."""
    made = Signer()
    assert made.certificate_pem
    return made
