"""The files of the page, their headers, and the way from the root to them."""

from __future__ import annotations

import re
from http.client import HTTPConnection, HTTPResponse
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

from tests.live import Live

STATIC = files("decaf.page") / "static"
NAMES = sorted(each.name for each in STATIC.iterdir())


def _get(live: Live, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(urlsplit(live.url).netloc)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_a_browser_at_the_root_is_led_to_the_page_by_a_relative_way(live: Live) -> None:
    response, _ = _get(live, "/", Accept="text/html,application/xhtml+xml")
    assert (response.status, response.headers["Location"]) == (302, "./_decaf/ui/")


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_client_of_aws_at_the_root_gets_the_answer_of_aws(live: Live, accept: str) -> None:
    response, body = _get(live, "/", Accept=accept)
    assert response.status == 404
    assert b"UnknownOperationException" in body


@pytest.mark.parametrize("name", NAMES)
def test_each_file_has_a_type_and_the_headers_that_keep_it_safe(live: Live, name: str) -> None:
    response, body = _get(live, f"/_decaf/ui/{name}")
    assert response.status == 200
    assert body == (STATIC / name).read_bytes()
    policy = response.headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["..%2f__init__.py", "../files.py", "static/main.js", "main.py", ".", "%2e%2e/x"])
def test_nothing_else_is_served(live: Live, path: str) -> None:
    response, _ = _get(live, f"/_decaf/ui/{path}")
    assert response.status == 404


def test_the_page_is_only_read(live: Live) -> None:
    assert _get(live, "/_decaf/ui/main.js", "POST")[0].status == 405
    assert _get(live, "/_decaf/ui/main.js", "HEAD")[0].status == 200


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}]
)
def test_pages_of_other_sites_get_nothing(live: Live, headers: dict[str, str]) -> None:
    response, body = _get(live, "/_decaf/ui/main.js", **headers)
    assert response.status == 403
    assert b"import" not in body


def test_all_of_it_is_small_and_nothing_comes_from_elsewhere() -> None:
    texts = {name: (STATIC / name).read_bytes() for name in NAMES}
    assert sum(map(len, texts.values())) < 250_000
    for name, text in texts.items():
        assert not re.search(rb"https?://(?!www\.w3\.org/)", text), name
        assert b"innerHTML" not in text, name


def test_a_link_from_another_port_of_this_host_opens_the_page_and_nothing_else(live: Live) -> None:
    followed = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert _get(live, "/_decaf/ui/", **followed)[0].status == 200
    for other in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors"}):
        assert _get(live, "/_decaf/ui/", **(followed | other))[0].status == 403
    assert _get(live, "/_decaf/queues", **followed)[0].status == 403
