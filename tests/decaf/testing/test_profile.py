"""`pytest --decaf-profile`, and `Decaf(profile=...)`: consumers that only exact queues are good enough for."""

from __future__ import annotations

import pytest

from decaf.base.settings import Settings
from decaf.testing import Decaf

CONSUMERS = """
    import pytest

    def sell(sqs, url, paid, remembers):
        for _ in range(25):  # many short polls do what one long poll would, and do not wait
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                if not remembers or message["Body"] not in paid:
                    paid.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    @pytest.mark.parametrize("orders", [1, 3, 10])
    @pytest.mark.parametrize("remembers", [False, True])
    def test_pays(sqs, decaf_queue, orders, remembers):
        url, paid = decaf_queue("orders"), []
        for order in range(orders):
            sqs.send_message(QueueUrl=url, MessageBody=str(order))
        sell(sqs, url, paid, remembers)
        print("PAID", paid)
        assert sorted(paid) == sorted(str(order) for order in range(orders))
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for another program's tests, with two consumers: one that remembers what it has done, and one not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    pytester.makepyfile(CONSUMERS)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "decaf.testing.plugin", "-v", "-rP", *options)


@pytest.mark.parametrize("options", [(), ("--decaf-profile=strict",), ("--decaf-profile=relaxed",)])
def test_exact_queues_hide_that_a_consumer_is_not_idempotent(suite: pytest.Pytester, options: tuple[str, ...]) -> None:
    run(suite, *options).assert_outcomes(passed=6)


def test_realistic_ones_find_it(suite: pytest.Pytester) -> None:
    result = run(suite, "--decaf-profile=realistic")
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines_random([f"*test_pays[[]False-{orders}[]] FAILED*" for orders in (1, 3, 10)])


def test_a_file_of_the_project_can_say_so(suite: pytest.Pytester) -> None:
    suite.makefile(".toml", decaf='profile = "realistic"\nduplicates = 0\n')
    run(suite).assert_outcomes(passed=6)
    suite.makefile(".toml", decaf='profile = "realistic"\n')
    run(suite).assert_outcomes(passed=3, failed=3)


def test_the_option_wins(suite: pytest.Pytester) -> None:
    suite.makefile(".toml", decaf='profile = "realistic"\n')
    run(suite, "--decaf-profile=strict").assert_outcomes(passed=6)


def test_a_run_repeats(suite: pytest.Pytester) -> None:
    def paid(*options: str) -> list[str]:
        lines = run(suite, "--decaf-profile=realistic", "-k", "True", *options).outlines
        return [line for line in lines if line.startswith("PAID")]

    assert paid() == paid() != paid("-o", "decaf_settings=seed = 8")


def test_a_running_server_is_asked_for_it(suite: pytest.Pytester) -> None:
    with Decaf() as running:
        result = run(suite, "--decaf-profile=realistic", f"--decaf-url={running.url}")
        result.assert_outcomes(passed=3, failed=3)
        assert running.control.profiles().profile == "strict"


def test_a_server_in_python_can_be_realistic() -> None:
    with (
        Decaf(profile="realistic") as realistic,
        Decaf(Settings(port=0, profile="relaxed"), profile="strict") as strict,
    ):
        assert (realistic.control.profiles().profile, strict.control.profiles().profile) == ("realistic", "strict")
