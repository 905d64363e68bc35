"""Takes docs/page.png and docs/page-calls.png: the live page with a coffee shop at work, in Chromium.

Rule: nothing is staged. A server runs, boto3 sends and receives, and the page is opened as a person opens it.

    python -m scripts.page_picture
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from playwright.sync_api import Page, sync_playwright

from decaf.base.settings import Settings
from decaf.testing import Decaf

PICTURES = Path(__file__).parent.parent / "docs"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def _queue(sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _coffee_shop(decaf: Decaf) -> None:
    sqs = decaf.client("sqs", config=Config(user_agent_appid="barista"))
    sns = decaf.client("sns", config=Config(user_agent_appid="till"))
    _, dead = _queue(sqs, "orders-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    url, orders = _queue(sqs, "orders", RedrivePolicy=redrive)
    shop = sns.create_topic(Name="orders-placed")["TopicArn"]
    sns.subscribe(TopicArn=shop, Protocol="sqs", Endpoint=orders, Attributes={"RawMessageDelivery": "true"})
    sns.subscribe(TopicArn=shop, Protocol="email", Endpoint="boss@shop.example")
    letters = sns.create_topic(Name="newsletter")["TopicArn"]
    for kind in ("coupons", "trivia", "updates"):
        policy = {"FilterPolicy": json.dumps({"kind": [kind]})}
        sns.subscribe(TopicArn=letters, Protocol="sqs", Endpoint=_queue(sqs, kind)[1], Attributes=policy)
    for number in range(18):
        sns.publish(TopicArn=shop, Message=json.dumps({"order": number, "drink": ("latte", "decaf")[number % 2]}))
        attribute = {"DataType": "String", "StringValue": ("coupons", "trivia", "updates", "coupons")[number % 4]}
        sns.publish(TopicArn=letters, Message="news", MessageAttributes={"kind": attribute})
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=6)["Messages"]:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    for _ in range(2):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2, VisibilityTimeout=0)
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=4)


def _ask_in_vain(decaf: Decaf) -> None:
    """A receive from an empty queue, and a call about a queue that is not there."""
    sqs = decaf.client("sqs", config=Config(user_agent_appid="barista"))
    sqs.receive_message(QueueUrl=_queue(sqs, "complaints")[0])
    with suppress(ClientError):
        sqs.get_queue_url(QueueName="order")


def _take(page: Page, decaf: Decaf) -> None:
    page.goto(decaf.url)
    page.locator(".link.live").wait_for()
    _coffee_shop(decaf)
    page.locator(".edge.redrive", has_text="dead").wait_for()
    page.locator(".token").first.wait_for(state="detached")
    page.screenshot(path=PICTURES / "page.png", clip={"x": 0, "y": 0, "width": 1280, "height": 690})
    _ask_in_vain(decaf)
    page.goto(f"{decaf.url}/_decaf/ui/#/calls")
    page.locator(".row", has_text="QueueDoesNotExist").click()
    page.get_by_role("button", name="Copy for the AWS CLI").wait_for()
    page.screenshot(path=PICTURES / "page-calls.png", clip={"x": 0, "y": 0, "width": 1280, "height": 690})


def main() -> None:
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with Decaf(Settings(port=0)) as decaf, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _take(browser.new_page(viewport={"width": 1280, "height": 800}), decaf)
        browser.close()


if __name__ == "__main__":
    main()
