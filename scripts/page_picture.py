"""Takes docs/page.png, the live page with a coffee shop at work, and docs/trace.png, the trace of a failed test.

Rule: nothing is staged. A server runs, boto3 sends and receives, and the page is opened in Chromium as a person opens
it; the trace is the file that pytest leaves of a test that fails.

    python -m scripts.page_picture
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from decaf.base.settings import Settings
from decaf.testing import Decaf

PICTURES = Path(__file__).parent.parent / "docs"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def _queue(sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _coffee_shop(decaf: Decaf) -> None:
    sqs, sns = decaf.client("sqs"), decaf.client("sns")
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


def _take(page: Page, decaf: Decaf) -> None:
    page.goto(decaf.url)
    page.locator(".link.live").wait_for()
    _coffee_shop(decaf)
    page.locator(".edge.redrive", has_text="dead").wait_for()
    page.locator(".token").first.wait_for(state="detached")
    page.screenshot(path=PICTURES / "page.png", clip={"x": 0, "y": 0, "width": 1280, "height": 690})


FAILING_TEST = """
    import json

    def test_the_barista_makes_each_order(sqs, sns, decaf_control, decaf_queue, decaf_topic):
        dead = decaf_queue("orders-dead")
        orders = decaf_queue("orders", RedrivePolicy={"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 2})
        shop = decaf_topic("placed", queues=[orders, decaf_queue("till")], raw=True)
        for number in range(8):
            drink = ("latte", "mocha", "decaf")[number % 3]
            sns.publish(TopicArn=shop, Message=json.dumps({"order": number, "drink": drink}))
        for _ in range(4):
            for order in sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=4).get("Messages", []):
                if "mocha" not in order["Body"]:  # the barista has no cocoa
                    sqs.delete_message(QueueUrl=orders, ReceiptHandle=order["ReceiptHandle"])
            decaf_control.advance(30)
        given_up = len(decaf_control.messages("orders-dead"))
        assert given_up == 0, f"{given_up} orders were given up"

    def arn(sqs, url):
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
"""


def _take_trace(page: Page) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder, "test_coffee.py")
        test.write_text(textwrap.dedent(FAILING_TEST), encoding="utf-8")
        pytest = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
        subprocess.run([*pytest, "--decaf-trace=retain-on-failure", test.name], cwd=folder, check=False)
        (file,) = Path(folder, "decaf-traces").iterdir()
        page.goto(file.as_uri())
        page.locator("svg.map .node").first.wait_for()
        page.screenshot(path=PICTURES / "trace.png", clip={"x": 0, "y": 0, "width": 1280, "height": 740})


def main() -> None:
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with Decaf(Settings(port=0)) as decaf, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _take(browser.new_page(viewport={"width": 1280, "height": 800}), decaf)
        _take_trace(browser.new_page(viewport={"width": 1280, "height": 800}))
        browser.close()


if __name__ == "__main__":
    main()
