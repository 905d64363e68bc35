"""docs/control-api.md is up to date; each call of the control API has a command and a Python method that make it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from decaf import control
from decaf.cli import MODULES, NAMES, main
from decaf.control import routes
from decaf.control.routes import ROUTES
from decaf.http.rendering import Stream
from decaf.testing import Control, Error, Match, When
from decaf.world import World
from decaf_protocol import Reply, Request
from scripts.control_api import FILE, PAGE, fetch, render, scene

# Calls whose command makes others too, and writes a file.
WITH_OTHERS = frozenset({"/trace"})

Answer = Reply | Stream | Awaitable[Reply | Stream]


@contextmanager
def _noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Yields a list that gets the method and path of each request to the server in this process."""
    seen: list[tuple[str, str]] = []
    handle: Callable[..., Answer] = routes.handle

    def note(world: World, request: Request) -> Answer:
        seen.append((request.method, request.target.partition("?")[0].removeprefix(control.PREFIX)))
        return handle(world, request)

    with monkeypatch.context() as patched:
        patched.setattr(routes, "handle", note)
        yield seen


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that commands name."""
    (tmp_path / "orders.toml").write_text('[[queues]]\nname = "refunds"', encoding="utf-8")
    with scene() as shown:
        (tmp_path / FILE).write_bytes(shown.snapshot)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def page() -> str:
    return render()


def test_the_page_is_up_to_date(page: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == page, "run python -m scripts.control_api"


def test_every_call_is_shown_once(page: str) -> None:
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ") and "/" in line]
    assert headings == [f"{route.method} {route.path}" for route in ROUTES]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_call_names_a_command_and_a_method(route: Any) -> None:
    command: click.Command = main
    for word in shlex.split(route.command):
        if isinstance(command, click.Group):
            assert word in command.list_commands(click.Context(command)), route.command
            command = command.get_command(click.Context(command), word) or command
    assert not isinstance(command, click.Group), route.command
    named = re.search(r"\bcontrol(?:\.of\(\"\d+\"\))?\.(\w+)\(", route.python)
    assert named is not None, route.python
    assert callable(getattr(Control, named[1])), route.python


def test_every_link_leads_to_a_heading(page: str) -> None:
    headings = {
        line.lstrip("# ").lower().replace(" ", "-").replace(".", "") for line in page.splitlines() if line[:1] == "#"
    }
    targets = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert targets <= headings


def test_every_call_has_a_command_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown, _noted(monkeypatch) as seen:
        monkeypatch.setenv("DECAF_URL", shown.decaf.url)
        for route in shown.routes():
            seen.clear()
            result = CliRunner().invoke(main, shlex.split(route.command))
            assert result.exit_code == 0, result.output
            assert (route.method, route.path) in seen, route.command
            assert len(seen) == 1 or route.path in WITH_OTHERS, route.command


def _documents(text: str) -> list[Any]:
    """The JSON documents in a text: a snapshot's file has one in each line."""
    found, decode = [], json.JSONDecoder().raw_decode
    while text:
        document, end = decode(text)
        found.append(document)
        text = text[end:].lstrip()
    return found


def test_every_command_prints_json_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown:
        monkeypatch.setenv("DECAF_URL", shown.decaf.url)
        for route in shown.routes():
            result = CliRunner().invoke(main, [*shlex.split(route.command), "--json"])
            assert result.exit_code == 0, result.output
            assert _documents(result.stdout) or route.path in WITH_OTHERS


def test_every_call_has_a_method_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown, _noted(monkeypatch) as seen:
        names = {"control": shown.decaf.control, "Error": Error, "Match": Match, "When": When, "Path": Path}
        for route in shown.routes():
            seen.clear()
            eval(route.python, {**names})
            assert seen == [(route.method, route.path)], route.python


def test_every_command_is_that_of_a_call_or_of_aws_or_of_a_server_not_running() -> None:
    commands = {shlex.split(route.command)[0] for route in ROUTES}
    assert commands <= NAMES
    own = {"coffee-shop", "learn", "open", "run", "serve", "start", "status", "stop"}
    without_a_server = own | {"aws", "env", "mcp", "trace", "version"}
    assert NAMES - commands == without_a_server | ({*MODULES["queue"], *MODULES["topic"]} - commands)


def test_a_command_prints_the_response_to_the_request_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown, scene() as other:
        monkeypatch.setenv("DECAF_URL", other.decaf.url)
        for route, same in zip(shown.routes(), other.routes(), strict=True):
            response = fetch(shown, route)
            if route.path in (
                "/metrics",
                "/events/stream",
                "/frames",
                "/mark",
                "/never",
                "/backup",
                "/calls",
                "/call",
                "/functions/logs",
            ):
                continue  # no JSON, or less of it than the response has; or times that are real
            if route.path in WITH_OTHERS:
                continue
            sent, *more = _documents(response)
            printed, *others = _documents(CliRunner().invoke(main, [*shlex.split(same.command), "--json"]).stdout)
            assert others == more
            assert printed in (sent, *(value for value in sent.values() if isinstance(value, list))), route.command
