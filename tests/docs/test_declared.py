"""docs/declared.md: its documents can be declared, its tests run, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner
from msgspec.structs import fields

from decaf.base.settings import Settings
from decaf.cli import main
from decaf.control import PREFIX
from decaf.control.routes import ROUTES
from decaf.declared.forms import Form
from decaf.declared.template.types import TYPES
from decaf.testing import Decaf
from decaf_protocol import Request

PAGE = (Path(__file__).parent.parent.parent / "docs" / "declared.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    found: str = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]
    return found


def test_the_tables_are_created_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text(example("toml"))
    with Decaf(Settings(port=0, init=(str(file),))) as decaf:
        assert [queue.name for queue in decaf.control.queues()] == ["orders", "orders-dead"]
        subscriptions = decaf.control.subscriptions("drinks")
        assert sorted(one.protocol for one in subscriptions) == ["application", "email", "sqs"]
        assert not any(one.pending for one in subscriptions)


def test_the_template_is_created_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(example("yaml"))
    with Decaf(Settings(port=0, init=(str(file),), parameter=("Stage=prod",))) as decaf:
        orders, dead = (queue for queue in decaf.control.queues())
        assert (orders.name, orders.attributes["VisibilityTimeout"]) == ("prod-orders", "300")
        assert dead.name.startswith("shop-DeadOrders-")
        assert orders.dead_letter_queue == dead.arn


def test_its_test_runs_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    pytester.makepyfile(example("python"))
    pytester.runpytest_inprocess("-p", "decaf.testing.plugin").assert_outcomes(passed=1)


def test_its_calls_over_http_are_as_the_server_takes_them() -> None:
    takes = {(route.method, PREFIX + route.path): route for route in ROUTES}
    calls = re.findall(r'^curl (?:-X (POST) )?"?\$DECAF_URL(\S+?)"?(?: -d \'(.*)\')?$', PAGE, re.MULTILINE)
    assert len(calls) == PAGE.count("\ncurl ") == 4
    for method, target, body in calls:
        takes[method or "GET", urlsplit(target).path].parse(Request(method or "GET", target, {}, body.encode()))


def test_it_names_every_resource_type_and_only_settings_and_commands_that_there_are() -> None:
    assert all(f"`{kind}`" in PAGE for kind in TYPES)
    settings = {setting.name for setting in fields(Settings)}
    assert {"init_account", "stack_name", "other_resources", "queues", "init"} <= settings
    assert all(f"`{name}`" in PAGE for name in ("init_account", "stack_name", "other_resources"))
    helped = CliRunner().invoke(main, ["serve", "--help-all"]).output
    assert "--init" in helped
    assert "--parameter" in helped
    for command, words in re.findall(r"`decaf (\w+)([^`]*)`", PAGE):
        found = main.get_command(click.Context(main), command)
        assert found is not None
        flags = {flag for option in found.params for flag in option.opts}
        assert set(re.findall(r"--[\w-]+", words)) <= flags
    assert all(form in PAGE for form in get_args(Form))
