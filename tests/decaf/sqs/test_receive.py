"""What a consumer sees of a standard queue, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_message_comes_back_after_its_visibility_timeout(sqs: Any, advance: Callable[[float], None]) -> None:
    url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"
    advance(29)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    advance(1)
    again = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert again["Messages"][0]["Attributes"] == {"ApproximateReceiveCount": "2"}
