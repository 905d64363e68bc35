"""The fixtures, as the tests of another program use them: each run here is one of pytest's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from decaf.testing import Decaf
from tests.endpoint import Endpoint

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for another program's tests. Nothing but the plugin is loaded there, installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    return pytester


def _passes(suite: pytest.Pytester, count: int, *options: str) -> None:
    suite.runpytest_inprocess("-p", "decaf.testing.plugin", *options).assert_outcomes(passed=count)


def test_each_test_has_an_account_of_its_own_on_one_server(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        urls = set()

        @pytest.mark.parametrize("_", range(3))
        def test_alone(sqs, sns, decaf, _):
            assert "QueueUrls" not in sqs.list_queues()
            assert sns.list_topics()["Topics"] == []
            sqs.create_queue(QueueName="orders")
            sns.create_topic(Name="drinks")
            urls.add(decaf.url)
            assert len(urls) == 1
    """)
    _passes(suite, 3)


def test_clients_and_account_are_the_same_one(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_account(sqs, sns, decaf, decaf_account):
            topic = sns.create_topic(Name="drinks")["TopicArn"]
            assert topic.split(":")[4] == decaf_account
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            assert url == f"{decaf.url}/{decaf_account}/orders"
    """)
    _passes(suite, 1)


def test_the_environment_is_unchanged_without_the_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import os

        def test_alone(sqs, monkeypatch):
            assert os.environ.get("AWS_ENDPOINT_URL") is None

        def test_pointed(decaf_environment, decaf):
            assert os.environ["AWS_ENDPOINT_URL"] == decaf.url

        def test_as_before():
            assert os.environ.get("AWS_ENDPOINT_URL") is None
    """)
    _passes(suite, 3)


def test_clients_of_the_tested_code_are_caught(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3, pytest

        @pytest.mark.parametrize("_", range(2))
        def test_own_client(decaf_environment, sqs, monkeypatch, _):
            assert "QueueUrls" not in boto3.client("sqs").list_queues()
            boto3.client("sqs").create_queue(QueueName="orders")
            assert len(sqs.list_queues()["QueueUrls"]) == 1
    """)
    _passes(suite, 2)


def test_the_environment_follows_by_itself_where_an_ini_option_says_so(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\ndecaf_environment = true\n")
    suite.makepyfile("""
        import os
        import pytest

        @pytest.fixture
        def endpoint():
            return os.environ["AWS_ENDPOINT_URL"]

        def test_pointed(endpoint, decaf):
            assert endpoint == decaf.url

        def test_without_decaf():
            assert "AWS_ENDPOINT_URL" not in os.environ
    """)
    _passes(suite, 2)


def test_a_marked_test_has_a_server_and_a_clock_of_its_own(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.own_decaf
        def test_own(decaf, decaf_server, sqs):
            assert decaf.url != decaf_server.url
            before = decaf_server.control.freeze()
            decaf.control.advance(3600)
            assert decaf_server.control.clock() == before
            assert sqs.create_queue(QueueName="orders")["QueueUrl"].startswith(decaf.url)
    """)
    _passes(suite, 1)


