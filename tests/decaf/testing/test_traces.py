"""Traces of tests: which tests leave one, where, and what the reports say. Each run here is one of pytest's own."""

from __future__ import annotations

import json
import stat
import unittest
from pathlib import Path
from typing import Any

import pytest

from decaf.page.trace_file import TracedTest, data_of
from decaf.testing import Decaf, DecafTestCase
from decaf.testing.traces import NoTrace, Traces, file_name
from tests.endpoint import Endpoint

FAILING = """
    def test_served(sqs):
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="latte")
        assert "Messages" not in sqs.receive_message(QueueUrl=url), "no coffee"

    def test_quiet(sqs):
        sqs.create_queue(QueueName="drinks")
"""
HINT = "*To have a trace of this that opens in a browser: pytest --decaf-trace=retain-on-failure"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for another program's tests. Nothing but the plugin is loaded there, installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "decaf.testing.plugin", *options)


def traces(folder: Path) -> list[Any]:
    """The data of the traces in a folder, in the order of their names."""
    return [json.loads(data_of(each.read_text(encoding="utf-8"))) for each in sorted(folder.glob("*.html"))]


def test_a_failed_test_leaves_a_trace_and_its_report_says_where(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILING)
    result = run(suite, "--decaf-trace=retain-on-failure")
    result.assert_outcomes(failed=1, passed=1)
    (file,) = (suite.path / "decaf-traces").iterdir()
    result.stdout.fnmatch_lines(["*Decaf: account*", f"Trace: decaf-traces/{file.name}", "*Decaf: traces*", "decaf-*"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (trace,) = traces(file.parent)
    assert trace["format"] == "decaf-trace"
    assert trace["test"]["name"].endswith("::test_served")
    assert trace["test"]["outcome"] == "failed"
    assert "no coffee" in trace["test"]["failure"]["message"]
    assert trace["test"]["failure"]["line"] == 4
    assert trace["test"]["failure"]["file"].endswith(".py")
    assert [each["kind"] for each in trace["data"]["events"]] == ["QueueCreated", "MessageSent", "MessageReceived"]
    assert [each["in_flight"] for each in trace["data"]["queues"]] == [1]


def test_without_the_option_there_is_no_file_and_one_line_says_how(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILING)
    result = run(suite)
    result.stdout.fnmatch_lines([HINT])
    assert not (suite.path / "decaf-traces").exists()


def test_each_test_leaves_a_trace_where_that_is_asked_for(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILING)
    suite.makeini("[pytest]\ndecaf_trace = on\ndecaf_trace_dir = seen\n")
    run(suite)
    found = traces(suite.path / "seen")
    assert sorted((each["test"]["outcome"], each["test"]["failure"] is None) for each in found) == [
        ("failed", False),
        ("passed", True),
    ]


def test_the_option_wins_over_the_file(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILING)
    suite.makeini("[pytest]\ndecaf_trace = on\n")
    run(suite, "--decaf-trace=off")
    assert not (suite.path / "decaf-traces").exists()


def test_a_mode_that_does_not_exist_ends_the_session(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\ndecaf_trace = sometimes\n")
    result = run(suite)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*decaf_trace = sometimes: it is one of off, retain-on-failure, on"])


def test_a_trace_is_left_when_a_fixture_fails(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture
        def shop(sqs):
            sqs.create_queue(QueueName="orders")
            raise OSError("no water")

        def test_served(shop):
            pass
    """)
    run(suite, "--decaf-trace=retain-on-failure").assert_outcomes(errors=1)
    (trace,) = traces(suite.path / "decaf-traces")
    assert "no water" in trace["test"]["failure"]["message"]


TORN = """
    import pytest

    @pytest.fixture
    def shop(sqs):
        yield
        raise OSError("the door is stuck")

    def test_served(shop):
        assert {served}, "no coffee"
"""


@pytest.mark.parametrize("mode", ["retain-on-failure", "on"])
def test_a_trace_is_left_when_a_fixture_fails_to_clean_up(suite: pytest.Pytester, mode: str) -> None:
    suite.makepyfile(TORN.format(served=True))
    run(suite, f"--decaf-trace={mode}").assert_outcomes(passed=1, errors=1)
    (trace,) = traces(suite.path / "decaf-traces")
    assert "the door is stuck" in trace["test"]["failure"]["message"]


def test_the_trace_of_a_failed_test_stays_when_its_fixture_fails_to_clean_up(suite: pytest.Pytester) -> None:
    suite.makepyfile(TORN.format(served=False))
    run(suite, "--decaf-trace=retain-on-failure").assert_outcomes(failed=1, errors=1)
    (trace,) = traces(suite.path / "decaf-traces")
    assert "no coffee" in trace["test"]["failure"]["message"]


def test_the_state_is_that_before_the_fixtures_clean_up(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture
        def url(sqs):
            found = sqs.create_queue(QueueName="orders")["QueueUrl"]
            yield found
            sqs.delete_queue(QueueUrl=found)

        def test_served(url):
            assert False
    """)
    run(suite, "--decaf-trace=retain-on-failure")
    (trace,) = traces(suite.path / "decaf-traces")
    assert [each["name"] for each in trace["data"]["queues"]] == ["orders"]


def test_clients_that_are_caught_everywhere_are_traced_too(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\ndecaf = everywhere\n")
    suite.makepyfile("""
        import boto3

        def test_served():
            boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="orders")
            assert False
    """)
    suite.runpytest_subprocess("-p", "decaf.testing.plugin", "--decaf-trace=retain-on-failure")
    (trace,) = traces(suite.path / "decaf-traces")
    assert [each["name"] for each in trace["data"]["queues"]] == ["orders"]


def test_workers_of_xdist_leave_their_traces_in_one_folder(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.parametrize("drink", ["latte", "mocha", "café/crème"])
        def test_served(sqs, drink):
            sqs.create_queue(QueueName="orders")
            assert False, drink
    """)
    options = ("-p", "xdist", "-p", "decaf.testing.plugin", "-n", "2", "--decaf-trace=retain-on-failure")
    result = suite.runpytest_subprocess(*options)
    result.stdout.fnmatch_lines(["*Decaf: traces*", "decaf-traces/*", "decaf-traces/*", "decaf-traces/*"])
    assert len(traces(suite.path / "decaf-traces")) == 3


def test_each_attempt_of_a_test_that_is_run_again_leaves_its_own_file(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILING)
    suite.makeconftest("def pytest_runtest_setup(item): item.execution_count = 2  # as pytest-rerunfailures counts")
    run(suite, "--decaf-trace=retain-on-failure")
    assert [file.name.endswith("-2.html") for file in (suite.path / "decaf-traces").iterdir()] == [True]


def test_a_test_without_decaf_leaves_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_alone(): assert False")
    result = run(suite, "--decaf-trace=on")
    assert not (suite.path / "decaf-traces").exists()
    result.stdout.no_fnmatch_line("*Decaf*")


def test_nothing_is_read_from_the_server_while_nothing_fails(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile("""
        def test_served(sqs, decaf):
            sqs.create_queue(QueueName="orders")
            decaf.control.of = None  # whoever reads something fails
    """)
    run(suite, "--decaf-trace=retain-on-failure").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "name", ["a.py::test[x/y]", "../../etc/passwd", "con/🔥::t", "x" * 500, "a b", "tests/a.py::A::test_b[\x00]"]
)
def test_names_of_files_are_safe(name: str) -> None:
    found = file_name(name)
    assert len(found) <= 110
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not found.startswith((".", "-"))


def test_names_of_two_tests_are_two() -> None:
    assert file_name("a.py::test[x/y]") != file_name("a.py::test[x:y]")


class Failing(DecafTestCase):
    """Tests that fail in their method, in a subtest and in none."""

    __test__ = False  # pytest leaves it alone

    def test_failure(self) -> None:
        self.sqs.create_queue(QueueName="orders")
        self.fail("no coffee")

    def test_part(self) -> None:
        self.sqs.create_queue(QueueName="orders")
        with self.subTest("latte"):
            self.fail("no latte")

    @unittest.expectedFailure
    def test_known(self) -> None:
        with self.subTest("mocha"):
            self.fail("no mocha yet")

    def test_success(self) -> None:
        self.sqs.create_queue(QueueName="orders")

    def tearDown(self) -> None:
        for url in self.sqs.list_queues().get("QueueUrls", []):
            self.sqs.delete_queue(QueueUrl=url)
        super().tearDown()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DECAF_TRACE_DIR", str(tmp_path))
    return tmp_path


def run_case(name: str) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.TestSuite([Failing(name)]).run(result)
    return result


def test_a_test_case_leaves_a_trace_of_its_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_TRACE", "retain-on-failure")
    ((_, report),) = run_case("test_failure").failures
    (file,) = folder.iterdir()
    assert f"\nTrace: {file}\n" in report
    (trace,) = traces(folder)
    assert trace["test"]["failure"]["message"] == "AssertionError: no coffee"
    assert trace["test"]["failure"]["file"].endswith("test_traces.py")
    assert [each["name"] for each in trace["data"]["queues"]] == ["orders"]  # it is torn down later


def test_a_test_case_leaves_a_trace_of_a_subtest_s_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_TRACE", "retain-on-failure")
    run_case("test_part")
    (trace,) = traces(folder)
    failure = trace["test"]["failure"]
    assert failure["message"] == "AssertionError: no latte"
    assert failure["file"].endswith("test_traces.py")
    assert failure["line"] > 0
    assert trace["test"]["duration"] > 0


@pytest.mark.parametrize("name", ["test_failure", "test_part"])
@pytest.mark.parametrize("mode", ["off", "on"])
def test_the_report_of_a_test_case_begins_with_the_test(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: str
) -> None:
    monkeypatch.setenv("DECAF_TRACE", mode)
    ((_, report),) = run_case(name).failures
    assert "test_traces.py" in report.splitlines()[1]


def test_a_failure_that_is_expected_leaves_no_trace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_TRACE", "retain-on-failure")
    assert len(run_case("test_known").expectedFailures) == 1
    assert traces(folder) == []


def test_a_mode_that_does_not_exist_ends_a_run_of_unittest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_TRACE", "sometimes")
    with pytest.raises(SystemExit) as ended:
        run_case("test_success")
    assert ended.value.code == "DECAF_TRACE=sometimes: it is one of off, retain-on-failure, on"


@pytest.mark.parametrize(("mode", "count"), [("on", 1), ("retain-on-failure", 0), ("off", 0), ("", 0)])
def test_a_test_case_that_passes_leaves_a_trace_only_where_all_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mode: str, count: int
) -> None:
    monkeypatch.setenv("DECAF_TRACE", mode)
    assert run_case("test_success").wasSuccessful()
    assert len(traces(folder)) == count


def test_where_no_server_returns_a_trace_the_reason_is_raised(folder: Path) -> None:
    control = Decaf.attach("http://127.0.0.1:1").control
    with pytest.raises(NoTrace, match="no server answers"):
        Traces("on", folder).leave(control, TracedTest("alone"))


def test_a_folder_that_cannot_be_made_is_reported_and_fails_nothing_else(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILING)
    (suite.path / "decaf-traces").write_text("a file is in the way")
    result = run(suite, "--decaf-trace=retain-on-failure")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["No trace: *File exists*"])


def test_another_server_returns_no_trace_and_the_report_says_so(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_served(sqs):
            assert False
    """)
    with Endpoint() as other:
        result = run(suite, "--decaf-trace=retain-on-failure", "--decaf-url", other.url)
    result.stdout.fnmatch_lines(["No trace: *"])
