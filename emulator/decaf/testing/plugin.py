"""Fixtures for pytest: a server, and for each test its own account there, so that tests are isolated.

Rule: pytest imports this in every run, also in projects that do not use it. It imports nothing but pytest; the server
and boto3 are imported by the first test that uses a fixture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from decaf.testing.control import Control
    from decaf.testing.decaf import Decaf
    from decaf.testing.factories import QueueFactory, TopicFactory
    from decaf.testing.functions import FunctionFactory
    from decaf.testing.session import Session
    from decaf.testing.traces import Traces

_SESSION = pytest.StashKey["Session"]()  # of this process, once it is needed
_SHARED = pytest.StashKey["Decaf"]()  # the server of all workers, in the process that starts them
_FAILED = pytest.StashKey[bool]()  # of a test: whether its latest phase has failed
_WHERE = pytest.StashKey[tuple["Decaf", str]]()  # of a test, also when a later fixture fails
_TRACES = ("off", "retain-on-failure", "on")
_SHOWN_TRACES = 20  # in the summary


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("decaf", "Decaf: SQS and SNS on localhost")
    group.addoption("--decaf-url", help="use the running server at this URL [DECAF_URL; else a new server]")
    group.addoption("--decaf-shared", action="store_true", help="use one server, with one clock, for all xdist workers")
    group.addoption(
        "--decaf-profile",
        choices=("strict", "relaxed", "realistic"),
        help="what queues promise; realistic: messages come twice and out of order, as AWS may do [strict]",
    )
    group.addoption(
        "--decaf-trace",
        choices=_TRACES,
        help="leave a file that shows what happened, of each test that fails or of all [ini: decaf_trace; off]",
    )
    group.addoption("--decaf-trace-dir", help="the folder of these files [ini: decaf_trace_dir; decaf-traces]")
    parser.addini("decaf_trace", "which tests leave a trace: off, retain-on-failure or on", default="off")
    parser.addini(
        "decaf_trace_dir", "the folder of the traces, from the root of the project on", default="decaf-traces"
    )
    parser.addini("decaf", "everywhere: Decaf answers every botocore client of the process, in the account of the test")
    parser.addini("decaf_account", "the one account of all tests, emptied before each [a new account for each test]")
    parser.addini(
        "decaf_scope", "what has an account of its own: function, class, module or session", default="function"
    )
    parser.addini("decaf_every_endpoint", "answer also clients that name another endpoint in code", "bool", False)
    parser.addini("decaf_settings", "settings of the server, lines of the form name = value", "linelist")
    parser.addini(
        "decaf_environment",
        "point the AWS_* variables to Decaf in every test that uses one of its fixtures",
        "bool",
        False,
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Catch all clients before the first line of the project's own code runs."""
    if _is_everywhere(early_config):
        _session(early_config).catch_all_clients()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_decaf: start a server, with its own clock, for this test")
    config.addinivalue_line(
        "markers", "needs_decaf(*features): skip the test on a server without Decaf's control API: clock, events ..."
    )
    if _mode(config) not in _TRACES:
        raise pytest.UsageError(f"decaf_trace = {_mode(config)}: it is one of {', '.join(_TRACES)}")
    if _is_everywhere(config):
        from decaf.testing.session import check_options

        check_options(config)
        if _SESSION not in config.stash:  # the plugin was loaded by a conftest
            _session(config).catch_all_clients()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the account of a test begin, before its fixtures are set up; also when it is run again."""
    if _is_everywhere(item.config):
        _session(item.config).begin(item)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the URL of the shared server to a worker of xdist. This runs in the process that starts the workers."""
    config: pytest.Config = node.config
    if config.getoption("decaf_shared") and not _given_url(config):
        if _SHARED not in config.stash:
            config.stash[_SHARED] = _session(config).new_server()
        node.workerinput["decaf_url"] = config.stash[_SHARED].url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SESSION in config.stash:
        config.stash[_SESSION].close()
    if _SHARED in config.stash:
        config.stash[_SHARED].stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function) and item.config.getini("decaf_environment") and "decaf" in item.fixturenames:
        item.fixturenames.insert(0, "decaf_environment")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests marked `needs_decaf` when the tested server is not Decaf."""
    url = _given_url(config)
    needing = [item for item in items if item.get_closest_marker("needs_decaf")]
    if not url or not needing:
        return
    from decaf.testing.decaf import Decaf

    if not Decaf.attach(url).control.answers():
        for item in needing:
            named = [name for marker in item.iter_markers("needs_decaf") for name in marker.args or ("control API",)]
            item.add_marker(pytest.mark.skip(reason=f"needs Decaf's {' and '.join(named)}, which {url} does not have"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report: pytest.TestReport = yield
    traces = _traces(item.config)
    failed = report.failed
    is_second = failed and item.stash.get(_FAILED, False)  # the teardown of a test that has failed, and has its trace
    item.stash[_FAILED] = failed
    wanted = traces is not None and traces.wants(failed=failed) and (failed or report.when == "call") and not is_second
    where = _server_and_account(item) if failed or wanted else None
    if where is None:
        return report
    decaf, account = where
    control = decaf.control.of(account)
    lines = control.timeline() if failed and report.when == "call" else []
    if wanted and traces is not None:
        lines.append(_leave_trace(traces, control, item, call, report))
    elif lines:
        lines.append("To have a trace of this that opens in a browser: pytest --decaf-trace=retain-on-failure")
    if lines and failed:
        report.sections.append((f"Decaf: account {account}", "\n".join(lines)))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the traces, also those that workers of xdist have written."""
    reports = (report for listed in terminalreporter.stats.values() for report in listed)
    files = list(dict.fromkeys(file for report in reports if (file := getattr(report, "decaf_trace", None))))
    if files:
        terminalreporter.section("Decaf: traces, to open in a browser")
        for file in files[:_SHOWN_TRACES]:
            terminalreporter.line(file)
        if len(files) > _SHOWN_TRACES:
            terminalreporter.line(f"and {len(files) - _SHOWN_TRACES} more")


