"""Decaf everywhere: the ini option, the decorator and its settings, as the tests of another program use them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import boto3
import pytest

from decaf.testing import Decaf, everywhere

ROOT = Path(__file__).parent.parent.parent.parent

APP = """
    import boto3

    sqs = boto3.client("sqs")  # as the code of a Lambda function has it
    sns = boto3.resource("sns")

    def order(drink):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody=drink)
"""

NO_NETWORK = """
    import socket

    def pytest_configure():
        connect, find = socket.socket.connect, socket.getaddrinfo

        def guarded(self, address):
            assert self.family == socket.AF_UNIX or address[0] == "127.0.0.1", address
            return connect(self, address)

        def found(host, *more, **named):
            assert host in ("127.0.0.1", "localhost"), host
            return find(host, *more, **named)

        socket.socket.connect, socket.getaddrinfo = guarded, found

    import app
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The folder of a project whose code makes its clients at its import, with Decaf everywhere."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in [name for name in os.environ if name.startswith(("AWS_", "DECAF_"))]:
        monkeypatch.delenv(name)
    pytester.makepyfile(app=APP)
    _configure(pytester)
    return pytester


def _configure(suite: pytest.Pytester, *lines: str, decaf: str = "everywhere") -> None:
    suite.makeini("\n".join(["[pytest]", f"decaf = {decaf}", "pythonpath = .", *lines]))


def _run(suite: pytest.Pytester, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "decaf.testing.plugin", *options],
        cwd=suite.path,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _passes(suite: pytest.Pytester, count: int, *options: str) -> None:
    suite.runpytest_inprocess("-p", "decaf.testing.plugin", *options).assert_outcomes(passed=count)


def _passes_in_a_process(suite: pytest.Pytester, count: int, *options: str) -> None:
    result = _run(suite, *options)
    assert f" {count} passed in" in result.stdout, result.stdout + result.stderr


def test_clients_made_at_import_are_caught_in_the_account_of_each_test(suite: pytest.Pytester) -> None:
    suite.makeconftest(NO_NETWORK)
    suite.makepyfile("""
        import app, pytest

        @pytest.mark.parametrize("_", range(2))
        def test_ordering(_):
            url = app.sqs.create_queue(QueueName="orders")["QueueUrl"]
            app.order("latte")
            assert len(app.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
            assert list(app.sns.topics.all()) == []

        def test_it_has_the_account_of_the_fixtures(sqs, decaf_account, decaf_control):
            url = app.sqs.create_queue(QueueName="orders")["QueueUrl"]
            assert sqs.list_queues()["QueueUrls"] == [url]
            assert url.split("/")[3] == decaf_account
            assert [queue.name for queue in decaf_control.queues()] == ["orders"]
    """)
    _passes_in_a_process(suite, 3)


