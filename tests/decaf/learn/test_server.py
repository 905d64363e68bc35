"""Lessons are played on a server whose clock nobody else needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from decaf import background
from decaf.learn.server import find_or_start
from decaf.testing import Decaf
from decaf.testing.control import Control
from decaf.testing.http_client import NoServer

NOWHERE = "http://127.0.0.1:9"
MINE = "123456789001"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files of servers in the background are in a folder of the test, and those servers end with it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield
    for running in background.find_all():
        background.stop(running)


@pytest.fixture
def other() -> Iterator[Decaf]:
    """A server that runs already, on the usual port as it were."""
    with Decaf() as decaf:
        yield decaf


def test_a_server_that_is_named_is_used(other: Decaf) -> None:
    other.client("sqs").create_queue(QueueName="of-somebody")
    assert find_or_start(other.url, {MINE}).url == other.url


def test_a_server_that_is_named_must_answer() -> None:
    with pytest.raises(NoServer, match="no Decaf server answers at"):
        find_or_start(NOWHERE, {MINE})


def test_an_empty_server_on_the_usual_port_is_used(other: Decaf) -> None:
    other.client("sqs", MINE).create_queue(QueueName="orders")  # of a lesson
    assert find_or_start(None, {MINE}, usual=other.url).url == other.url


def found_by_a_command(usual: str) -> tuple[str, bool]:
    """What a command finds, which ends while the server that it started goes on."""
    program = (
        "from decaf.learn.server import find_or_start\n"
        f"found = find_or_start(None, {{'{MINE}'}}, usual='{usual}')\n"
        "print(found.url, found.is_new)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    url, is_new = done.stdout.split()
    return url, is_new == "True"


def test_a_server_with_queues_of_somebody_is_left_alone(other: Decaf) -> None:
    other.client("sqs").create_queue(QueueName="of-somebody")
    url, is_new = found_by_a_command(other.url)
    assert is_new
    assert url != other.url


def test_a_server_is_started_once() -> None:
    first, second = found_by_a_command(NOWHERE), found_by_a_command(NOWHERE)
    assert (first[1], second[1]) == (True, False)
    assert first[0] == second[0]
    assert Control(first[0]).answers()
