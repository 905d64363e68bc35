"""Compose projects as people have them for LocalStack run on the compat image, and so does that of docs/from.

Each has a healthy service, without a container: tests/docs/image.py says how.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import yaml

from decaf.compat.variables import DATA_DIR, TRANSLATED
from tests.docs.image import ROOT, Running, health_command, service

FOLDER = Path(__file__).parent / "compose"
PAGE = (ROOT / "docs" / "from" / "localstack.md").read_text(encoding="utf-8")
COMPAT = "ghcr.io/OWNER/decaf:compat"


def _copy(name: str, to: Path) -> dict[str, Any]:
    """Copy a project. Returns the service that has the compat image."""
    shutil.copytree(FOLDER / name, to / name)
    return _described((to / name / "docker-compose.yml").read_text(encoding="utf-8"))


def _described(compose: str) -> dict[str, Any]:
    (described,) = [each for each in yaml.safe_load(compose)["services"].values() if each["image"] == COMPAT]
    assert isinstance(described, dict)
    return described


def _call(running: Running, words: str) -> Any:
    """Returns the response to a command of `awslocal`, as one types it in the container."""
    done = running.shell(f"awslocal {words}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def _from_another_container(running: Running, host: str) -> int:
    """Returns the status of a request for the queues, as another container makes it by the name of the service."""
    connection = HTTPConnection("127.0.0.1", running.port, timeout=10)
    headers = {
        "Host": f"{host}:4566",
        "X-Amz-Target": "AmazonSQS.ListQueues",
        "Content-Type": "application/x-amz-json-1.0",
    }
    connection.request("POST", "/", "{}", headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@contextmanager
def _healthy(described: dict[str, Any], project: Path, folder: Path) -> Iterator[Running]:
    """A service that got healthy without an error, and that other containers reach."""
    with service(described, project, folder) as running:
        running.until_healthy(health_command(described))
        assert "ERROR" not in running.printed("\nReady.\n")
        assert _from_another_container(running, "localstack") == 200
        yield running


def test_services_that_are_loaded_eagerly_run_at_once(tmp_path: Path) -> None:
    described = _copy("eager", tmp_path)
    with _healthy(described, tmp_path / "eager", tmp_path) as running:
        log = running.printed("\nReady.\n")
    assert "Warning: SERVICES: Decaf has SQS, SNS, STS and Lambda, and not s3\n" in log
    assert "Warning: these variables of LocalStack have no effect here: DOCKER_HOST\n" in log


def test_what_a_script_created_is_there_after_a_restart(tmp_path: Path) -> None:
    described = _copy("persistent", tmp_path)
    volumes = [volume.partition(":")[2] for volume in described["volumes"]]
    assert any(DATA_DIR.startswith(f"{place}/") for place in volumes)
    queue = "--queue-url http://localhost:4566/eu-west-1/000000000000/orders"
    with _healthy(described, tmp_path / "persistent", tmp_path) as running:
        _call(running, f"sqs send-message {queue} --message-body latte")
        assert "SQS_ENDPOINT_STRATEGY=path" in running.log.read_text(encoding="utf-8")
    with _healthy(described, tmp_path / "persistent", tmp_path) as running:
        (message,) = _call(running, f"sqs receive-message {queue}")["Messages"]
    assert message["Body"] == "latte"


def test_scripts_in_python_and_their_states(tmp_path: Path) -> None:
    described = _copy("python", tmp_path)
    with _healthy(described, tmp_path / "python", tmp_path) as running:
        queue = "--queue-url http://localhost:4566/000000000000/orders.fifo"
        assert len(_call(running, f"sqs receive-message {queue} --max-number-of-messages 10")["Messages"]) == 3
        for _ in range(2):  # without the cool-down of AWS
            assert _call(running, f"sqs purge-queue {queue}") is None
        states = json.loads(running.shell("curl -s localhost:4566/_localstack/init").stdout)["scripts"]
        log = running.printed("\nReady.\n")
    assert [(script["name"], script["state"]) for script in states] == [
        ("boot.sh", "SUCCESSFUL"),
        ("10-queues.py", "SUCCESSFUL"),
        ("20-done.sh", "SUCCESSFUL"),
    ]
    assert log.index("boots") < log.index("created") < log.index("Ready.")


def test_the_project_of_the_page_from_nothing_to_a_message(tmp_path: Path) -> None:
    compose, script, console = (
        re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[0] for kind in ("yaml", "sh", "console")
    )
    (tmp_path / "init").mkdir()
    (tmp_path / "init" / "queues.sh").write_text(script, encoding="utf-8")
    chmod, up, *commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", console, re.MULTILINE)
    subprocess.run(["sh", "-c", chmod], cwd=tmp_path, check=True)
    assert up == "docker compose up --detach --wait localstack"
    described = _described(compose)
    with _healthy(described, tmp_path, tmp_path) as running:
        sent, received = (
            running.shell(command.removeprefix("docker compose exec localstack ")) for command in commands
        )
        (topic,) = _call(running, "sns list-topics")["Topics"]
        (subscription,) = _call(running, "sns list-subscriptions")["Subscriptions"]
    assert json.loads(received.stdout)["Messages"][0]["MessageId"] == json.loads(sent.stdout)["MessageId"]
    assert subscription["TopicArn"] == topic["TopicArn"]


def test_the_table_of_variables_is_that_of_the_code() -> None:
    (table,) = re.findall(r"\| Variable of LocalStack .*?\n\n", PAGE, re.DOTALL)
    named = re.findall(r"`([A-Z_]{2,})`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:-1]))
    assert sorted(named) == sorted(TRANSLATED)
    assert DATA_DIR in table
