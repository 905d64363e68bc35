"""The project's files name the same versions of Python, and run the same checks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
_FILE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = _FILE["project"]
TOOLS: dict[str, Any] = _FILE["tool"]


def versions() -> list[str]:
    """Returns the versions of Python that the classifiers name."""
    found = [re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line) for line in PROJECT["classifiers"]]
    return [match[1] for match in found if match]


def read_yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_oldest_version_is_the_one_required() -> None:
    assert PROJECT["requires-python"] == f">={versions()[0]}"


def test_ci_runs_every_version_on_linux_and_macos() -> None:
    matrix = read_yaml(".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix == {"os": ["ubuntu-latest", "macos-latest"], "python": versions()}


def test_ci_runs_all_tests_without_the_leaves_in_c_too() -> None:
    steps = read_yaml(".github/workflows/ci.yml")["jobs"]["pure"]["steps"]
    assert [step["env"]["DECAF_PURE"] for step in steps if step.get("run") == "scripts/test"] == ["1"]


def test_wheels_are_tried_with_every_version() -> None:
    numbers = ",".join(version.removeprefix("3.") for version in versions())
    assert TOOLS["cibuildwheel"]["build"] == f"cp3{{{numbers}}}-*"


def test_setup_takes_the_newest_version() -> None:
    setup = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    assert " ".join(f"python{version}" for version in reversed(versions())) in setup


def test_commits_run_the_tools_of_the_checks() -> None:
    (local,) = read_yaml(".pre-commit-config.yaml")["repos"]
    hooks = [hook["name"] for hook in local["hooks"]]
    steps = re.findall(r"^step (.+)$", (ROOT / "scripts" / "check").read_text(encoding="utf-8"), re.MULTILINE)
    assert hooks == [re.sub(r" (--check|\.)", "", step) for step in steps]
    assert all((ROOT / hook["entry"].split()[0]).is_file() for hook in local["hooks"])
