"""Fixtures for tests of other emulators' calls: they are asked over HTTP, as suites ask them."""

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
class Answered:
    """An answer's status, headers and text."""

    status: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] == "application/json"
        return json.loads(self.text)


class Elsewhere:
    """A server, asked by path."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answered:
        url = f"{self.endpoint}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            with urlopen(Request(url, body, headers or {}, method=method), timeout=10) as answer:
                return Answered(answer.status, answer.headers, answer.read().decode())
        except HTTPError as error:
            with error:
                return Answered(error.code, error.headers, error.read().decode())

    def get(self, path: str, **query: Any) -> Answered:
        return self.ask("GET", path, **query)


@pytest.fixture
def elsewhere(endpoint: str) -> Elsewhere:
    return Elsewhere(endpoint)
