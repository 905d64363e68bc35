"""The two servers that scenarios are played on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from .servers import Server


@pytest.fixture(scope="session")
def moto() -> Iterator[Server]:
    """moto over HTTP, as a client meets it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Server(f"http://{host}:{port}", account_header="x-moto-account-id")
    server.stop()


@pytest.fixture(scope="session")
def decaf(endpoint: str) -> Server:
    return Server(endpoint)
