"""A server of their own for the tests of commands, and running commands against it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from decaf.cli import main
from decaf.testing import Decaf

Command = Callable[..., Result]


@pytest.fixture
def decaf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decaf]:
    """A server that commands find by DECAF_URL."""
    with Decaf() as started:
        monkeypatch.setenv("DECAF_URL", started.url)
        yield started


@pytest.fixture
def run(decaf: Decaf) -> Command:
    """Runs `decaf` with the words given."""
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def run_json(run: Command) -> Callable[..., Any]:
    """Runs `decaf` with the given words and --json; returns the JSON."""

    def _run_json(*words: str) -> Any:
        result = run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return _run_json


@pytest.fixture
def orders(decaf: Decaf) -> str:
    """The URL of a queue."""
    url: str = decaf.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return url
