"""The cashier puts orders into the queue, one by one, in batches, or for later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cafe.order import Order
from cafe.settings import Settings

BATCH = 10  # messages, at most, of one SendMessageBatch


class Cashier:
    """Takes orders. `sqs` is a boto3 client."""

    def __init__(self, settings: Settings, sqs: Any) -> None:
        self._orders = settings.orders
        self._sqs = sqs

    def take(self, order: Order, later: int = 0) -> str:
        """Queue an order, to be made from `later` seconds on; gives its message id."""
        sent = self._sqs.send_message(QueueUrl=self._orders, DelaySeconds=later, **_message(order))
        message_id: str = sent["MessageId"]
        return message_id

    def take_all(self, orders: Sequence[Order]) -> list[Order]:
        """Queue many orders; gives those that the queue did not take."""
        refused = []
        for start in range(0, len(orders), BATCH):
            batch = orders[start : start + BATCH]
            entries = [{"Id": str(number), **_message(order)} for number, order in enumerate(batch)]
            answer = self._sqs.send_message_batch(QueueUrl=self._orders, Entries=entries)
            refused += [batch[int(failed["Id"])] for failed in answer.get("Failed", ())]
        return refused

    def line(self) -> int:
        """How many orders wait."""
        name = "ApproximateNumberOfMessages"
        answer = self._sqs.get_queue_attributes(QueueUrl=self._orders, AttributeNames=[name])
        return int(answer["Attributes"][name])


def _message(order: Order) -> dict[str, Any]:
    return {
        "MessageBody": order.to_body(),
        "MessageAttributes": {"drink": {"DataType": "String", "StringValue": order.drink}},
    }
