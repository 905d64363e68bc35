"""A boto3 client of Lambda, and functions that it creates."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live import Live

ROLE = "arn:aws:iam::111122223333:role/barista"
ECHO = "def handle(event, context):\n    return event\n"


def zipped(text: str = ECHO, name: str = "coffee.py") -> bytes:
    """A zip file with one module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


@pytest.fixture
def lambda_(live: Live, account: str) -> Iterator[Any]:
    """A boto3 client of Lambda in the test's own account."""
    client = live.client("lambda", account)
    yield client
    client.close()


@pytest.fixture
def create(lambda_: Any) -> Callable[..., Any]:
    """Creates a function, which returns its event unless it has other code."""

    def create(name: str = "brew", code: str = ECHO, **more: Any) -> Any:
        usual = {"Runtime": "python3.12", "Role": ROLE, "Handler": "coffee.handle", "Code": {"ZipFile": zipped(code)}}
        return lambda_.create_function(FunctionName=name, **{**usual, **more})

    return create
