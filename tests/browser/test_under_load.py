"""The page with much to show, in several tabs, and behind a proxy: what it draws and asks for stays little."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from decaf.testing import Decaf
from decaf_protocol import Call, Codec, Dialect
from tests.browser.prefix_proxy import proxied

ACCOUNT = "000000000000"
ORDERS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
MOST_NODES = 3_000  # of the document


def _send(decaf: Decaf, first: int, count: int) -> None:
    """Send so many messages to the queue orders, in the server's own thread."""

    def send() -> None:
        for start in range(first, first + count, 10):
            entries = [{"Id": str(n), "MessageBody": f"order {start + n}"} for n in range(10)]
            params = {"QueueUrl": "orders", "Entries": entries}
            spoken = Dialect("sqs", Codec.JSON)
            call = Call(spoken, "SendMessageBatch", params, ACCOUNT, "us-east-1", "localhost", None)
            decaf.world.run(call, decaf.world.clock.now())

    decaf.call(send)


def _nodes(page: Page) -> int:
    return int(page.evaluate("document.querySelectorAll('*').length"))


def test_a_queue_of_100_000_messages_is_opened_and_scrolled(page: Page, decaf: Decaf, sqs: Any) -> None:
    sqs.create_queue(QueueName="orders")
    for first in range(0, 100_000, 10_000):
        _send(decaf, first, 10_000)
    page.evaluate(f"location.hash = '#/queue?arn={ORDERS}'")
    expect(page.locator(".row").first).to_contain_text("order 0")
    expect(page.get_by_role("button", name="Visible 100,000")).to_be_visible()
    page.locator(".rows").evaluate("each => each.scrollTo(0, 6000)")
    expect(page.locator(".row", has_text=re.compile(r"order 18\d$")).first).to_be_attached()
    assert page.locator(".row").count() < 60
    assert _nodes(page) < MOST_NODES


def test_while_messages_rush_in_the_map_is_right_and_reads_no_list(page: Page, decaf: Decaf, sqs: Any) -> None:
    sqs.create_queue(QueueName="orders")
    node = page.locator("svg .node", has_text="orders")
    expect(node).to_have_attribute("aria-label", re.compile("0 visible"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for first in range(0, 5_000, 50):
        _send(decaf, first, 50)
    expect(node).to_have_attribute("aria-label", re.compile("5000 visible"))
    assert asked == []
    assert page.locator(".token").count() <= 60
    assert _nodes(page) < MOST_NODES


def test_two_tabs_show_the_same(page: Page, decaf: Decaf, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    other = page.context.new_page()
    other.goto(decaf.url)
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    for tab in (page, other):
        expect(tab.locator("svg .node", has_text="orders")).to_have_attribute("aria-label", re.compile("1 visible"))
    other.evaluate(f"location.hash = '#/queue?arn={ORDERS}'")
    other.get_by_text("Send, receive, purge").click()
    other.get_by_role("button", name="Receive 1").click()
    expect(page.locator("svg .node", has_text="orders")).to_have_attribute("aria-label", re.compile("1 in flight"))


def test_behind_a_proxy_with_a_path_of_its_own_everything_is_found(browser: Browser, decaf: Decaf, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    context = browser.new_context()
    with proxied(decaf.url, "/tools/decaf") as address:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("response", lambda response: errors.append(response.url) if response.status >= 400 else None)
        page.goto(f"{address}/")
        expect(page.locator(".link.live")).to_be_visible()
        assert page.url.startswith(f"{address}/_decaf/ui/")
        sqs.send_message(QueueUrl=url, MessageBody="latte")
        expect(page.locator("svg .node", has_text="orders")).to_have_attribute("aria-label", re.compile("1 visible"))
        page.evaluate(f"location.hash = '#/queue?arn={ORDERS}'")
        page.get_by_text("Send, receive, purge").click()
        page.get_by_label("Body of the message to send").fill("mocha")
        expect(page.locator("pre", has_text=f"--endpoint-url {address} sqs send-message")).to_be_attached()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".row", has_text="mocha")).to_be_visible()
        for view in ("queues", "inbox", "calls", "events", "time"):
            page.evaluate(f"location.hash = '#/{view}'")
            expect(page.locator("main h1")).to_be_visible()
        context.close()
        assert errors == []
