"""A command beside a server of its own: where its clients go, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from decaf.testing.control import Control
from decaf.testing.http_client import NoServer
from tests.decaf.cli.test_env import REAL

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"

SEND = """
import boto3
sqs = boto3.client("sqs")
print(sqs.create_queue(QueueName="orders")["QueueUrl"])
print(boto3.client("sts").get_caller_identity()["Account"])
"""


def start(*words: str, **variables: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "decaf", "run", *words],
        env=kept | REAL | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*words: str, **variables: str) -> tuple[int, str, str]:
    """The exit code of `decaf run`, and what was written."""
    with start(*words, **variables) as process:
        output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def environment(*words: str, **variables: str) -> dict[str, str]:
    """The environment of the command."""
    status, output, errors = run(*words, "--", sys.executable, "-c", SHOW, **variables)
    assert (status, errors) == (0, "")
    found: dict[str, str] = json.loads(output)
    return found


def test_unmodified_clients_call_the_server_whatever_the_developer_has_set() -> None:
    status, output, errors = run("--", sys.executable, "-c", SEND)
    assert (status, errors) == (0, "")
    url, account = output.splitlines()
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/000000000000/orders")
    assert account == "000000000000"


def test_clients_of_other_services_call_where_they_did_before() -> None:
    found = environment("--account", "111122223333", "--region", "eu-west-1")
    url = found["DECAF_URL"]
    assert [found[f"AWS_ENDPOINT_URL_{service}"] for service in ("SQS", "SNS", "STS")] == [url] * 3
    assert found["AWS_ENDPOINT_URL_S3"] == REAL["AWS_ENDPOINT_URL_S3"]
    assert found["AWS_ENDPOINT_URL"] == REAL["AWS_ENDPOINT_URL"]
    assert found["AWS_ACCESS_KEY_ID"] == "111122223333"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_no_profile_and_no_credentials_of_the_developer_are_in_force() -> None:
    found = environment()
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    assert [found[name] for name in files] == [os.devnull] * 2
    gone = [name for name in REAL if name.startswith(("AWS_PROFILE", "AWS_SESSION", "AWS_ROLE", "AWS_WEB", "AWS_CON"))]
    assert [name for name in gone if name in found and name not in files] == []


def test_with_all_the_clients_of_every_service_call_the_server() -> None:
    found = environment("--all")
    assert found["AWS_ENDPOINT_URL"] == found["DECAF_URL"]
    assert [name for name in found if name.startswith("AWS_ENDPOINT_URL_")] == []


def test_the_server_is_on_a_free_port_whatever_port_others_use() -> None:
    assert environment(DECAF_PORT="1")["DECAF_URL"] != "http://127.0.0.1:1"


def test_a_server_for_other_machines_shares_its_token_with_the_command() -> None:
    found = environment("--host", "0.0.0.0")
    assert found["DECAF_URL"].startswith("http://127.0.0.1:")
    assert len(found["DECAF_CONTROL_TOKEN"]) == 32


@pytest.mark.parametrize(("command", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_code_is_that_of_the_command(command: str, status: int) -> None:
    assert run("sh", "-c", command) == (status, "", "")


def test_options_of_the_command_are_its_own() -> None:
    assert run("sh", "-c", "echo $0", "--all")[1] == "--all\n"


@pytest.mark.parametrize(
    ("command", "status", "error"),
    [
        ("no-such-command", 127, "Error: no-such-command: No such file or directory\n"),
        ("/", 126, "Error: /: Permission denied\n"),
    ],
)
def test_a_command_that_cannot_start_is_one_clear_line(command: str, status: int, error: str) -> None:
    assert run(command) == (status, "", error)


def test_a_server_that_cannot_start_is_one_clear_line() -> None:
    assert run("--snapshot", "no-such-file", "true") == (
        1,
        "",
        "Error: snapshot: no-such-file: No such file or directory\n",
    )


TRAPPING = """
import signal, sys
def end(number, _):
    print("ended by", signal.Signals(number).name, flush=True)
    sys.exit(3)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, end)
signal.alarm(60)
print("runs", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_go_to_the_command(number: signal.Signals) -> None:
    with start("--", sys.executable, "-c", TRAPPING) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "runs\n"
        process.send_signal(number)
        assert process.stdout.read() == f"ended by {number.name}\n"
        assert process.wait(60) == 3


def test_the_server_ends_with_the_command() -> None:
    with pytest.raises(NoServer):
        Control(environment()["DECAF_URL"]).health()
