"""The page of two nodes that share out the accounts, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.decaf.node.nodes import Nodes, sharing
from tests.postgres.server import running


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with running() as server, sharing(server.make_database()) as found:
        yield found


@pytest.fixture
def page(browser: Browser, nodes: Nodes) -> Iterator[Page]:
    """The page at the root of the first node; an error in it fails the test."""
    context = browser.new_context()
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    opened.goto(nodes.first.url)
    expect(opened.locator(".link.live")).to_be_visible()
    yield opened
    context.close()
    assert errors == []


def test_the_page_shows_the_queues_and_calls_of_all_accounts(page: Page, nodes: Nodes) -> None:
    for account in nodes.accounts:
        nodes.make_queue(account, f"orders-{account}", "one", "two")
    page.evaluate("() => { location.hash = '#/queues' }")
    for account in nodes.accounts:
        expect(page.get_by_text(f"orders-{account}").first).to_be_visible()
    page.evaluate("() => { location.hash = '#/calls' }")
    rows = page.locator(".row")
    expect(rows).to_have_count(6)
    rows.nth(0).click()
    expect(page.locator(".detail pre.body").first).to_contain_text('"MessageBody"')


def test_the_page_follows_one_account(page: Page, nodes: Nodes) -> None:
    _, other = nodes.accounts
    nodes.control.reset()
    for account in nodes.accounts:
        nodes.make_queue(account, f"orders-{account}", "one")
    page.evaluate("() => { location.hash = '#/queues' }")
    page.get_by_label("Account").select_option(other)
    expect(page.get_by_text(f"orders-{other}").first).to_be_visible()
    expect(page.get_by_text(f"orders-{nodes.accounts[0]}")).to_have_count(0)
    nodes.make_queue(other, "refunds", "one")
    expect(page.get_by_text("refunds").first).to_be_visible()
