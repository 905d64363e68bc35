"""The view of calls in a real browser: what clients of AWS called, one call in full, and its forms to copy."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from botocore.config import Config
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, Page, expect

from decaf.testing import Decaf


@pytest.fixture
def orders(sqs: Any) -> str:
    """The URL of a queue from which was received, though it was empty, and a call that was refused."""
    url = str(sqs.create_queue(QueueName="orders")["QueueUrl"])
    sqs.receive_message(QueueUrl=url)
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="missing")
    return url


def _open(page: Page, fragment: str) -> None:
    page.evaluate("fragment => { location.hash = fragment }", fragment)


def test_calls_are_listed_the_newest_first_refused_ones_and_empty_receives_too(page: Page, orders: str) -> None:
    _open(page, "#/calls")
    rows = page.locator(".row")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("GetQueueUrl")
    expect(rows.nth(0)).to_contain_text("QueueDoesNotExist")
    expect(rows.nth(1)).to_contain_text("nothing")
    expect(rows.nth(2)).to_contain_text("boto3")


def test_a_call_is_shown_in_full_with_the_forms_to_copy(page: Page, decaf: Decaf, orders: str) -> None:
    barista = decaf.client("sqs", config=Config(user_agent_appid="barista"))
    sent = barista.send_message(QueueUrl=orders, MessageBody='{"drink": "latte"}')["MessageId"]
    barista.close()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(page, "#/calls")
    page.locator(".row", has_text="barista").click()
    detail = page.locator(".detail")
    expect(detail.locator("pre.body").first).to_contain_text('"MessageBody"')
    expect(detail.locator("pre.body").nth(1)).to_contain_text(sent)
    expect(detail.get_by_role("link", name=sent[:8])).to_have_attribute("href", f"#/message?id={sent}")
    detail.get_by_role("button", name="Copy for boto3").click()
    assert "sqs.send_message(" in page.evaluate("navigator.clipboard.readText()")
    detail.get_by_role("button", name="Copy for AWS CLI 2").click()
    assert f"--endpoint-url {decaf.url}" in page.evaluate("navigator.clipboard.readText()")
    detail.get_by_text("Headers").click()
    expect(detail).to_contain_text("***")
    expect(detail).not_to_contain_text("AWS4-HMAC")


def test_calls_are_filtered_and_the_address_has_the_filter(page: Page, orders: str) -> None:
    _open(page, "#/calls")
    page.get_by_label("Errors only").check()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".note").first).to_have_text("1 of 3 calls")
    page.reload()
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_label("Errors only").uncheck()
    page.get_by_label("Filter calls").fill("receive")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("ReceiveMessage")


def test_new_calls_appear_and_wait_while_the_list_is_held(page: Page, sqs: Any, orders: str) -> None:
    _open(page, "#/calls")
    expect(page.locator(".row")).to_have_count(3)
    sqs.receive_message(QueueUrl=orders)
    expect(page.locator(".row")).to_have_count(4)
    page.get_by_role("button", name="Hold the list").click()
    sqs.list_queues()
    expect(page.get_by_role("button", name="Show 1 new call")).to_be_visible()
    expect(page.locator(".row")).to_have_count(4)
    page.get_by_role("button", name="Show 1 new call").click()
    expect(page.locator(".row").first).to_contain_text("ListQueues")


def test_the_call_that_is_open_stays_selected_when_others_come(page: Page, sqs: Any, orders: str) -> None:
    _open(page, "#/calls")
    page.locator(".row", has_text="CreateQueue").click()
    sqs.list_queues()
    expect(page.locator(".row")).to_have_count(4)
    expect(page.locator('.row[aria-selected="true"]')).to_contain_text("CreateQueue")


def test_a_queue_and_a_topic_lead_to_their_calls(page: Page, sns: Any, orders: str) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    _open(page, "#/queue?arn=arn:aws:sqs:us-east-1:000000000000:orders")
    page.get_by_role("link", name="Calls about it").click()
    expect(page.get_by_role("heading", name="Calls about orders")).to_be_visible()
    expect(page.locator(".row")).to_have_count(2)
    _open(page, f"#/topic?arn={topic}")
    page.get_by_role("link", name="Calls about it").click()
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_role("link", name="All calls").click()
    expect(page.locator(".row")).to_have_count(4)


def test_calls_are_walked_through_with_keys_alone(page: Page, orders: str) -> None:
    _open(page, "#/calls")
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("/")
    expect(page.get_by_label("Filter calls")).to_be_focused()
    page.locator(".rows").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".detail h2")).to_have_text("GetQueueUrl")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".detail h2")).to_have_text("ReceiveMessage")


def test_the_shortcut_of_one_key_can_be_switched_off(page: Page, orders: str) -> None:
    _open(page, "#/calls")
    page.get_by_label("The key / puts the cursor into the search").uncheck()
    page.locator(".rows").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter calls")).not_to_be_focused()
    page.reload()
    expect(page.get_by_label("The key / puts the cursor into the search")).not_to_be_checked()


def test_after_a_reset_the_list_goes_on(page: Page, decaf: Decaf, sqs: Any, orders: str) -> None:
    _open(page, "#/calls")
    expect(page.locator(".row")).to_have_count(3)
    decaf.control.reset()
    sqs.list_queues()
    expect(page.locator(".row").first).to_contain_text("ListQueues")


def test_hostile_texts_in_a_call_do_nothing(page: Page, sqs: Any, orders: str) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">\u202e"
    sqs.send_message(QueueUrl=orders, MessageBody=hostile)
    _open(page, "#/calls")
    page.locator(".row", has_text="SendMessage").click()
    expect(page.locator(".detail pre.body").first).to_contain_text("<img src=x")
    assert page.locator("main img").count() == 0
    assert page.title() != "owned"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_call_in_full_is_accessible_and_fits_a_phone(
    browser: Browser, decaf: Decaf, orders: str, scheme: Any
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(f"{decaf.url}/_decaf/ui/#/calls")
    for name in ("GetQueueUrl", "ReceiveMessage"):
        page.locator(".row", has_text=name).click()
        expect(page.locator(".detail h2")).to_have_text(name)
        expect(page.get_by_role("button", name="Copy for boto3")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_a_row_is_clicked_though_others_come_between_the_press_and_the_release(page: Page, orders: str) -> None:
    _open(page, "#/calls")
    row = page.locator(".row", has_text="CreateQueue")
    expect(row).to_be_visible()
    box = row.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 17)
    page.mouse.down()
    page.evaluate("document.querySelector('.rows').dispatchEvent(new Event('scroll'))")  # the rows are drawn again
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.up()
    expect(page.locator(".detail h2")).to_have_text("CreateQueue")
