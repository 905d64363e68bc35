"""docs/recipes: the examples for Python run, in .venv-recipes; what the others name is there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from decaf.base.settings import Settings
from decaf.cli import main
from decaf.cli.agent_tools import CHANGING, DESTRUCTIVE, READING
from decaf.control import PREFIX
from decaf.control.routes import ROUTES

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "docs" / "recipes"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
PYTHON = ROOT / ".venv-recipes" / "bin" / "python"


def _files(section: str) -> dict[str, str]:
    """Returns the files that a section of the page on Python shows: each begins with its name."""
    text = PAGES["python"].partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("section", ["Celery", "Django", "FastAPI"])
def test_the_test_of_a_framework_passes_as_pasted(section: str, tmp_path: Path) -> None:
    assert PYTHON.exists(), "there is no .venv-recipes: scripts/recipes-venv makes it"
    files = _files(section)
    assert len(files) == 2
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_"))}
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-q"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_versions_that_are_named_are_those_that_are_tested() -> None:
    installed = dict(re.findall(r"'(\w+)(?:\[\w+\])?==([\d.]+)'", (ROOT / "scripts" / "recipes-venv").read_text()))
    named = dict(re.findall(r"in our tests, (\w+) ([\d.]+) \|", PAGES["README"]))
    assert {name.lower(): version for name, version in named.items()} == {
        name.lower(): version for name, version in installed.items()
    }


def test_every_recipe_says_whether_it_was_tried() -> None:
    rows = re.findall(r"^\| \[.*\| (.+) \|$", PAGES["README"], re.MULTILINE)
    assert len(rows) > 15
    tried = re.compile(r"in our tests|not tried here|by hand on \d{4}-\d{2}-\d{2}, |the long form .* passes")
    assert [row for row in rows if not tried.match(row)] == []


def test_the_tools_that_are_listed_are_those_of_the_command() -> None:
    rows = re.findall(r"^\| (?:Read|Change|Delete)[^|]* \| (.*) \|$", PAGES["agents"], re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == [set(READING), set(CHANGING), set(DESTRUCTIVE)]


def test_the_commands_for_agents_exist() -> None:
    for command in re.findall(r"decaf (\w+) [A-Z]", PAGES["agents"]):
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0, command


def test_the_paths_and_settings_they_name_exist() -> None:
    text = "".join(PAGES.values())
    paths = {PREFIX + route.path for route in ROUTES}
    named = set(re.findall(r"(?:decaf\(\"|/_decaf)(/[\w/]+)", text))
    assert len(named) >= 2
    assert {PREFIX + path for path in named} <= paths
    settings = set(re.findall(r"DECAF_([A-Z_]+)", text)) - {"URL"}
    assert settings
    assert all(hasattr(Settings(), name.lower()) for name in settings)


def test_the_list_for_programs_names_pages_that_exist() -> None:
    text = (ROOT / "docs" / "llms.txt").read_text(encoding="utf-8")
    targets = re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", text, re.MULTILINE)
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / "docs" / target).is_file()] == []