@pytest.mark.parametrize("told", ["--decaf-url", "DECAF_URL"])
def test_a_running_server_is_used_where_one_is_named(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    suite.makepyfile("""
        def test_there(sqs):
            sqs.create_queue(QueueName="orders")
    """)
    with Decaf() as running:
        if told == "DECAF_URL":
            monkeypatch.setenv("DECAF_URL", running.url)
        _passes(suite, 1, *([told, running.url] if told == "--decaf-url" else []))
        regions = running.call(running.world.store.regions)
    assert [list(region.queues) for region in regions] == [["orders"]]


def test_without_a_server_at_the_named_url_the_session_ends_in_one_line(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile("""
        def test_there(sqs):
            sqs.create_queue(QueueName="orders")
    """)
    with Decaf() as stopped:
        monkeypatch.setenv("DECAF_URL", stopped.url)
    result = suite.runpytest_inprocess("-p", "decaf.testing.plugin")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines([f"*Decaf: no server answers at {stopped.url}: *DECAF_URL*"])


NEEDING = """
    import pytest

    @pytest.mark.needs_decaf("clock")
    class TestTime:
        @pytest.mark.needs_decaf("inbox")
        def test_mail(self, decaf_control):
            decaf_control.advance(1)
            assert decaf_control.inbox() == []

    @pytest.mark.needs_decaf
    def test_anything(decaf_control):
        assert decaf_control.mark() >= 0

    def test_aws(decaf):
        pass
"""


def test_a_test_that_needs_decaf_runs_on_decaf(suite: pytest.Pytester) -> None:
    suite.makepyfile(NEEDING)
    _passes(suite, 3)
    with Decaf() as running:
        _passes(suite, 3, "--decaf-url", running.url)


def test_a_test_that_needs_decaf_is_skipped_on_another_server_with_the_reason(suite: pytest.Pytester) -> None:
    suite.makepyfile(NEEDING)
    with Endpoint() as other:
        url = other.url.rstrip("/")
        result = suite.runpytest_inprocess("-p", "decaf.testing.plugin", "-rs", "--decaf-url", url)
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            f"SKIPPED * test_*.py:*: needs Decaf's inbox and clock, which {url} does not have",
            f"SKIPPED * test_*.py:*: needs Decaf's control API, which {url} does not have",
        ]
    )


def test_a_failure_shows_what_happened_in_the_tests_account(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_other(sqs):
            sqs.create_queue(QueueName="drinks")

        def test_failing(sqs, decaf_control):
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody="latte")
            assert [queue.visible for queue in decaf_control.queues()] == [2]
    """)
    result = suite.runpytest_inprocess("-p", "decaf.testing.plugin")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.re_match_lines(
        [
            r"-+ Decaf: account \d{12} -+",
            r" +\+0\.000 s  QueueCreated +orders",
            r" +\+0\.\d{3} s  MessageSent +orders +'latte'  \(id [0-9a-f]{8}\)",
        ]
    )
    assert "drinks" not in result.stdout.str()


def test_a_failure_of_a_unittest_case_shows_it_too(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        from decaf.testing import DecafTestCase

        class Ordering(DecafTestCase):
            def test_failing(self):
                self.sqs.create_queue(QueueName="orders")
                self.fail("no coffee")
    """)
    result = suite.runpytest_inprocess("-p", "decaf.testing.plugin")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines([r"-+ Decaf: account \d{12} -+", r" +\+0\.000 s  QueueCreated +orders"])


def test_queues_and_topics_come_in_one_line(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_fan_out(sns, sqs, decaf_queue, decaf_topic, decaf_control):
            queue = decaf_queue("orders")
            sns.publish(TopicArn=decaf_topic("drinks", queues=[queue], raw=True), Message="latte")
            assert [message.body for message in decaf_control.messages("orders")] == ["latte"]
    """)
    _passes(suite, 1)


def test_what_happened_is_told_in_lines_that_a_person_reads(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_never(sqs, decaf_queue, decaf_control):
            mark = decaf_control.mark()
            sqs.send_message(QueueUrl=decaf_queue("orders"), MessageBody="latte" * 500)
            decaf_control.never("MessageSent", since=mark)

        def test_too_few(sqs, decaf_queue, decaf_control):
            mark = decaf_control.mark()
            for _ in range(12):
                sqs.send_message(QueueUrl=decaf_queue("orders"), MessageBody="latte")
            decaf_control.wait_for("MessageSent", since=mark, count=13, timeout=0)

        def test_explain(sqs, decaf_queue, decaf_control):
            sent = sqs.send_message(QueueUrl=decaf_queue("orders"), MessageBody="latte")["MessageId"]
            print(decaf_control.explain(sent))
            assert decaf_control.explain(sent) == "deleted"
    """)
    result = suite.runpytest_inprocess("-p", "decaf.testing.plugin")
    result.assert_outcomes(failed=3)
    result.stdout.re_match_lines(
        [
            r"E .*ExpectationFailed: MessageSent did happen \(anywhere\)",
            r"E +\+0\.000 s  MessageSent +orders +'latte.{55}' \.\.\.",
        ]
    )
    result.stdout.re_match_lines([r"E +and 2 more"])
    result.stdout.re_match_lines([r"E .*assert <Explained message \S+: It is in orders and can be received\.> == "])
    result.stdout.re_match_lines([r"It is in orders and can be received\.", r" +\+0\.000 s  sent to orders"])
    assert max(map(len, result.outlines)) < 300


