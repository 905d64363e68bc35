"""How commands that ask a server find it, and how they end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command


def test_success_exits_with_0(run: Command) -> None:
    assert run("clock").exit_code == 0


def test_a_refused_request_exits_with_1(run: Command) -> None:
    result = run("advance", "--", "-1")
    assert (result.exit_code, result.stderr) == (1, "Error: the clock only moves forward\n")


def test_wrong_arguments_exit_with_2(run: Command) -> None:
    assert run("advance").exit_code == 2
    result = run("wait", "MessageSend")
    assert result.exit_code == 2
    assert "'MessageSend' is not one of 'AccessWouldBeDenied'" in result.stderr


def test_no_server_exits_with_3(run: Command, decaf: Decaf) -> None:
    decaf.stop()
    result = run("queues")
    assert (result.exit_code, result.stderr) == (3, f"Error: no server answers at {decaf.url}: Connection refused\n")


def test_a_flag_wins_over_the_variable(run: Command, decaf: Decaf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_URL", "http://127.0.0.1:9")
    assert run("clock", "--url", decaf.url).exit_code == 0


@pytest.mark.parametrize("form", ["{}", "{}/", "http://{}", "http://{}/"])
def test_an_address_needs_no_scheme(run: Command, decaf: Decaf, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = form.format(decaf.url.removeprefix("http://"))
    assert run("clock", "--url", url).exit_code == 0
    monkeypatch.setenv("DECAF_URL", url)
    assert run("clock").exit_code == 0


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:4566", "http://", "/", ":4566"])
def test_what_is_no_address_is_refused(run: Command, url: str) -> None:
    result = run("clock", "--url", url)
    assert result.exit_code == 2
    assert "is not an address such as http://127.0.0.1:4566" in result.stderr


def test_ctrl_c_ends_quietly(decaf: Decaf) -> None:
    decaf.client("sqs").create_queue(QueueName="orders")
    command = [sys.executable, "-m", "decaf", "tail", "--since", "0", "--url", decaf.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tailing:
        assert tailing.stdout is not None
        assert "QueueCreated" in tailing.stdout.readline()
        tailing.send_signal(signal.SIGINT)
        assert tailing.communicate() == ("", "")
    assert tailing.returncode == 130


def test_without_either_it_is_where_the_settings_say(
    run: Command, decaf: Decaf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DECAF_URL")
    monkeypatch.setenv("DECAF_PORT", decaf.url.rpartition(":")[2])
    assert run("clock").exit_code == 0


def test_an_account_is_all_that_is_looked_at(run: Command, decaf: Decaf, orders: str) -> None:
    decaf.client("sqs", "111111111111").create_queue(QueueName="drinks")
    printed = run("queues", "--account", "111111111111").stdout
    assert "drinks" in printed
    assert "orders" not in printed
