"""docs/ci.md: the commands of its examples run, from the start of a server to its end, and clients in them reach it.

A step that installs Decaf is left out: it is installed. Each example has a port and a home of its own.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from decaf.base.settings import unknown_variables
from tests.docs.image import ROOT, STAGES

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLACE = "git+https://HOST/OWNER/decaf"
INSTALL = re.compile(rf'^ *pip install (?:--quiet )?"({PROJECT["name"]})\[(\w+)\] @ {re.escape(PLACE)}"$', re.MULTILINE)

# Fails unless the client reaches the server by the environment alone.
TESTS = """#!{python}
import boto3
sqs = boto3.client("sqs")
sqs.create_queue(QueueName="orders")
print(*sqs.list_queues()["QueueUrls"])
sqs.close()
"""


def examples(section: str, language: str) -> list[str]:
    """Returns the examples of a section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def variables_in(value: Any) -> list[Mapping[str, str]]:
    """Returns the variables that an example sets for the program under test."""
    if isinstance(value, list):
        return [found for each in value for found in variables_in(each)]
    if not isinstance(value, dict):
        return []
    found = [value] if "AWS_ENDPOINT_URL" in value else []
    return found + [found for each in value.values() for found in variables_in(each)]


class Runner:
    """Runs the steps of an example in a directory, as a machine of CI would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = str(found.getsockname()[1])
        tests = folder / "run-tests"
        tests.write_text(TESTS.format(python=sys.executable), encoding="utf-8")
        tests.chmod(0o755)

    def run(self, steps: Sequence[str], variables: Mapping[str, str]) -> str:
        """Returns what the steps print, each in a shell of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
        own = {"PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "XDG_STATE_HOME": str(self.folder / "state")}
        named = {name: value.replace("4566", self.port) for name, value in variables.items()}
        printed = ""
        for step in steps:
            done = subprocess.run(
                ["sh", "-c", INSTALL.sub("", step)],
                env={**kept, **own, "DECAF_PORT": self.port, **named},
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, (step, done.stdout, done.stderr)
            printed += done.stdout
        return printed

    def check(self, steps: Sequence[str], variables: Mapping[str, str]) -> None:
        """The tests reach the server that the steps started, and it is not there afterwards."""
        assert f"http://127.0.0.1:{self.port}/000000000000/orders" in self.run(steps, variables)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(self.port))).close()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_the_script_from_nothing(runner: Runner) -> None:
    script, _ = examples("A script", "sh")
    assert INSTALL.search(script)
    runner.check([script.replace("python3 -m venv .venv\n", "")], {})


def test_the_script_with_a_port_of_its_own(runner: Runner) -> None:
    _, script = examples("A script", "sh")
    printed = runner.run([script], {})
    assert re.search(r"http://127\.0\.0\.1:\d+/000000000000/orders", printed)
    assert f":{runner.port}/" not in printed
    assert not (runner.folder / "port").exists()


def test_one_command_beside_a_server(runner: Runner) -> None:
    (command,) = re.findall(r"`(decaf run .*?)`", PAGE)
    assert "/000000000000/orders" in runner.run([command], {})


def test_the_steps_of_github_actions(runner: Runner) -> None:
    job = yaml.safe_load(examples("GitHub Actions", "yaml")[0])["jobs"]["test"]
    runner.check([step["run"] for step in job["steps"] if "run" in step], job["env"])
    assert job["steps"][-1]["with"]["path"] == "decaf.log"
    assert (runner.folder / "decaf.log").exists()


def test_the_commands_of_gitlab(runner: Runner) -> None:
    job = yaml.safe_load(examples("GitLab", "yaml")[0])["test"]
    before = "set -e\n" + "\n".join([*job["before_script"], *job["script"]])
    runner.check([before, *job["after_script"]], job["variables"])


def test_the_commands_of_a_dev_container(runner: Runner) -> None:
    (example,) = examples("Dev containers", "json")
    container = json.loads(example)
    assert container["forwardPorts"] == [int(STAGES["plain"].last("EXPOSE"))]
    steps = [container["postCreateCommand"], container["postStartCommand"], "./run-tests", "decaf stop"]
    runner.check(steps, container["remoteEnv"])


def test_what_is_installed_is_this_package() -> None:
    installed = INSTALL.findall(PAGE.replace("- run: ", "").replace("- pip", "pip"))
    assert len(installed) == 3
    assert {name for name, _ in installed} == {PROJECT["name"]}
    assert {extra for _, extra in installed} <= set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("section", ["GitHub Actions", "GitLab", "docker compose"])
def test_an_example_with_the_image_calls_it_by_its_name(section: str) -> None:
    example = yaml.safe_load(examples(section, "yaml")[-1])
    (variables,) = variables_in(example)
    assert variables["AWS_ENDPOINT_URL"] == f"http://{STAGES['plain'].variables['DECAF_ALLOWED_HOST']}:4566"
    assert "ghcr.io/OWNER/decaf" in str(example)
    assert list(unknown_variables(variables)) == []
