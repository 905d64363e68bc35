"""README.md: what it shows runs, its picture is of a real run, and its own column tells the truth."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scripts.terminal import PICTURE, drawn
from tests.docs.shell import blocks, pasted

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BOTO3, TEST = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_example_runs_as_pasted(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "http://127.0.0.1:4566" in BOTO3
    names: dict[str, Any] = {}
    exec(compile(BOTO3.replace("http://127.0.0.1:4566", endpoint), "README.md", "exec"), names)
    names["sqs"].close()
    names["sns"].close()
    assert capsys.readouterr().out == "one decaf, please\n"


def test_the_commands_and_the_example_after_them_run_as_pasted(tmp_path: Path) -> None:
    (commands,) = (block for block in blocks(README) if "decaf start" in block)
    (tmp_path / "test_orders.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "example.py").write_text(BOTO3.replace('"http://127.0.0.1:4566"', "None"), encoding="utf-8")
    printed = pasted(f"{commands}\n{sys.executable} example.py\ndecaf stop", tmp_path)
    assert "1 passed" in printed
    assert "http://127.0.0.1:4566/000000000000/kitchen\n" in printed
    assert "\none decaf, please\n" in printed


def test_the_test_passes_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    pytester.makepyfile(TEST)
    pytester.runpytest_subprocess("-p", "decaf.testing.plugin").assert_outcomes(passed=1)


def test_the_picture_shows_what_the_commands_print() -> None:
    assert _shown(PICTURE.read_text(encoding="utf-8")) == _shown(drawn()), "python -m scripts.terminal"


def _shown(svg: str) -> list[str]:
    """Returns the texts of a picture, without the ids in them, which change with the order in which they are drawn."""
    return [
        _ID.sub("ID", element.text or "") for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_the_numbers_of_operations_are_those_of_the_page_on_compatibility() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    claims = re.findall(r"^\| Operations of (\w+), of (\d+) \| (\d+) ", README, re.MULTILINE)
    assert [service for service, _, _ in claims] == ["SQS", "SNS"]
    for service, of, claimed in claims:
        (table,) = re.findall(rf"^## {service} operations\n\n.*?\n\n", page, re.MULTILINE | re.DOTALL)
        assert table.count(" | yes |") == int(claimed) == int(of)
