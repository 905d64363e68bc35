"""A coffee shop in which whatever SQS can refuse is refused: queues in every state that an error asks for."""

from __future__ import annotations

import base64
import json
from typing import Any

IN_FLIGHT = 2  # messages that a queue of the shop's server can have in flight


class Shop:
    """The shop of one account. `fill` puts its names into what a row sends, and into what it is told."""

    def __init__(self, sqs: Any, server: str, account: str) -> None:
        self._sqs = sqs
        arn = f"arn:aws:sqs:us-east-1:{account}:"
        self._names = {"$account": account, "$arn:": arn, "$server": f"{server}/"}
        for name in ("orders", "spare", "full", "purged", "deleted"):
            self._open(name)
        self._open("small", MaximumMessageSize="1024")
        for name in ("orders.fifo", "dead.fifo", "spare.fifo"):
            self._open(name, FifoQueue="true")
        for name in ("dead", "busy", "stopped"):
            self._open(name)
            policy = json.dumps({"deadLetterTargetArn": arn + name, "maxReceiveCount": 1})
            self._open(f"source-of-{name}", RedrivePolicy=policy)
        self._names["$nowhere"] = f"{server}/{account}/nowhere"
        sqs.purge_queue(QueueUrl=self._names["$purged"])
        sqs.delete_queue(QueueUrl=self._names["$deleted"])
        sqs.add_permission(
            QueueUrl=self._names["$orders"], Label="taken", AWSAccountIds=[account], Actions=["SendMessage"]
        )
        self._hand_out()
        self._move(arn)

    def fill(self, value: Any) -> Any:
        """`value` with what stands for the names in it; the longest name that fits is meant."""
        if isinstance(value, dict):
            return {self.fill(key): self.fill(held) for key, held in value.items()}
        if isinstance(value, list):
            return [self.fill(held) for held in value]
        if isinstance(value, str) and "$" in value:
            for name in sorted(self._names, key=len, reverse=True):
                value = value.replace(name, self._names[name])
        return value

    def _open(self, name: str, **attributes: str) -> None:
        self._names[f"${name}"] = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def _hand_out(self) -> None:
        """Receipt handles: one in flight, one of a deleted message, another queue's, one that has expired."""
        orders, full, fifo = (self._names[name] for name in ("$orders", "$full", "$orders.fifo"))
        self._names["$gone-handle"] = self._received(orders)
        self._sqs.delete_message(QueueUrl=orders, ReceiptHandle=self._names["$gone-handle"])
        self._names["$handle"] = self._received(orders)
        for _ in range(IN_FLIGHT):
            self._names["$other-handle"] = self._received(full)
        ids = {"MessageGroupId": "bar", "MessageDeduplicationId": "1"}
        self._sqs.send_message(QueueUrl=fifo, MessageBody="latte", **ids)
        expired = self._sqs.receive_message(QueueUrl=fifo, VisibilityTimeout=0)["Messages"]
        self._names["$expired-handle"] = expired[0]["ReceiptHandle"]

    def _received(self, url: str) -> str:
        self._sqs.send_message(QueueUrl=url, MessageBody="latte")
        handle: str = self._sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
        return handle

    def _move(self, arn: str) -> None:
        """Move tasks: one that runs as long as the clock stands still, one that was stopped, one that never was."""
        self._sqs.start_message_move_task(SourceArn=f"{arn}busy")
        stopped = self._sqs.start_message_move_task(SourceArn=f"{arn}stopped")["TaskHandle"]
        self._sqs.cancel_message_move_task(TaskHandle=stopped)
        named = json.dumps({"taskId": "none", "sourceArn": f"{arn}dead"})
        self._names["$stopped-task"] = stopped
        self._names["$unknown-task"] = base64.b64encode(named.encode()).decode()
