"""Fixtures for tests over HTTP: one server for all of them, an account of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

# Once for all: pytester, after a run within this process, forgets what that imported, and cryptography's compiled part
# does not know the classes of a second import.
import cryptography.x509  # noqa: F401
import pytest

from decaf.base.settings import Settings
from decaf.testing.all_clients import answered
from decaf.testing.environment import ACCOUNT
from tests.again import check_that_it_can_be_made_again
from tests.decaf.sns.cloud import Cloud
from tests.live import Live
from tests.live_nodes import LiveNodes
from tests.postgres.server import Databases, Postgres, running

_accounts = itertools.count(100_000_000_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        choices=["memory", "durable", "restarting", "postgres", "postgres-restarting", "postgres-shards"],
        default="memory",
        help="what the shared server keeps its state in; restarting: durable, and started anew before each call; "
        "shards: two nodes that share the state out",
    )
    parser.addoption(
        "--edge",
        choices=["fast", "plain", "in-process"],
        default="fast",
        help="how the shared server reads requests; in-process: those of botocore clients without a socket",
    )


def pytest_configure(config: pytest.Config) -> None:
    Cloud.store = config.getoption("--store")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that all tests share, which does not wait for the disk."""
    with running() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _databases(request: pytest.FixtureRequest) -> Iterator[None]:
    if not Cloud.store.startswith("postgres"):
        yield
        return
    Cloud.databases = Databases(request.getfixturevalue("postgres"))
    yield
    Cloud.databases.close()


@pytest.fixture(scope="session")
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The server that all tests share."""
    store = request.config.getoption("--store")
    directory = str(tmp_path_factory.mktemp("data")) if store in ("durable", "restarting") else ""
    database = request.getfixturevalue("postgres").make_database() if store.startswith("postgres") else ""
    edge = request.config.getoption("--edge")
    settings = Settings(port=0, data_dir=directory, store=database, edge="fast" if edge == "in-process" else edge)
    with ExitStack() as stack:
        made = LiveNodes(settings) if store == "postgres-shards" else Live(settings, restarting="restarting" in store)
        server = stack.enter_context(made)
        if edge == "in-process":
            stack.enter_context(answered(lambda: server, ACCOUNT, passing=False))
        yield server


@pytest.fixture(scope="session")
def endpoint(live: Live) -> str:
    """The URL of the shared server."""
    return live.url


@pytest.fixture
def advance(live: Live) -> Callable[[float], None]:
    """Moves the shared server's clock forward by so many seconds."""
    return live.advance


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[str]:
    """An account that no other test has. At the test's end its state can be made again from its records."""
    name = str(next(_accounts))
    if "live" not in request.fixturenames:
        yield name
        return
    live: Live = request.getfixturevalue("live")
    live.follow()
    yield name
    for world in live.worlds():
        live.run(check_that_it_can_be_made_again(world, name, live.follower))
        live.call(world.reset, name)


@pytest.fixture
def sqs(live: Live, account: str) -> Iterator[Any]:
    """A boto3 SQS client in the test's own account."""
    client = live.client("sqs", account)
    yield client
    client.close()


@pytest.fixture
def sns(live: Live, account: str) -> Iterator[Any]:
    """A boto3 SNS client in the test's own account."""
    client = live.client("sns", account)
    yield client
    client.close()
