"""The barista takes orders out of the queue `orders`, and makes them."""

import json
from dataclasses import dataclass

from shop import make, queue_url, sqs


@dataclass
class Order:
    order: int
    drink: str


orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        try:
            wanted = Order(**json.loads(message["Body"]))
        except TypeError as error:
            print(f"cannot read {message['Body']}: {error}", flush=True)
            continue
        make(wanted.order)
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
