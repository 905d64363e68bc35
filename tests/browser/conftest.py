"""Fixtures for tests in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import empty_pages, opened_browser


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """The port of a web server with an empty page, at every path and under every name."""
    with empty_pages() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened
