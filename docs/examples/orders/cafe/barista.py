"""A barista takes orders from the queue, makes the drinks, and says when they are ready.

An order whose drink fails goes back, each time for longer, until the queue gives it up to the dead-letter queue. One
that nobody can ever make goes there at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cafe.order import NotOnTheMenu, Order, from_body
from cafe.settings import Settings

BACKOFF = 10  # seconds until the first retry; the second takes twice as long, and so on


class MachineBroken(Exception):
    """The coffee machine did not do it this time."""


class Barista:
    """`make` makes a drink, or raises MachineBroken. `sqs` and `sns` are boto3 clients."""

    def __init__(self, settings: Settings, sqs: Any, sns: Any, make: Callable[[Order], None]) -> None:
        self._settings = settings
        self._sqs = sqs
        self._sns = sns
        self._make = make

    def work(self, wait: int = 0) -> int:
        """Do what the queue has now, waiting up to `wait` seconds for it; gives how many drinks were made."""
        received = self._sqs.receive_message(
            QueueUrl=self._settings.orders,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return sum(self._serve(message) for message in received.get("Messages", ()))

    def work_until(self, closing: Callable[[], bool]) -> None:
        """Do what comes until `closing()`."""
        while not closing():
            self.work(wait=20)

    def _serve(self, message: dict[str, Any]) -> bool:
        try:
            order = from_body(message["Body"])
            self._make(order)
        except MachineBroken:
            self._put_back(message)
            return False
        except NotOnTheMenu:
            self._sqs.send_message(QueueUrl=self._settings.dead_orders, MessageBody=message["Body"])
            self._delete(message)
            return False
        self._call_out(order)
        self._delete(message)
        return True

    def _put_back(self, message: dict[str, Any]) -> None:
        attempt = int(message["Attributes"]["ApproximateReceiveCount"])
        self._sqs.change_message_visibility(
            QueueUrl=self._settings.orders,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=BACKOFF * attempt,
        )

    def _call_out(self, order: Order) -> None:
        self._sns.publish(
            TopicArn=self._settings.ready,
            Message=f"{order.size} {order.drink} for {order.customer}",
            MessageAttributes={"size": {"DataType": "String", "StringValue": order.size}},
        )

    def _delete(self, message: dict[str, Any]) -> None:
        self._sqs.delete_message(QueueUrl=self._settings.orders, ReceiptHandle=message["ReceiptHandle"])
