"""Who may ask, and what is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from decaf.base.settings import Settings
from decaf.compat import PREFIXES
from decaf.compat.routes import ROUTES, handle
from decaf.world import World
from decaf_protocol import Request
from tests.decaf.compat.conftest import EmulatorClient

ROOT = Path(__file__).parent.parent.parent.parent
CALLS = sorted({(route.method, route.path) for route in ROUTES})


def test_the_server_leads_all_of_them_here() -> None:
    assert all(path.startswith(PREFIXES) for _, path in CALLS)
    loaded = "import decaf.app, sys; print('decaf.compat.routes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert done.stdout.strip() == b"False"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_this_machine_is_allowed_unless_a_setting_allows_others(method: str, path: str) -> None:
    request = Request(method, path, {"host": "localhost:4566"}, b"")
    assert handle(World(Settings()), request, "192.0.2.1").status == 403
    assert handle(World(Settings(control_from="anywhere")), request, "192.0.2.1").status != 403


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_pages_of_other_sites_may_not_ask(method: str, path: str) -> None:
    foreign = {"host": "localhost:4566", "origin": "https://emulator.example"}
    for headers in (foreign, {"host": "emulator.example"}, {"sec-fetch-site": "cross-site"}):
        assert handle(World(Settings()), Request(method, path, headers, b"")).status == 403


def test_localstacks_own_name_is_let_in_when_it_is_named() -> None:
    request = Request("GET", "/_localstack/health", {"host": "localhost.localstack.cloud:4566"}, b"")
    assert handle(World(Settings()), request).status == 403
    assert handle(World(Settings(control_hosts="localhost.localstack.cloud")), request).status == 200


def test_an_unknown_path_is_not_found(emulator: EmulatorClient) -> None:
    answer = emulator.get("/_localstack/plugins")
    assert (answer.status, answer.json) == (404, {"error": "there is no /_localstack/plugins"})
    answer = emulator.request("PUT", "/_aws/sns/sms-messages", b"")
    assert (answer.status, answer.json) == (405, {"error": "/_aws/sns/sms-messages allows GET or DELETE only"})
