"""The page of a server that asks for a token, as its learners and other machines have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from decaf.base.settings import Settings
from decaf.testing import Decaf

TOKEN = "s3cret"


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, control_from="nowhere", control_token=TOKEN)) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_token_in_the_address_is_kept_and_no_longer_shown(page: Page, decaf: Decaf) -> None:
    sqs = decaf.client("sqs")
    sqs.create_queue(QueueName="orders")
    page.goto(f"{decaf.url}/_decaf/ui/#/queues?q=ord&token={TOKEN}")
    expect(page.locator(".link.live")).to_be_visible()
    expect(page.get_by_role("link", name="orders")).to_be_visible()
    assert page.url == f"{decaf.url}/_decaf/ui/#/queues?q=ord"
    page.reload()
    expect(page.locator(".link.live")).to_be_visible()
    sqs.create_queue(QueueName="orders-dlq")  # it comes by the stream
    expect(page.get_by_role("link", name="orders-dlq")).to_be_visible()
    sqs.close()


@pytest.mark.parametrize("fragment", ["", "#/queues?token=another"])
def test_without_its_token_the_page_says_so(page: Page, decaf: Decaf, fragment: str) -> None:
    page.goto(f"{decaf.url}/_decaf/ui/{fragment}")
    expect(page.locator(".link.refused")).to_contain_text("this server asks for a token")
