"""Fixtures for tests of the emulator: faults, set as users set them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest


class FaultsOverHttp:
    """The faults of one account, on a server."""

    def __init__(self, endpoint: str, account: str) -> None:
        self._url = f"{endpoint}/_decaf/faults"
        self._account = account

    def set(self, kind: str, match: dict[str, Any] | None = None, when: Any = None, **effect: Any) -> str:
        """Set a fault of type `kind` for the account alone; gives its id."""
        body = {
            "effect": {"type": kind, **effect},
            "match": {"account": self._account, **(match or {})},
            "when": when or {},
        }
        return str(self.ask("POST", body)["id"])

    def counts(self, fault_id: str) -> tuple[int, int]:
        """How often a fault matched and fired."""
        (found,) = (fault for fault in self.ask("GET")["faults"] if fault["id"] == fault_id)
        return found["matched"], found["fired"]

    def wait_for(self, fault_id: str) -> None:
        """Return once the fault has fired."""
        deadline = time.monotonic() + 10
        while not self.counts(fault_id)[1]:
            assert time.monotonic() < deadline, "the fault has not fired"

    def reset(self) -> None:
        """Forget all that the account has."""
        body = json.dumps({"account": self._account}).encode()
        urlopen(Request(self._url.replace("/faults", "/reset"), body), timeout=10).close()

    def ask(self, method: str, body: Any = None) -> Any:
        """One call of /_decaf/faults. Raises HTTPError when it is refused."""
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self._url, data, method=method), timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def faults(endpoint: str, account: str) -> Iterator[FaultsOverHttp]:
    """Sets faults for the test's own account; they go with the test."""
    setter = FaultsOverHttp(endpoint, account)
    yield setter
    setter.reset()
