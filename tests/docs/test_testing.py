"""docs/testing.md and the example it leads to: what they show runs, and what they name is there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.cli import main
from emulator.control.routes import PREFIX, ROUTES
from emulator.testing import plugin
from protocol import Request

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "orders"


def test_the_examples_run_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for number, example in enumerate(examples):
        pytester.makepyfile(**{f"test_example_{number}": example})
    pytester.runpytest_inprocess("-p", "emulator.testing.plugin").assert_outcomes(passed=len(examples))


def test_the_calls_over_http_are_as_the_server_takes_them() -> None:
    takes = {(route.method, PREFIX + route.path): route for route in ROUTES}
    calls = re.findall(r'^curl (?:-X (POST) )?"?\$DECAF(\S+?)"?(?: -d \'(.*)\')?$', PAGE, re.MULTILINE)
    assert len(calls) == PAGE.count("\ncurl ")
    for method, target, body in calls:
        route = takes[method or "GET", urlsplit(target).path]
        route.read(Request(method or "GET", target, {}, body.encode()))
        assert json.loads(body or "{}") is not None


def test_the_commands_and_fixtures_it_names_exist() -> None:
    terminal = PAGE.split("## From a terminal")[1].split("ask a running")[0]
    assert set(re.findall(r"`(?:decaf )?(\w+)`", terminal)) <= set(main.commands)
    for name in re.findall(r"^\| (`.*?`) \|", PAGE, re.MULTILINE):
        for fixture in re.findall(r"`(\w+)`", name):
            assert hasattr(plugin, fixture), fixture


@pytest.mark.parametrize("options", [(), ("--decaf-shared",)], ids=["a server per worker", "one server"])
def test_the_cafe_passes_its_tests(options: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "emulator.testing.plugin", "-p", "xdist", "-n", "2", *options],
        cwd=EXAMPLE,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    (passed,) = re.findall(r"(\d+) passed in", result.stdout)
    assert passed == re.findall(r"^(\d+) tests", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert int(passed) >= 40
