"""Fixtures for tests in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from decaf.base.settings import Settings
from decaf.testing import Decaf
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


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf(Settings(port=0)) as server:
        yield server


@pytest.fixture
def page(browser: Browser, decaf: Decaf) -> Iterator[Page]:
    """The page at the root; an error in it, and a rule of its policy that it breaks, fails the test."""
    context = browser.new_context()
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    opened.goto(decaf.url)
    expect(opened.locator(".link.live")).to_be_visible()
    yield opened
    context.close()
    assert [error for error in errors if "ERR_" not in error] == []  # a server that is gone is reported so


@pytest.fixture
def sqs(decaf: Decaf) -> Iterator[Any]:
    client = decaf.client("sqs")
    yield client
    client.close()


@pytest.fixture
def sns(decaf: Decaf) -> Iterator[Any]:
    client = decaf.client("sns")
    yield client
    client.close()
