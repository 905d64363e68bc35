"""`decaf serve` in the place of LocalStack's container: its scripts run and its variables are read, if asked for."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.cli.localstack import container_of
from decaf.testing.environment import environment

CREATES_A_QUEUE = "import boto3; boto3.client('sqs').create_queue(QueueName='orders')"
SAYS = "#!/bin/sh\ncat\necho {}\n"  # there is nothing to read
SHOWS = "import os; print(' ready on', {k: v for k, v in os.environ.items() if k.startswith('AWS')}, flush=True)"


@contextmanager
def serving(*flags: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its URL once it is ready. What it printed before that is left out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", *flags]
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }
    with subprocess.Popen(command, env=kept | environment, **pipes) as server:
        assert server.stdout is not None
        try:
            ready = next(line for line in server.stdout if " ready on " in line)
            yield server, ready.split()[-1]
        finally:
            server.kill()


def get(url: str) -> Any:
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


def write(directory: Path, **scripts: str) -> None:
    for name, text in scripts.items():
        stage, _, ending = name.partition("_")
        path = directory / f"{stage}.d" / f"script.{ending}"
        path.parent.mkdir()
        path.write_text(text)
        path.chmod(0o755)


def test_scripts_run_at_their_stage(tmp_path: Path) -> None:
    write(tmp_path, boot_sh=SAYS.format("boots"), ready_py=CREATES_A_QUEUE, shutdown_sh=SAYS.format("stops"))
    with serving("--init-hooks", str(tmp_path)) as (server, url):
        assert server.stdout is not None
        assert "Ready.\n" in [server.stdout.readline() for _ in range(3)]
        assert get(f"{url}/_localstack/init/ready") == {
            "completed": True,
            "scripts": [{"stage": "READY", "name": "script.py", "state": "SUCCESSFUL"}],
        }
        assert get(f"{url}/_localstack/init") == {
            "completed": {"BOOT": True, "START": True, "READY": True, "SHUTDOWN": False},
            "scripts": [
                {"stage": "BOOT", "name": "script.sh", "state": "SUCCESSFUL"},
                {"stage": "READY", "name": "script.py", "state": "SUCCESSFUL"},
                {"stage": "SHUTDOWN", "name": "script.sh", "state": "UNKNOWN"},
            ],
        }
        assert get(f"{url}/_localstack/health")["services"]["sqs"] == "running"
        server.terminate()
        assert server.stdout.read() == "stops\n"
        assert server.wait() == 0


def test_the_directory_is_named_by_a_variable_as_in_the_image(tmp_path: Path) -> None:
    write(tmp_path, ready_py=CREATES_A_QUEUE)
    hooks = {"DECAF_INIT_HOOKS": str(tmp_path), "AWS_ACCESS_KEY_ID": "111122223333", "AWS_DEFAULT_REGION": "eu-west-1"}
    with serving(**hooks) as (_, url):
        session = boto3.Session("111122223333", "x", region_name="eu-west-1")
        client = session.client("sqs", endpoint_url=url)
        assert client.list_queues()["QueueUrls"] == [f"{url}/eu-west-1/111122223333/orders"]
        client.close()


def test_no_script_runs_unless_the_directory_is_named(tmp_path: Path) -> None:
    write(tmp_path, boot_sh=f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "decaf.toml").write_text(f'init_hooks = "{tmp_path}"\n')
    refused = CliRunner().invoke(main, ["serve", "--config", str(tmp_path / "decaf.toml")])
    assert "there is no setting 'init_hooks'" in refused.stderr
    with serving(SERVICES="sqs") as (_, url):
        assert get(f"{url}/_localstack/init/ready") == {"completed": True, "scripts": []}
    assert not (tmp_path / "ran").exists()


def test_a_directory_that_is_not_there_is_one_clear_line() -> None:
    refused = CliRunner().invoke(main, ["serve", "--init-hooks", "/no/such"])
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1].endswith("Directory '/no/such' does not exist.")


def test_a_server_stops_while_a_script_waits(tmp_path: Path) -> None:
    wait = '#!/bin/sh\nmkfifo "$FIFO"\necho " ready on script"\nread line < "$FIFO"\n'
    write(tmp_path, ready_sh=wait)
    with serving("--init-hooks", str(tmp_path), FIFO=str(tmp_path / "fifo")) as (server, _):
        server.terminate()
        assert server.stdout is not None
        assert server.stdout.read() == ""
        assert server.wait() == 0


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({}, "eu-north-1"),
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
    ],
)
def test_clients_in_a_script_find_the_server_and_nothing_else(
    tmp_path: Path, given: dict[str, str], region: str
) -> None:
    write(tmp_path, ready_py=SHOWS)
    misleading = {
        "AWS_PROFILE": "prod",
        "AWS_ENDPOINT_URL_SQS": "http://aws.test",
        "AWS_ENDPOINT_URL": "http://aws.test",
    }
    settings = {"DECAF_REGION": "eu-north-1", "DECAF_HOST": "0.0.0.0", "DECAF_INIT_HOOKS": str(tmp_path)}
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    variables = kept | settings | misleading | given
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        shown = ast.literal_eval(server.stdout.readline().partition("ready on ")[2])
        url = server.stdout.readline().split()[-1]
        server.terminate()
    assert shown == environment(url.replace("0.0.0.0", "127.0.0.1"), region=region)


def test_scripts_that_stop_have_time_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, ready_sh=SAYS.format("ready"))
    assert container_of(tmp_path, localstack_variables=False).grace == 0
    write(tmp_path, shutdown_sh=SAYS.format("stops"))
    assert container_of(tmp_path, localstack_variables=False).grace > 0


def test_variables_are_read_only_if_asked_for() -> None:
    environment = {"SERVICES": "sqs,s3", "EAGER_SERVICE_LOADING": "1", "DOCKER_HOST": "unix:///var/run/docker.sock"}
    with serving(**environment) as (server, url):
        assert get(f"{url}/_localstack/health")["services"]["sqs"] == "available"
        server.terminate()
        assert server.stderr is not None
        assert server.stderr.read() == ""
    with serving(DECAF_LOCALSTACK_VARIABLES="1", **environment) as (server, url):
        assert get(f"{url}/_localstack/health")["services"]["sqs"] == "running"
        server.terminate()
        assert server.stderr is not None
        assert server.stderr.read().splitlines() == [
            "Warning: SERVICES: Decaf has SQS, SNS, STS and Lambda, and not s3",
            "Warning: these variables of LocalStack have no effect here: DOCKER_HOST",
        ]


@pytest.mark.parametrize("option", ["--init-hooks", "--localstack-variables"])
def test_the_help_of_all_has_the_option(option: str) -> None:
    assert option in CliRunner().invoke(main, ["serve", "--help-all"]).stdout
