"""The lessons in a real browser: the list, a task, the check as the programs run, hints, and the map of the shop."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from decaf.testing import Decaf

ACCOUNT = "100000000002"  # of lesson 2, where nobody has begun it


def _open(page: Page, fragment: str) -> None:
    page.evaluate("fragment => { location.hash = fragment }", fragment)


def _cashier(decaf: Decaf, account: str = ACCOUNT) -> Any:
    """Sends orders, as the cashier of lesson 2 does. Returns the client of the account."""
    sqs = decaf.client("sqs", account)
    queue = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    for order in range(1, 7):
        sqs.send_message(QueueUrl=queue, MessageBody=f'{{"order": {order}}}')
    return sqs


def _barista(sqs: Any, deletes: bool) -> None:
    """Makes all orders, and deletes each, or none."""
    orders, made = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("orders", "made"))
    for message in sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10)["Messages"]:
        sqs.send_message(QueueUrl=made, MessageBody=message["Body"])
        if deletes:
            sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
    sqs.close()


def _begin(page: Page) -> None:
    _open(page, "#/lessons?n=2")
    page.get_by_role("button", name="Begin with an empty shop").click()
    expect(page.locator(".node .name", has_text="orders")).to_be_visible()


def test_the_list_leads_to_a_lesson_and_back(page: Page) -> None:
    page.get_by_role("link", name="Lessons", exact=True).click()
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible()
    page.get_by_role("link", name="2 A buffer").click()
    expect(page.get_by_role("heading", name="2 A buffer")).to_be_visible()
    expect(page.locator(".task")).to_contain_text("Your task:")
    assert page.locator(".task strong").first.inner_text() == "queue"
    assert page.title() == "A buffer · Decaf"
    page.get_by_role("link", name="All lessons").click()
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible()


def test_it_says_how_to_point_a_program_at_the_lesson(page: Page, decaf: Decaf) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(page, "#/lessons?n=2")
    page.get_by_role("button", name="Copy", exact=True).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"export AWS_ENDPOINT_URL={decaf.url}\nexport AWS_ACCESS_KEY_ID={ACCOUNT}\n" in copied
    page.get_by_role("button", name="Copy for PowerShell").click()
    assert f'$env:AWS_ENDPOINT_URL = "{decaf.url}"' in page.evaluate("navigator.clipboard.readText()")


def test_the_check_follows_the_programs_from_the_fault_to_the_pass(page: Page, decaf: Decaf) -> None:
    _begin(page)
    check = page.locator(".check")
    expect(check).to_contain_text("too few")
    _barista(_cashier(decaf), deletes=False)
    decaf.control.advance(31)
    expect(check).to_contain_text("Order 1 came back after 30 s")
    expect(check).to_contain_text("Expected")
    expect(check.get_by_label("What shows it")).to_contain_text("order 1 sent to made")
    expect(page.locator("#said")).to_contain_text("Order 1 came back after 30 s")
    page.get_by_role("button", name="Begin with an empty shop").click()
    expect(check).to_contain_text("too few")
    _barista(_cashier(decaf), deletes=True)
    expect(check).to_contain_text("Passed. 6 orders sent")
    expect(check).to_contain_text("On AWS")
    _open(page, "#/lessons")
    expect(page.locator(".course .passed")).to_contain_text("2 A buffer")
    page.reload()
    expect(page.locator(".course .passed")).to_contain_text("2 A buffer")


def test_a_lesson_that_was_passed_in_a_terminal_is_seen_in_the_list(page: Page, decaf: Decaf) -> None:
    account = "345678901202"  # as that of a folder
    sqs = decaf.client("sqs", account)
    for name in ("orders", "made"):
        sqs.create_queue(QueueName=name)
    _barista(_cashier(decaf, account), deletes=True)
    _open(page, "#/lessons")
    expect(page.locator(".course .passed")).to_contain_text("2 A buffer")
    page.get_by_role("link", name="2 A buffer").click()
    expect(page.locator(".pointing")).to_contain_text(f"AWS_ACCESS_KEY_ID={account}")
    expect(page.locator(".node")).to_have_count(2)
    page.reload()
    expect(page.locator(".pointing")).to_contain_text(f"AWS_ACCESS_KEY_ID={account}")
    expect(page.locator(".check")).to_contain_text("Passed.")
    sqs.close()


def test_a_lesson_that_is_open_follows_the_programs_to_their_account(page: Page, decaf: Decaf) -> None:
    _open(page, "#/lessons?n=2")
    expect(page.locator(".pointing")).to_contain_text(f"AWS_ACCESS_KEY_ID={ACCOUNT}")
    account = "345678901202"
    first, second = (decaf.client("sqs", each) for each in (account, "445678901202"))
    first.create_queue(QueueName="orders")
    expect(page.locator(".pointing")).to_contain_text(f"AWS_ACCESS_KEY_ID={account}")
    second.create_queue(QueueName="orders")
    page.get_by_role("link", name="445678901202").click()
    expect(page.locator(".pointing")).to_contain_text("AWS_ACCESS_KEY_ID=445678901202")
    for client in (first, second):
        client.close()


def test_the_map_has_the_shop_of_the_lesson_alone(page: Page, decaf: Decaf, sqs: Any) -> None:
    sqs.create_queue(QueueName="another")
    _begin(page)
    expect(page.locator(".node")).to_have_count(2)
    sqs.create_queue(QueueName="one-more")
    _cashier(decaf).close()
    expect(page.locator(".node", has_text="orders")).to_contain_text("6 messages")
    expect(page.locator(".node")).to_have_count(2)


def test_hints_come_one_by_one(page: Page) -> None:
    _open(page, "#/lessons?n=2")
    page.get_by_role("button", name="Show a hint").click()
    expect(page.locator(".hints li")).to_have_count(1)
    page.get_by_role("button", name="Another hint (2 of 3)").click()
    page.get_by_role("button", name="Another hint (3 of 3)").click()
    expect(page.locator(".hints li")).to_have_count(3)
    expect(page.get_by_role("button", name="hint")).to_have_count(0)


def test_a_lesson_is_done_with_keys_alone(page: Page) -> None:
    _open(page, "#/lessons?n=2")
    expect(page.get_by_role("heading", name="2 A buffer")).to_be_visible()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
    for name in ("Begin with an empty shop", "Check now", "Show a hint", "Copy"):
        assert name in reached


def test_a_check_is_made_when_something_happens_and_not_before(page: Page, decaf: Decaf, sqs: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _begin(page)
    expect(page.locator(".check")).to_contain_text("too few")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("button", name="Check now")).to_be_enabled()
    client = _cashier(decaf)
    expect(page.locator(".check")).to_contain_text("nobody has received")
    client.close()
    checks = [url for url in asked if url.endswith("/lesson/check")]
    assert 2 <= len(checks) <= 8


def test_a_lesson_that_does_not_exist_is_said_so(browser: Browser, decaf: Decaf) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{decaf.url}/_decaf/ui/#/lessons?n=99")
    expect(page.locator(".answer")).to_contain_text("there is no lesson 99")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_lessons_are_accessible_and_fit(browser: Browser, decaf: Decaf, scheme: Any, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(f"{decaf.url}/_decaf/ui/#/lessons")
    expect(page.get_by_role("link", name="2 A buffer")).to_be_visible()
    found = [Axe().run(page)]
    page.get_by_role("link", name="2 A buffer").click()
    page.get_by_role("button", name="Begin with an empty shop").click()
    page.get_by_role("button", name="Show a hint").click()
    expect(page.locator(".check")).to_contain_text("too few")
    found.append(Axe().run(page))
    _barista(_cashier(decaf), deletes=True)
    expect(page.locator(".check")).to_contain_text("Passed.")
    found.append(Axe().run(page))
    for each in found:
        assert each.violations_count == 0, each.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
