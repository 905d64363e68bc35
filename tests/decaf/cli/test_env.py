"""The lines that point a shell's AWS clients to a server, and away from AWS when there is nothing to point to."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.testing import Decaf

REAL = {  # a developer's own, which lead to AWS
    "AWS_PROFILE": "production",
    "AWS_CONFIG_FILE": "/home/ada/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/home/ada/credentials",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/production",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/home/ada/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_ENDPOINT_URL": "https://sqs.us-east-1.amazonaws.com",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.us-east-1.amazonaws.com",
    "AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com",
    "AWS_REGION": "ap-southeast-2",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
}


def evaluated(*words: str, **variables: str) -> tuple[dict[str, str], int]:
    """The AWS variables of a shell that has evaluated the output of `decaf env`, and the status of the evaluation."""
    decaf = shlex.join([sys.executable, "-m", "decaf", "env", *words])
    shell = f'eval "$({decaf})"; echo $?; env'
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_"))}
    done = subprocess.run(
        ["sh", "-c", shell], env=kept | REAL | variables, capture_output=True, text=True, check=True, timeout=60
    )
    status, *lines = done.stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines if line.startswith("AWS_"))
    return found, int(status)


def test_clients_of_the_shell_call_the_server_and_nothing_else_is_left() -> None:
    assert evaluated("--port", "5000", DECAF_REGION="eu-west-1") == (
        {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "decaf",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_REGION": "eu-west-1",
        },
        0,
    )


@pytest.mark.parametrize(
    ("words", "variables"),
    [(["--prot", "1"], {}), (["extra"], {}), (["--config", "nowhere.toml"], {}), ([], {"DECAF_PORT": "tcp"})],
    ids=["flag", "argument", "file", "variable"],
)
def test_a_failure_leaves_no_real_credentials_in_force(words: list[str], variables: dict[str, str]) -> None:
    found, status = evaluated(*words, **variables)
    assert status == 1
    assert not set(found.values()) & set(REAL.values())
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"


def test_a_failure_exits_as_every_command_does() -> None:
    assert CliRunner().invoke(main, ["env", "--prot", "1"]).exit_code == 2
    assert CliRunner().invoke(main, ["env"], env={"DECAF_PORT": "tcp"}).exit_code == 1


def test_it_follows_the_address_of_other_commands() -> None:
    line = "export AWS_ENDPOINT_URL=http://192.0.2.1:80\n"
    assert line in CliRunner().invoke(main, ["env", "--url", "192.0.2.1:80"]).stdout
    assert line in CliRunner().invoke(main, ["env"], env={"DECAF_URL": "http://192.0.2.1:80/"}).stdout


def test_commands_of_decaf_call_the_same_server() -> None:
    with Decaf() as decaf:
        environment = shlex.join([sys.executable, "-m", "decaf", "env", "--url", decaf.url])
        send = shlex.join([sys.executable, "-m", "decaf", "send", "orders", "7"])
        decaf.client("sqs").create_queue(QueueName="orders")
        shell = f'eval "$({environment})"; {send}'
        subprocess.run(["sh", "-c", shell], capture_output=True, check=True, timeout=60)
        assert [message.body for message in decaf.control.messages("orders")] == ["7"]


def test_a_port_that_is_named_comes_before_the_variable_of_an_earlier_evaluation() -> None:
    printed = CliRunner().invoke(main, ["env", "--port", "5001"], env={"DECAF_URL": "http://127.0.0.1:5000"}).stdout
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:5001\n" in printed
    assert "export DECAF_URL=http://127.0.0.1:5001\n" in printed


def test_after_a_failure_another_evaluation_finds_the_server_again() -> None:
    assert "export DECAF_URL" not in CliRunner().invoke(main, ["env", "--prot", "1"]).stdout


def test_values_are_quoted_for_the_shell() -> None:
    line = "export AWS_ENDPOINT_URL='http://a;rm -r b'\n"
    assert line in CliRunner().invoke(main, ["env", "--url", "http://a;rm -r b"]).stdout


def test_the_account_is_the_access_key() -> None:
    printed = CliRunner().invoke(main, ["env", "--account", "111122223333"]).stdout
    assert "export AWS_ACCESS_KEY_ID=111122223333\n" in printed