def test_credentials_and_region_stand_before_collection_and_hide_those_of_the_machine(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    suite.makepyfile("""
        import boto3, os

        assert "real" not in os.environ.values()
        assert boto3.client("sts").get_caller_identity()["Account"].isdigit()  # answered at collection too

        def test_hidden():
            assert "real" not in os.environ.values()
            credentials = boto3.Session().get_credentials()
            assert (credentials.secret_key, credentials.token) == ("decaf", None)
    """)
    _passes_in_a_process(suite, 1)


def test_a_region_that_the_project_sets_stays(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    suite.makepyfile("""
        import app

        def test_region():
            assert app.sqs.meta.region_name == "eu-west-1"
            url = app.sqs.create_queue(QueueName="orders")["QueueUrl"]
            arn = app.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            assert arn.startswith("arn:aws:sqs:eu-west-1:")
    """)
    _passes(suite, 1)


def test_a_child_process_finds_the_account_by_the_environment(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import app, subprocess, sys

        def test_child(sqs):
            sqs.create_queue(QueueName="orders")
            subprocess.run([sys.executable, "-c", "import app; app.order('latte')"], check=True)
            assert "Messages" in sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"])
    """)
    _passes(suite, 1)


def test_a_test_that_is_run_again_finds_an_empty_account(suite: pytest.Pytester) -> None:
    suite.makeconftest("""
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):  # as pytest-rerunfailures has it
            runtestprotocol(item, nextitem=nextitem, log=False)
            item._initrequest()
            runtestprotocol(item, nextitem=nextitem)
            return True
    """)
    suite.makepyfile("""
        import app

        def test_empty():
            assert "QueueUrls" not in app.sqs.list_queues()
            app.sqs.create_queue(QueueName="orders")
    """)
    _passes(suite, 1)


def test_tests_of_unittest_are_caught(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import app, unittest

        class Ordering(unittest.TestCase):
            def setUp(self):
                assert "QueueUrls" not in app.sqs.list_queues()
                app.sqs.create_queue(QueueName="orders")

            def test_one(self):
                app.order("latte")

            def test_other(self):
                app.order("mocha")
    """)
    _passes(suite, 2)


def test_a_fixture_of_a_module_prepares_the_account_where_that_is_the_scope(suite: pytest.Pytester) -> None:
    _configure(suite, "decaf_scope = module")
    tests = """
        import app, pytest

        @pytest.fixture(scope="module", autouse=True)
        def queue():
            assert "QueueUrls" not in app.sqs.list_queues()
            app.sqs.create_queue(QueueName="orders")

        def test_one():
            app.order("latte")

        def test_other(decaf_control):
            assert len(decaf_control.messages("orders")) == 1
    """
    suite.makepyfile(test_one=tests, test_other=tests)
    _passes(suite, 4)


def test_all_tests_have_one_account_if_it_is_named_and_it_is_empty_for_each(suite: pytest.Pytester) -> None:
    _configure(suite, "decaf_account = 123456789012")
    suite.makepyfile("""
        import app, pytest

        @pytest.mark.parametrize("_", range(2))
        def test_arn(decaf_account, _):
            assert "QueueUrls" not in app.sqs.list_queues()
            assert app.sqs.create_queue(QueueName="orders")["QueueUrl"].endswith("/123456789012/orders")
            assert decaf_account == "123456789012"
    """)
    _passes(suite, 2)


def test_a_marked_test_has_a_server_and_a_clock_of_its_own(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import app, pytest

        @pytest.mark.own_decaf
        def test_own(decaf, decaf_server):
            before = decaf_server.control.freeze()
            decaf.control.advance(3600)
            assert decaf_server.control.clock() == before
            app.sqs.create_queue(QueueName="orders")
            assert (len(decaf.control.queues()), decaf_server.control.queues()) == (1, [])
    """)
    _passes(suite, 1)


def test_a_clock_that_a_test_froze_runs_in_the_next(suite: pytest.Pytester) -> None:
    tests = """
        def test_frozen(decaf_control):
            decaf_control.freeze()

        def test_long_poll(sqs, decaf_control):
            assert not decaf_control.clock().frozen
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    """
    suite.makepyfile(tests)
    _passes(suite, 2)
    _configure(suite, decaf="")
    _passes(suite, 2)
    with Decaf() as running:
        _passes(suite, 2, "--decaf-url", running.url)


def test_settings_are_read_from_the_project(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.path.joinpath("pyproject.toml").write_text("[tool.decaf]\nmax_delay = 7\n", encoding="utf-8")
    suite.makepyfile("""
        import app, os, pytest

        def test_delay(sqs):
            longest = os.environ["LONGEST"]
            sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": longest})
            with pytest.raises(sqs.exceptions.ClientError, match="DelaySeconds"):
                sqs.create_queue(QueueName="others", Attributes={"DelaySeconds": str(int(longest) + 1)})
    """)
    monkeypatch.setenv("LONGEST", "7")
    _passes(suite, 1)
    suite.path.joinpath("decaf.toml").write_text("max_delay = 8\nport = 4566\n", encoding="utf-8")
    monkeypatch.setenv("LONGEST", "8")
    _passes(suite, 1)
    monkeypatch.setenv("DECAF_MAX_DELAY", "9")
    monkeypatch.setenv("LONGEST", "9")
    _passes(suite, 1)
    _configure(suite, "decaf_settings =", "    max_delay = 10", "    recreate_cooldown = 0", decaf="")
    monkeypatch.setenv("LONGEST", "10")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    _passes(suite, 1)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("max_dely = 7", "decaf_settings: there is no setting 'max_dely'. Did you mean max_delay?"),
        ("max_delay = soon", "decaf_settings: max_delay: 'soon' is not a whole number of at least 0"),
        ("max_delay", "decaf_settings: 'max_delay' is not of the form name = value"),
    ],
)
def test_a_setting_that_does_not_exist_is_an_error_in_one_line(
    suite: pytest.Pytester, line: str, complaint: str
) -> None:
    _configure(suite, "decaf_settings =", f"    {line}")
    suite.makepyfile("def test_nothing(sqs): pass")
    result = _run(suite)
    assert f"Exit: Decaf: {complaint} !" in result.stdout, result.stdout + result.stderr
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert len(result.stdout.splitlines()) < 15


@pytest.mark.parametrize(
    ("lines", "options", "complaint"),
    [
        (["decaf = sometimes"], (), "decaf = sometimes: the only value is everywhere"),
        (["decaf_scope = suite"], (), "decaf_scope = suite: it is one of function, class, module, session"),
        (["decaf_account = ada"], (), "decaf_account = ada: an account has 12 digits"),
        (["decaf_account = 123456789012"], ("--decaf-shared",), "decaf_account does not go with --decaf-shared: "),
    ],
)
def test_a_value_that_cannot_be_is_an_error_in_one_line(
    suite: pytest.Pytester, lines: list[str], options: tuple[str, ...], complaint: str
) -> None:
    everywhere = [] if lines[0].startswith("decaf =") else ["decaf = everywhere"]
    suite.makeini("\n".join(["[pytest]", *everywhere, *lines]))
    result = _run(suite, *options)
    assert f"ERROR: {complaint}" in result.stderr
    assert len(result.stderr.splitlines()) < 4


def test_what_the_project_declares_is_in_the_account_of_each_test(suite: pytest.Pytester) -> None:
    suite.path.joinpath("decaf.toml").write_text('init = ["queues.toml"]\n', encoding="utf-8")
    suite.path.joinpath("queues.toml").write_text('[[queues]]\nname = "orders"\n', encoding="utf-8")
    suite.makepyfile("""
        import app, pytest

        @pytest.mark.parametrize("_", range(2))
        def test_declared(decaf_control, sqs, _):
            assert [queue.name for queue in decaf_control.queues()] == ["orders"]
            sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"])
    """)
    _passes(suite, 2)
    _configure(suite, decaf="")
    suite.makepyfile(app="")
    _passes(suite, 2)


def test_a_failure_shows_the_events_without_any_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import app

        def test_failing():
            app.sqs.create_queue(QueueName="orders")
            app.order("latte")
            assert False
    """)
    shown = _run(suite).stdout
    assert "Decaf: account" in shown
    assert "MessageSent               orders                          'latte'" in shown


def test_a_running_server_is_used_where_one_is_named(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import app

        def test_ordering(decaf_account):
            assert app.sqs.create_queue(QueueName="orders")["QueueUrl"].endswith(f"/{decaf_account}/orders")
    """)
    with Decaf() as running:
        _passes(suite, 1, "--decaf-url", running.url)
        assert [queue.name for queue in running.control.queues()] == ["orders"]


@pytest.mark.parametrize(("options", "servers"), [((), 2), (("--decaf-shared",), 1)])
def test_workers_of_xdist_are_caught(suite: pytest.Pytester, options: tuple[str, ...], servers: int) -> None:
    suite.makepyfile("""
        import app, pathlib, pytest

        @pytest.mark.parametrize("_", range(3))
        def test_ordering(worker_id, _):
            assert "QueueUrls" not in app.sqs.list_queues()
            url = app.sqs.create_queue(QueueName="orders")["QueueUrl"]
            app.order("latte")
            pathlib.Path(f"{worker_id}.server").write_text(url.split("/")[2])
    """)
    _passes_in_a_process(suite, 6, "-p", "xdist", "-n", "2", "--dist", "each", *options)
    found = [file.read_text(encoding="utf-8") for file in suite.path.glob("*.server")]
    assert (len(found), len(set(found))) == (2, servers)


# --- the decorator


@everywhere
def test_a_decorated_function() -> None:
    assert "QueueUrls" not in boto3.client("sqs").list_queues()
    boto3.client("sqs").create_queue(QueueName="orders")


@everywhere(account="111122223333")
def test_a_decorated_function_with_a_fixture(tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    assert boto3.client("sts").get_caller_identity()["Account"] == "111122223333"


def test_a_decorated_coroutine_function() -> None:
    @everywhere
    async def order() -> Any:
        await asyncio.sleep(0)
        return boto3.client("sts").get_caller_identity()["Account"]

    assert len(asyncio.run(order())) == 12


@everywhere
class TestOfPytest:
    def test_one(self) -> None:
        assert "QueueUrls" not in boto3.client("sqs").list_queues()
        boto3.client("sqs").create_queue(QueueName="orders")

    test_other = test_one


@everywhere
class OfUnittest(unittest.TestCase):
    """Two tests on one server, each with an account of its own."""

    url: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.url = boto3.client("sqs").create_queue(QueueName="of-the-class")["QueueUrl"]

    def setUp(self) -> None:
        assert "QueueUrls" not in boto3.client("sqs").list_queues()
        url = boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
        assert url.split("/")[2] == self.url.split("/")[2]

    def test_one(self) -> None:
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1

    def test_other(self) -> None:
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_decorated_case_runs_with_unittest_too() -> None:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(OfUnittest).run(result)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])


def test_it_can_be_entered_again_and_within_itself() -> None:
    context = everywhere()
    for _ in range(2):
        with context as outer, context as inner:
            assert inner.url == outer.url
            assert inner.account != outer.account
