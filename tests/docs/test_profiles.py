"""The page on profiles tells how they are, and its test fails where it says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decaf.base.profile import PROFILES
from decaf.base.settings import Settings
from decaf.sqs.servers import MIXED, SETTLED
from tests.docs.shell import blocks, pasted

PAGE = (Path(__file__).parent.parent.parent / "docs" / "profiles.md").read_text(encoding="utf-8")


def test_its_test_passes_and_fails_with_the_option(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    pytester.makepyfile(example)
    plugin = ("-p", "decaf.testing.plugin")
    pytester.runpytest_inprocess(*plugin).assert_outcomes(passed=1)
    pytester.runpytest_inprocess(*plugin, "--decaf-profile", "realistic").assert_outcomes(failed=1)


def test_the_commands_for_one_account_run_as_pasted(tmp_path: Path) -> None:
    (commands,) = (block for block in blocks(PAGE) if "--account" in block)
    printed = pasted(f"{commands}\ndecaf profile", tmp_path, beside_a_server=True)
    assert printed.endswith("123456789012: realistic, seed 7, 50% of messages come twice\n")


def test_it_names_every_profile_and_the_figures_as_they_are() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [*PROFILES]
    assert f"{Settings().duplicates}, unless" in PAGE
    assert (Settings().duplicates, MIXED, SETTLED) == (0.3, 10, 60.0)  # three of ten; up to ten; a minute
