"""A function that sends to the queue that invokes it: SDKs pass the trace header on, which counts the rounds."""

from __future__ import annotations

from pathlib import Path

from decaf.testing import Settings
from tests.live import Live

CODE = """
import os

import boto3

sqs = boto3.client("sqs")


def count(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=str(int(record["body"]) + 1))
"""


def test_a_function_that_feeds_its_own_queue_is_stopped_after_sixteen_rounds(tmp_path: Path) -> None:
    """AWS Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops"."""
    (tmp_path / "loop.py").write_text(CODE)
    with Live(Settings(port=0)) as live:
        queue = live.client("sqs").create_queue(QueueName="rounds")["QueueUrl"]
        live.control.add_function("count", "loop.count", path=str(tmp_path), timeout=20, environment={"QUEUE": queue})
        live.control.map_queue("rounds", "count")
        live.client("sqs").send_message(QueueUrl=queue, MessageBody="0")
        live.control.advance(1)
        assert [message.body for message in live.control.messages("rounds")] == ["16"]
        (failed,) = live.control.events("BatchFailed")
        assert "a loop" in str(failed.reason)
