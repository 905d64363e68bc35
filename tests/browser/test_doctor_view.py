"""The view of the doctor in a real browser: findings, the way to their queue, and their command to copy."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


@pytest.fixture
def orders(sqs: Any) -> str:
    """The ARN of a queue whose dead letters expire as soon as its own messages."""
    arn = "QueueArn"
    failed = sqs.create_queue(QueueName="failed")["QueueUrl"]
    target = sqs.get_queue_attributes(QueueUrl=failed, AttributeNames=[arn])["Attributes"][arn]
    policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 3})
    sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": policy})
    return str(target)


def _open(page: Page) -> None:
    page.evaluate("() => { location.hash = '#/doctor' }")


def test_where_nothing_is_wrong_it_says_so(page: Page) -> None:
    _open(page)
    expect(page.locator("#main .note")).to_contain_text("Nothing was found")


def test_a_finding_has_its_evidence_and_a_command_to_copy(page: Page, orders: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(page)
    finding = page.locator("#main article")
    expect(finding).to_have_count(1)
    expect(finding).to_contain_text("warning")
    expect(finding).to_contain_text("MessageRetentionPeriod: failed 345,600 s, orders 345,600 s")
    expect(finding.get_by_role("link", name="failed")).to_have_attribute("href", f"#/queue?arn={quote(orders)}")
    finding.get_by_role("button", name="Copy the command").click()
    assert "MessageRetentionPeriod=1209600" in page.evaluate("navigator.clipboard.readText()")


def test_it_examines_again(page: Page, sqs: Any, orders: str) -> None:
    _open(page)
    expect(page.locator("#main article")).to_have_count(1)
    sqs.set_queue_attributes(QueueUrl="failed", Attributes={"MessageRetentionPeriod": "1209600"})
    page.get_by_role("button", name="Examine again").click()
    expect(page.locator("#main article")).to_have_count(0)


def test_axe_finds_nothing(page: Page, orders: str) -> None:
    _open(page)
    expect(page.locator("#main article")).to_have_count(1)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