@pytest.fixture(scope="session")
def decaf_server(pytestconfig: pytest.Config) -> Decaf:
    """The server of the session: the one of --decaf-url or DECAF_URL, else one in this process."""
    return _session(pytestconfig).server


@pytest.fixture
def decaf(request: pytest.FixtureRequest) -> Iterator[Decaf]:
    """The server of the session; for a test marked `own_decaf`, a new one."""
    from decaf.testing.session import let_clock_run

    if _is_everywhere(request.config):
        yield _caught().decaf()
    elif request.node.get_closest_marker("own_decaf") is not None:
        with _session(request.config).new_server() as server:
            yield server
    else:
        server = request.getfixturevalue("decaf_server")
        yield server
        let_clock_run(server)


@pytest.fixture
def decaf_account(request: pytest.FixtureRequest) -> str:
    """The account of the test, which no other test uses; with what the project's settings declare in it."""
    if _is_everywhere(request.config):
        return str(_caught().account)
    from decaf.testing.decaf import new_account

    account = new_account()
    decaf = request.getfixturevalue("decaf")
    _session(request.config).prepare(decaf, account, request.node.nodeid)
    request.node.stash[_WHERE] = decaf, account
    return account


@pytest.fixture
def decaf_control(decaf: Decaf, decaf_account: str) -> Control:
    """The control API, limited to the account of the test."""
    return decaf.control.of(decaf_account)


@pytest.fixture
def sqs(decaf: Decaf, decaf_account: str) -> Iterator[SQSClient]:
    """A boto3 SQS client in the account of the test."""
    yield from _client(decaf, "sqs", decaf_account)


@pytest.fixture
def sns(decaf: Decaf, decaf_account: str) -> Iterator[SNSClient]:
    """A boto3 SNS client in the account of the test."""
    yield from _client(decaf, "sns", decaf_account)


@pytest.fixture
def decaf_queue(sqs: SQSClient) -> QueueFactory:
    """Creates queues in the account of the test: `url = decaf_queue("orders", DelaySeconds=5)`."""
    from decaf.testing.factories import QueueFactory

    return QueueFactory(sqs)


@pytest.fixture
def decaf_topic(sns: SNSClient, sqs: SQSClient) -> TopicFactory:
    """Creates topics in the account of the test: `arn = decaf_topic("drinks", queues=[url])`."""
    from decaf.testing.factories import TopicFactory

    return TopicFactory(sns, sqs)


@pytest.fixture
def decaf_function(decaf: Decaf, decaf_account: str) -> Iterator[FunctionFactory]:
    """Registers callables as functions in the account of the test: `arn = decaf_function(handler, topics=[topic])`."""
    from decaf.testing.functions import FunctionFactory

    factory = FunctionFactory(decaf, decaf_account)
    yield factory
    factory.close()


