"""Which paths lead to other emulators' endpoints, and what is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from decaf.compat import PREFIXES, is_open
from decaf.compat.route import Route
from decaf.compat.routes import ROUTES
from tests.decaf.compat.conftest import EmulatorClient

ROOT = Path(__file__).parent.parent.parent.parent
CALLS = sorted({(route.method, route.path) for route in ROUTES})


def test_the_server_leads_all_of_them_here() -> None:
    assert all(path.startswith(PREFIXES) for _, path in CALLS)
    loaded = "import decaf.app, sys; print('decaf.compat.routes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert done.stdout.strip() == b"False"


def test_an_unknown_path_is_not_found(emulator: EmulatorClient) -> None:
    answer = emulator.get("/_localstack/plugins")
    assert (answer.status, answer.json) == (404, {"error": "there is no /_localstack/plugins"})
    answer = emulator.request("PUT", "/_aws/sns/sms-messages", b"")
    assert (answer.status, answer.json) == (405, {"error": "/_aws/sns/sms-messages allows GET or DELETE only"})


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_other_machines_ask_for_health_and_init_alone(route: Route) -> None:
    waits = route.path.startswith(("/_localstack/health", "/_localstack/init"))
    assert is_open(route.path.rstrip("/")) == waits
    assert route.method in ("GET", "HEAD") or not waits


def test_a_path_that_begins_alike_is_closed() -> None:
    assert is_open("/_localstack/init/ready")
    assert not is_open("/_localstack/initial")
    assert not is_open("/_localstack/healthy")
