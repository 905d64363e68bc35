"""docs/testing.md and the example it leads to: what they show runs, and what they name is there."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from moto.server import ThreadedMotoServer

from decaf.cli import NAMES
from decaf.control import PREFIX
from decaf.control.routes import ROUTES
from decaf.testing import plugin
from decaf_protocol import Request
from tests.docs.shell import blocks, pasted

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "orders"
CAFE = (EXAMPLE / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def moto() -> Iterator[str]:
    """The URL of moto's server."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_examples_run_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    examples = [code for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "async_sqs" not in code]
    with_ini = dict(re.findall(r"```ini\n([^`]*)```\n\n```python\n(.*?)```", PAGE, re.DOTALL))
    for ini, codes in (*((ini, [code]) for ini, code in with_ini.items()), ("[pytest]", examples)):
        folder = pytester.mkdir(f"of-{len(codes)}")
        (folder / "pytest.ini").write_text(ini, encoding="utf-8")
        if codes is examples:
            codes = [code for code in examples if code not in with_ini.values()]
        for number, code in enumerate(codes):
            (folder / f"test_example_{number}.py").write_text(code, encoding="utf-8")
        result = pytester.runpytest_inprocess(
            "-p", "decaf.testing.plugin", "--rootdir", folder, "-c", folder / "pytest.ini", folder
        )
        result.assert_outcomes(passed=len(re.findall(r"^ *def test_", "".join(codes), re.MULTILINE)))
    assert len(with_ini) == 1


def test_the_calls_over_http_are_as_the_server_takes_them() -> None:
    takes = {(route.method, PREFIX + route.path): route for route in ROUTES}
    calls = re.findall(r'^curl (?:-X (POST) )?"?\$DECAF_URL(\S+?)"?(?: -d \'(.*)\')?$', PAGE, re.MULTILINE)
    assert len(calls) == PAGE.count("\ncurl ")
    for method, target, body in calls:
        route = takes[method or "GET", urlsplit(target).path]
        route.parse(Request(method or "GET", target, {}, body.encode()))
        assert json.loads(body or "{}") is not None


def test_the_commands_from_a_terminal_run_as_pasted(tmp_path: Path) -> None:
    (commands,) = (block for block in blocks(PAGE) if "decaf receive" in block)
    assert pasted(commands, tmp_path, beside_a_server=True).rstrip().endswith("one latte")


def test_the_commands_and_fixtures_it_names_exist() -> None:
    fixtures, terminal = PAGE.split("## From a terminal")
    named = re.findall(r"^\| (`decaf .*?`) \|", terminal, re.MULTILINE)
    commands = {command for names in named for command in re.findall(r"`(?:decaf )?([\w-]+)`", names)}
    assert commands == NAMES - {"serve", "env", "version", "mcp"}
    options = re.findall(r'addini\(\s*"(\w+)"', Path(plugin.__file__).read_text(encoding="utf-8"))
    listed = re.findall(r"^\| (`.*?`) \|", fixtures, re.MULTILINE)
    names = {name for row in listed for name in re.findall(r"`(\w+)[^`]*`", row)}
    assert names >= set(options)
    assert [name for name in names - set(options) if not hasattr(plugin, name)] == []


@pytest.mark.parametrize("options", [(), ("--decaf-shared",)], ids=["a server per worker", "one server"])
def test_the_cafe_passes_its_tests(options: tuple[str, ...]) -> None:
    result = _run_the_cafe("-n", "2", *options)
    assert result.returncode == 0, result.stdout
    (passed,) = re.findall(r"(\d+) passed in", result.stdout)
    assert passed == re.findall(r"^(\d+) tests", CAFE, re.MULTILINE)[0]
    assert int(passed) >= 40


def test_the_tests_of_the_cafe_do_not_sleep() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.py")}
    assert [path for path, source in sources.items() if re.search(r"\bsleep\b|^(import|from) time\b", source)] == []


def test_the_cafe_says_what_it_needs_of_decaf_where_another_server_is_tested(moto: str, tmp_path: Path) -> None:
    """All that its page says of that is so: which tests are skipped and why, which fail, how many pass."""
    report = tmp_path / "report.xml"
    said = _run_the_cafe("-n", "2", "--decaf-url", moto, f"--junitxml={report}").stdout
    cases = list(ET.parse(report).iter("testcase"))
    names = {case: case.attrib["name"].partition("[")[0] for case in cases}
    skipped = {
        names[case]: re.fullmatch(rf"needs Decaf's (.*), which {moto} does not have", mark.attrib["message"])
        for case in cases
        for mark in case.findall("skipped")
    }
    failed = [names[case] for case in cases if case.find("failure") is not None]
    assert {name: why and why[1] for name, why in skipped.items()} == dict(
        re.findall(r"^\| `(test_\w+)` \| (.*) \|$", CAFE, re.MULTILINE)
    ), said
    counted = len(cases) - len(failed) - sum(case.find("skipped") is not None for case in cases)
    (told,) = re.findall(r"(\d+) of the (\d+) pass, (\d+) are skipped, and one fails:\n`(test_\w+)`", CAFE)
    assert (str(counted), str(len(cases)), str(len(cases) - counted - 1), *failed) == told, said


def _run_the_cafe(*options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "decaf.testing.plugin", "-p", "xdist", *options],
        cwd=EXAMPLE,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
