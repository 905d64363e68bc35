"""docs/control-api.md is what the server says; and each of Decaf's own calls has a command, a method and a line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from decaf import control
from decaf.cli import main
from decaf.control import routes
from decaf.control.routes import ROUTES
from decaf.http.rendering import Stream
from decaf.testing import Error, Match, When
from decaf.world import World
from decaf_protocol import Reply, Request
from scripts.control_api import FILE, PAGE, ask, calls, render, scene

Answer = Reply | Stream | Awaitable[Reply | Stream]


@contextmanager
def _noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """The routes that the server in this process is asked for while this lasts, as they come."""
    seen: list[tuple[str, str]] = []
    handle: Callable[..., Answer] = routes.handle

    def note(world: World, request: Request, peer: str | None) -> Answer:
        seen.append((request.method, request.target.partition("?")[0].removeprefix(control.PREFIX)))
        return handle(world, request, peer)

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


def test_every_call_is_shown_once() -> None:
    with scene() as shown:
        named = [(call.method, call.path) for call in calls(shown)]
    assert sorted(named) == sorted((route.method, route.path) for route in ROUTES)
    assert len(set(named)) == len(named)


def test_every_link_leads_to_a_heading(page: str) -> None:
    headings = {
        line.lstrip("# ").lower().replace(" ", "-").replace(".", "") for line in page.splitlines() if line[:1] == "#"
    }
    targets = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert targets <= headings


def test_every_call_has_a_command_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown, _noted(monkeypatch) as seen:
        monkeypatch.setenv("DECAF_URL", shown.decaf.url)
        for call in calls(shown):
            seen.clear()
            result = CliRunner().invoke(main, shlex.split(call.command))
            assert result.exit_code == 0, result.output
            assert seen == [(call.method, call.path)], call.command


def test_every_command_prints_json_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown:
        monkeypatch.setenv("DECAF_URL", shown.decaf.url)
        for call in calls(shown):
            result = CliRunner().invoke(main, [*shlex.split(call.command), "--json"])
            assert result.exit_code == 0, result.output
            json.loads(result.stdout)


def test_every_call_has_a_method_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown, _noted(monkeypatch) as seen:
        names = {"control": shown.decaf.control, "Error": Error, "Match": Match, "When": When, "Path": Path}
        for call in calls(shown):
            seen.clear()
            eval(call.python, {**names})
            assert seen == [(call.method, call.path)], call.python


def test_every_command_is_that_of_a_call_or_of_a_server_not_running() -> None:
    with scene() as shown:
        commands = {shlex.split(call.command)[0] for call in calls(shown)}
    assert set(main.commands) - commands == {"serve", "env", "version"}


def test_a_command_is_answered_as_the_request_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene() as shown, scene() as other:
        monkeypatch.setenv("DECAF_URL", other.decaf.url)
        for call, same in zip(calls(shown), calls(other), strict=True):
            answer = ask(shown.decaf.url, call)
            if call.path in ("/metrics", "/events/stream", "/mark", "/never", "/backup"):
                continue  # no JSON, or less of it than the answer has
            told = json.loads(answer)
            printed = json.loads(CliRunner().invoke(main, [*shlex.split(same.command), "--json"]).stdout)
            assert printed in (told, *(value for value in told.values() if isinstance(value, list))), call.command
