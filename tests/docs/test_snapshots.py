"""docs/snapshots.md: what it shows runs, and what it names is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from decaf.base.settings import Settings
from decaf.cli import main
from decaf.control import PREFIX
from decaf.control.routes import ROUTES
from decaf.testing import Decaf
from decaf_protocol import Request

PAGE = (Path(__file__).parent.parent.parent / "docs" / "snapshots.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^decaf (snapshot .*)$", PAGE, re.MULTILINE)


@pytest.fixture
def decaf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Decaf]:
    monkeypatch.chdir(tmp_path)
    with Decaf() as started:
        monkeypatch.setenv("DECAF_URL", started.url)
        yield started


def test_the_example_runs_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    pytester.makepyfile(example)
    pytester.runpytest_inprocess("-p", "decaf.testing.plugin").assert_outcomes(passed=2)


def test_the_commands_run_one_after_the_other(decaf: Decaf) -> None:
    decaf.client("sqs", "100000000000").create_queue(QueueName="orders")
    for command in COMMANDS:
        result = CliRunner().invoke(main, shlex.split(command))
        assert result.exit_code == 0, (command, result.output)
    accounts = [queue.account for queue in decaf.control.queues()]
    assert accounts == ["100000000000", "200000000000"]


def test_the_calls_over_http_are_as_the_server_takes_them() -> None:
    takes = {(route.method, PREFIX + route.path): route for route in ROUTES}
    calls = re.findall(r'^curl (?:-o \S+ )?(?:-X (\w+) )?"?\$DECAF_URL([^\s"]+)"?(?: -d \'(.*)\')?', PAGE, re.MULTILINE)
    assert len(calls) == PAGE.count("\ncurl ")
    for method, target, body in calls:
        takes[method or "GET", urlsplit(target).path].parse(Request(method or "GET", target, {}, body.encode()))


def test_settings_it_names_exist() -> None:
    settings = Settings()
    assert settings.snapshot == ""
    assert f"`max_snapshots` ({settings.max_snapshots})" in PAGE
    assert f"`max_snapshot_file` bytes ({settings.max_snapshot_file // 2**20} MiB)" in PAGE
