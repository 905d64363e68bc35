"""Takes docs/trace.png: the trace of a test that fails, in Chromium.

Rule: nothing is staged. The test is run, and the file that pytest leaves is opened as a person opens it.

    python -m scripts.trace_picture
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).parent.parent / "docs" / "trace.png"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

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


def _take(page: Page) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder, "test_coffee.py")
        test.write_text(textwrap.dedent(FAILING_TEST), encoding="utf-8")
        pytest = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
        subprocess.run([*pytest, "--decaf-trace=retain-on-failure", test.name], cwd=folder, check=False)
        (file,) = Path(folder, "decaf-traces").iterdir()
        page.goto(file.as_uri())
        page.locator("svg.map .node").first.wait_for()
        page.screenshot(path=PICTURE, clip={"x": 0, "y": 0, "width": 1280, "height": 740})


def main() -> None:
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _take(browser.new_page(viewport={"width": 1280, "height": 800}))
        browser.close()


if __name__ == "__main__":
    main()
