"""Fixtures for pytest: a server, and for each test an account of its own there, so that tests do not meet.

Rule: pytest loads this in every run, also where nobody wants it. It imports nothing but pytest; the server and
boto3 come with the first test that asks for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from decaf.testing.control import Control
    from decaf.testing.decaf import Decaf

_SHARED = pytest.StashKey["Decaf"]()  # the server of all workers, in the process that starts them


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("decaf", "Decaf: SQS and SNS on localhost")
    group.addoption("--decaf-url", help="use the server that runs there [DECAF_URL]; by default one is started")
    group.addoption("--decaf-shared", action="store_true", help="one server, and one clock, for all xdist workers")
    parser.addini("decaf_environment", "point AWS_* variables at Decaf in every test that uses it", "bool", False)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_decaf: a server, and so a clock, of the test's own")
    config.addinivalue_line(
        "markers", "needs_decaf(*what): skipped where another server is tested, which has not Decaf's clock, events ..."
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the server is that all share. This runs in the process that starts workers."""
    config: pytest.Config = node.config
    if config.getoption("decaf_shared") and not _told_url(config):
        if _SHARED not in config.stash:
            from decaf.testing.decaf import Decaf

            config.stash[_SHARED] = Decaf()
        node.workerinput["decaf_url"] = config.stash[_SHARED].url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SHARED in config.stash:
        config.stash[_SHARED].stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function) and item.config.getini("decaf_environment") and "decaf" in item.fixturenames:
        item.fixturenames.insert(0, "decaf_environment")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what another server cannot do, if it is one that was told."""
    url = _told_url(config)
    needing = [item for item in items if item.get_closest_marker("needs_decaf")]
    if not url or not needing:
        return
    from decaf.testing.decaf import Decaf

    if not Decaf.attach(url).control.answers():
        for item in needing:
            named = [what for marker in item.iter_markers("needs_decaf") for what in marker.args or ("own calls",)]
            item.add_marker(pytest.mark.skip(reason=f"needs Decaf's {' and '.join(named)}, which {url} does not have"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report: pytest.TestReport = yield
    used = getattr(item, "funcargs", {})
    if report.when == "call" and report.failed and "decaf" in used and "decaf_account" in used:
        from decaf.testing.timeline import timeline

        lines = timeline(used["decaf"].control.of(used["decaf_account"]))
        if lines:
            report.sections.append((f"Decaf: account {used['decaf_account']}", "\n".join(lines)))
    return report


@pytest.fixture(scope="session")
def decaf_server(pytestconfig: pytest.Config) -> Iterator[Decaf]:
    """The server of the session: the one that options name, or else one in this process."""
    from decaf.testing.decaf import Decaf

    url = _told_url(pytestconfig) or getattr(pytestconfig, "workerinput", {}).get("decaf_url")
    with Decaf.attach(url) if url else Decaf() as server:
        yield server


@pytest.fixture
def decaf(request: pytest.FixtureRequest) -> Iterator[Decaf]:
    """The server of the session; for a test marked `own_decaf` one of its own."""
    if request.node.get_closest_marker("own_decaf") is None:
        yield request.getfixturevalue("decaf_server")
    else:
        from decaf.testing.decaf import Decaf

        with Decaf() as server:
            yield server


@pytest.fixture
def decaf_account() -> str:
    """An account that no other test has."""
    from decaf.testing.decaf import new_account

    return new_account()


@pytest.fixture
def decaf_control(decaf: Decaf, decaf_account: str) -> Control:
    """Decaf's own calls, about the test's own account."""
    return decaf.control.of(decaf_account)


@pytest.fixture
def sqs(decaf: Decaf, decaf_account: str) -> Iterator[Any]:
    """A boto3 SQS client in the test's own account."""
    yield from _client(decaf, "sqs", decaf_account)


@pytest.fixture
def sns(decaf: Decaf, decaf_account: str) -> Iterator[Any]:
    """A boto3 SNS client in the test's own account."""
    yield from _client(decaf, "sns", decaf_account)


@pytest.fixture
def decaf_aio(decaf: Decaf, decaf_account: str) -> Callable[..., Any]:
    """Makes aiobotocore clients in the test's own account: `async with decaf_aio("sqs") as sqs`."""
    pytest.importorskip("aiobotocore", reason="needs aiobotocore, which is not installed")
    from decaf.testing.aio import AsyncClient

    return partial(AsyncClient, decaf.environment(decaf_account))


@pytest.fixture
def async_sqs(decaf_aio: Callable[..., Any]) -> Any:
    """An aiobotocore SQS client in the test's own account: `async with async_sqs as sqs`."""
    return decaf_aio("sqs")


@pytest.fixture
def async_sns(decaf_aio: Callable[..., Any]) -> Any:
    """An aiobotocore SNS client in the test's own account: `async with async_sns as sns`."""
    return decaf_aio("sns")


@pytest.fixture
def decaf_environment(decaf: Decaf, decaf_account: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Points clients that the tested code makes for itself at the test's own account; gives what was set."""
    from decaf.testing.environment import MISLEADING
    from decaf.testing.sessions import new_session

    for name in MISLEADING:
        monkeypatch.delenv(name, raising=False)
    variables = decaf.environment(decaf_account)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", new_session())  # it keeps the credentials that it first sees
    return variables


def _told_url(config: pytest.Config) -> str | None:
    return config.getoption("decaf_url") or os.environ.get("DECAF_URL")


def _client(decaf: Decaf, service: str, account: str) -> Iterator[Any]:
    client = decaf.client(service, account)
    yield client
    client.close()