def test_a_run_that_does_not_use_it_loads_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import sys

        def test_light():
            assert {"aiohttp", "boto3", "msgspec", "decaf.world"} & set(sys.modules) == set()
    """)
    result = _pytest_process(suite.path)
    assert "1 passed" in result.stdout, result.stdout


@pytest.mark.parametrize(("options", "servers"), [((), 2), (("--decaf-shared",), 1)])
def test_workers_have_a_server_each_or_share_one(
    suite: pytest.Pytester, options: tuple[str, ...], servers: int
) -> None:
    suite.makepyfile("""
        import pathlib, pytest

        @pytest.mark.parametrize("_", range(2))
        def test_server(decaf, sqs, worker_id, _):
            sqs.create_queue(QueueName="orders")
            assert len(sqs.list_queues()["QueueUrls"]) == 1
            pathlib.Path(f"{worker_id}.url").write_text(decaf.url)
    """)
    result = _pytest_process(suite.path, "-p", "xdist", "-n", "2", "--dist", "each", *options)
    assert "4 passed" in result.stdout, result.stdout
    urls = [file.read_text() for file in suite.path.glob("*.url")]
    assert (len(urls), len(set(urls))) == (2, servers)


def _pytest_process(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "decaf.testing.plugin", *options],
        cwd=folder,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_user_may_do_what_its_policy_allows(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}

        @pytest.fixture(autouse=True)
        def enforced(decaf_control):
            decaf_control.set_access("enforce")

        def test_send(sqs, decaf_user):
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            for policy in (SEND, [SEND], {"Version": "2012-10-17", "Statement": SEND}):
                decaf_user(policy).send_message(QueueUrl=url, MessageBody="one latte")
            with pytest.raises(sqs.exceptions.ClientError, match="no identity-based policy allows"):
                decaf_user().send_message(QueueUrl=url, MessageBody="one latte")

        def test_a_name_and_another_service(sns, decaf_user, decaf_account, decaf_control):
            barista = decaf_user({"Effect": "Allow", "Action": "sns:*", "Resource": "*"}, "sns", user="barista")
            barista.create_topic(Name="drinks")
            assert len(sns.list_topics()["Topics"]) == 1
            (known,) = decaf_control.access().identities
            assert known.arn == f"arn:aws:iam::{decaf_account}:user/barista"

        def test_the_users_are_gone(decaf_control):
            assert decaf_control.access().identities == []
    """)
    _passes(suite, 3)


def test_a_user_keeps_its_name_where_all_clients_are_answered_in_the_process(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\ndecaf = everywhere")
    suite.makepyfile("""
        import boto3
        import pytest

        SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}

        def test_send(sqs, decaf_user, decaf_control):
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            decaf_control.set_access("enforce")
            decaf_user(SEND).send_message(QueueUrl=url, MessageBody="one latte")
            with pytest.raises(sqs.exceptions.ClientError, match="no identity-based policy allows"):
                decaf_user().send_message(QueueUrl=url, MessageBody="one latte")
            made = decaf_control.declare_identity(user="barista", policies=[])
            own = boto3.client("sqs", aws_access_key_id=made.access_key, aws_secret_access_key=made.secret)
            with pytest.raises(sqs.exceptions.ClientError, match="user/barista is not authorized"):
                own.send_message(QueueUrl=url, MessageBody="one latte")
    """)
    _passes(suite, 1)
