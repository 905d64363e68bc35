"""Fixtures for tests of other emulators' endpoints: requests over HTTP, as test suites make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest


@dataclass(frozen=True, slots=True)
class Response:
    """The status, headers and text of a response."""

    status: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] == "application/json"
        return json.loads(self.text)


class EmulatorClient:
    """A client of the endpoints of a server, by path."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Response:
        url = f"{self.endpoint}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            with urlopen(Request(url, body, headers or {}, method=method), timeout=10) as answer:
                return Response(answer.status, answer.headers, answer.read().decode())
        except HTTPError as error:
            with error:
                return Response(error.code, error.headers, error.read().decode())

    def get(self, path: str, **query: Any) -> Response:
        return self.request("GET", path, **query)


@pytest.fixture
def emulator(endpoint: str) -> EmulatorClient:
    return EmulatorClient(endpoint)
