"""docs/access.md: the four mistakes fail and are mended as it shows, and what it declares can be declared."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest

from decaf.access.deliveries import read_keys
from decaf.access.identity import read_identities
from decaf.base.settings import SETTINGS
from decaf.cli import main
from tests.docs.shell import blocks, pasted

PAGE = (Path(__file__).parent.parent.parent / "docs" / "access.md").read_text(encoding="utf-8")


def test_the_examples_run_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == PAGE.count("\n### ") == 4
    for number, example in enumerate(examples):
        pytester.makepyfile(**{f"test_example_{number}": example})
    pytester.runpytest_inprocess("-p", "decaf.testing.plugin").assert_outcomes(passed=4)


def test_what_it_declares_can_be_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policies").mkdir()
    policy = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    (tmp_path / "policies" / "barista.json").write_text(policy)
    monkeypatch.chdir(tmp_path)
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    document = tomllib.loads(text)
    assert document.keys() <= SETTINGS.keys()
    barista, worker = read_identities(document["identities"])
    assert barista.caller.arn == "arn:aws:iam::111122223333:user/barista"
    assert worker.caller.arn == "arn:aws:sts::111122223333:assumed-role/worker/nightly"
    assert len(read_keys(document["kms_keys"])) == 1


def test_the_check_of_its_barista_runs_as_pasted(tmp_path: Path) -> None:
    """With the identities above it on the page: the barista may, and SNS may not yet."""
    (tmp_path / "decaf.toml").write_text(blocks(PAGE, "toml")[0], encoding="utf-8")
    (tmp_path / "policies").mkdir()
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    (tmp_path / "policies" / "barista.json").write_text(policy, encoding="utf-8")
    (checks,) = (block for block in blocks(PAGE) if "decaf access check" in block)
    barista, sns = checks.splitlines()
    queues = "decaf create-queue orders\ndecaf create-queue orders --account 111122223333\n"
    printed = pasted(f"{queues}{barista}\n! {sns}", tmp_path, beside_a_server=True)
    assert [line.partition(":")[0] for line in printed.splitlines()[2:]] == ["Allowed", "Denied", "To allow it"]


def test_the_settings_and_commands_it_names_exist() -> None:
    for flag in re.findall(r"`(--[a-z-]+)", PAGE):
        assert any(setting.flag == flag for setting in SETTINGS.values()) or flag == "--account", flag
    access = main.get_command(click.Context(main), "access")
    assert isinstance(access, click.Group)
    for command in re.findall(r"decaf access ([a-z]+)", PAGE):
        assert command in access.commands
