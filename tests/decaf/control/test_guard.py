"""Which requests to the control API are allowed, for every call in the OpenAPI document."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from decaf import control
from decaf.base.settings import Settings
from decaf.control import openapi, routes
from decaf.control.guard import check
from decaf.control.route import Refused
from decaf.control.routes import ROUTES
from decaf.testing import Decaf
from decaf_protocol import Reply, Request
from tests.decaf.control.bench import Bench
from tests.decaf.http.wire import answer, dial

DOCUMENT = openapi.document(ROUTES, control.PREFIX)
CALLS = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
OURS = "127.0.0.1:4566"


def _example(method: str, path: str) -> tuple[str, bytes]:
    """The target and body of a call, as the document has them in its examples."""
    operation = DOCUMENT["paths"][path][method.lower()]
    given = {p["name"]: p["example"] for p in operation.get("parameters", ()) if "example" in p}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example", {})
    return f"{path}?{urlencode(given)}" if given else path, json.dumps(body).encode()


def _status(bench: Bench, method: str, path: str, peer: str = "127.0.0.1", **headers: str) -> int:
    target, body = _example(method, path)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = routes.handle(bench.world, Request(method, target, named, body), peer)
    assert isinstance(answer, Reply)
    return answer.status


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:4566"},
        {"host": "127.0.0.1.evil.example:4566"},
        {"host": "localhost.evil.example"},
        {"host": "[::1"},
        {"host": OURS, "origin": "https://evil.example"},
        {"host": OURS, "origin": "http://127.0.0.1:9999"},
        {"host": OURS, "origin": "null"},
        {"host": OURS, "sec_fetch_site": "cross-site"},
        {"host": OURS, "sec_fetch_site": "same-site"},
        {"host": "evil.example", "origin": "http://evil.example"},  # its name was made to lead here
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_pages_of_other_sites_are_refused(bench: Bench, method: str, path: str, headers: dict[str, str]) -> None:
    history = bench.world.history.mark
    assert _status(bench, method, path, **headers) == 403
    assert (bench.world.history.mark, bench.world.faults.rules) == (history, [])
    assert not bench.world.clock.frozen


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("peer", ["10.0.0.7", "172.17.0.1", "fe80::1", "::ffff:10.0.0.7", ""])
def test_other_machines_are_refused(bench: Bench, method: str, path: str, peer: str) -> None:
    assert _status(bench, method, path, peer, host=OURS) == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": OURS},
        {"host": "localhost:4566"},
        {"host": "decaf:4566"},
        {"host": "sqs.localhost:4566"},
        {"host": "[::1]:4566"},
        {"host": OURS, "origin": f"http://{OURS}"},
        {"host": OURS, "sec-fetch-site": "same-origin"},
        {"host": OURS, "sec-fetch-site": "none"},
    ],
)
def test_programs_of_this_machine_and_our_own_pages_are_let_in(peer: str, headers: dict[str, str]) -> None:
    check(Request("POST", "/_decaf/reset", headers, b""), peer, Settings())


def test_settings_let_others_in() -> None:
    request = Request("GET", "/_decaf/clock", {"host": "decaf.test:4566"}, b"")
    with pytest.raises(Refused):
        check(request, "127.0.0.1", Settings())
    check(request, "127.0.0.1", Settings(control_hosts="other.test, Decaf.Test"))
    check(Request("GET", "/_decaf/clock", {"host": OURS}, b""), "10.0.0.7", Settings(control_from="anywhere"))
    with pytest.raises(Refused):  # from anywhere is not for any page
        check(request, "10.0.0.7", Settings(control_from="anywhere"))


@pytest.fixture(scope="module")
def decaf() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, max_body=65_536, max_snapshot_file=65_536)) as started:
        yield started


def _over_http(decaf: Decaf, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(decaf.url).netloc, timeout=30)
    connection.request(method, target, body, headers)
    response = connection.getresponse()
    found = response.read()
    connection.close()
    return response.status, json.loads(found)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_the_server_guards_them_all(decaf: Decaf, method: str, path: str) -> None:
    target, body = _example(method, path)
    status, answer = _over_http(decaf, method, target, body, Host="evil.example")
    assert (status, answer) == (403, {"error": "the host evil.example is not one of the setting control_hosts"})
    assert _over_http(decaf, method, target, body, Origin="http://evil.example")[0] == 403


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[0] != "GET"])
def test_bodies_are_bounded(decaf: Decaf, method: str, path: str) -> None:
    status, answer = _over_http(decaf, method, path, b" " * 65_537)
    assert (status, answer) == (413, {"error": "the request body is longer than 65536 bytes"})


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_an_unknown_path_or_method_is_refused(decaf: Decaf, path: str) -> None:
    status, answer = _over_http(decaf, "PATCH", path)
    assert status == 405
    assert answer["error"].startswith(f"{path} allows ")
    assert _over_http(decaf, "GET", f"{path}/none")[0] == 404


def test_a_host_that_is_no_text_is_refused_as_any_other(decaf: Decaf) -> None:
    with dial(decaf.url) as connection:
        connection.sendall(b"GET /_decaf/health HTTP/1.1\r\nHost: caf\xe9.example\r\n\r\n")
        refused = answer(connection)
    assert refused is not None
    assert (refused.status, json.loads(refused.body)["error"]) == (
        403,
        "the host caf\udce9.example is not one of the setting control_hosts",
    )