@pytest.fixture
def decaf_user(decaf: Decaf, decaf_control: Control) -> Iterator[Callable[..., Any]]:
    """Makes boto3 clients of users with policies of their own, in the account of the test: `decaf_user(policy)`.

    `policy` is a document, a statement or several; without one the user may do nothing of its own. A second argument is
    the service, "sqs" by default; further ones are those of `Control.declare_identity`.
    """
    from decaf.testing.users import Users

    users = Users(decaf, decaf_control)
    yield users.client
    users.close()


@pytest.fixture
def decaf_aio(decaf: Decaf, decaf_account: str) -> Callable[..., Any]:
    """Makes aiobotocore clients in the account of the test: `async with decaf_aio("sqs") as sqs`."""
    pytest.importorskip("aiobotocore", reason="needs aiobotocore, which is not installed")
    from decaf.testing.aio import AsyncClient

    return partial(AsyncClient, decaf.environment(decaf_account))


@pytest.fixture
def async_sqs(decaf_aio: Callable[..., Any]) -> Any:
    """An aiobotocore SQS client in the account of the test: `async with async_sqs as sqs`."""
    return decaf_aio("sqs")


@pytest.fixture
def async_sns(decaf_aio: Callable[..., Any]) -> Any:
    """An aiobotocore SNS client in the account of the test: `async with async_sns as sns`."""
    return decaf_aio("sns")


@pytest.fixture
def decaf_environment(decaf: Decaf, decaf_account: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Points clients that the tested code makes itself to the account of the test; the variables that were set."""
    from decaf.testing.environment import MISLEADING
    from decaf.testing.sessions import new_session

    for name in MISLEADING:
        monkeypatch.delenv(name, raising=False)
    variables = decaf.environment(decaf_account)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        "boto3.DEFAULT_SESSION", new_session()
    )  # the default session keeps the first credentials it finds
    return variables


def _is_everywhere(config: pytest.Config) -> bool:
    value = config.getini("decaf")
    if value not in ("", "everywhere"):
        raise pytest.UsageError(f"decaf = {value}: the only value is everywhere")
    return bool(value)


def _session(config: pytest.Config) -> Session:
    if _SESSION not in config.stash:
        from decaf.testing.session import Session

        def url() -> str | None:
            return _given_url(config) or getattr(config, "workerinput", {}).get("decaf_url")

        config.stash[_SESSION] = Session(config, url)
    return config.stash[_SESSION]


def _caught() -> Any:
    """Returns who answers the clients of the present test."""
    from decaf.testing.interception import current

    return current()


def _server_and_account(item: pytest.Item) -> tuple[Decaf, str] | None:
    """Returns where the clients of a test act, None if it has none."""
    if _is_everywhere(item.config):
        return _caught().decaf(), _caught().account
    if _WHERE in item.stash:
        return item.stash[_WHERE]
    used = getattr(item, "funcargs", {})
    if "decaf" in used and "decaf_account" in used:
        return used["decaf"], used["decaf_account"]
    return getattr(getattr(item, "instance", None), "decaf_and_account", None)  # of a DecafTestCase


def _mode(config: pytest.Config) -> str:
    return str(config.getoption("decaf_trace") or config.getini("decaf_trace"))


def _traces(config: pytest.Config) -> Traces | None:
    """Returns which tests leave a trace, None if none does."""
    mode = _mode(config)
    if mode == "off":
        return None
    from decaf.testing.traces import Traces

    given = config.getoption("decaf_trace_dir")
    folder = Path(given).absolute() if given else config.rootpath / config.getini("decaf_trace_dir")
    return Traces(mode, folder)


def _leave_trace(
    traces: Traces, control: Control, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> str:
    """Write the trace of a test that has just ended. Returns the line of its report that says where, or why not."""
    from decaf.page.trace_file import TracedTest
    from decaf.testing.traces import NoTrace, failure_of

    error = None if call.excinfo is None or not report.failed else call.excinfo.value
    test = TracedTest(
        name=item.nodeid.encode("utf-8", "replace").decode(),
        outcome=report.outcome,
        duration=call.duration,
        started=call.start,
        failure=None if error is None else failure_of(error, item.path, report.longreprtext),
    )
    try:
        file = traces.leave(control, test, getattr(item, "execution_count", 1))
    except NoTrace as error:
        return f"No trace: {error}"
    shown = str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
    report.decaf_trace = shown  # type: ignore[attr-defined]  # for the summary: xdist passes it on
    return f"Trace: {shown}"


def _given_url(config: pytest.Config) -> str | None:
    return config.getoption("decaf_url") or os.environ.get("DECAF_URL")


def _client(decaf: Decaf, service: str, account: str) -> Iterator[Any]:
    client = decaf.client(service, account)
    yield client
    client.close()
