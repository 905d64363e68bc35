"""The two servers that scenarios are played on."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from .servers import Server


@pytest.fixture(scope="session")
def moto() -> Iterator[Server]:
    """moto over HTTP, as a client meets it."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # it would log every request and its own failures
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Server(f"http://{host}:{port}", account_header="x-moto-account-id")
    server.stop()


@pytest.fixture(scope="session")
def decaf(endpoint: str) -> Server:
    return Server(endpoint)
