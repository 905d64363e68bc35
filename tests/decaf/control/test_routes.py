"""What every call in the OpenAPI document of the control API has in common."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from decaf import control
from decaf.base.settings import Settings
from decaf.control import openapi
from decaf.control.routes import ROUTES
from decaf.testing import Decaf

DOCUMENT = openapi.document(ROUTES, control.PREFIX)
CALLS = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def decaf() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, max_body=65_536, max_snapshot_file=65_536)) as started:
        yield started


def _over_http(decaf: Decaf, method: str, target: str, body: bytes = b"") -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(decaf.url).netloc, timeout=30)
    connection.request(method, target, body)
    response = connection.getresponse()
    found = response.read()
    connection.close()
    return response.status, json.loads(found)


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
