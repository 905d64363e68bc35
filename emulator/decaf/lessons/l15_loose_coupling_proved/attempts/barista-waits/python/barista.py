"""The barista makes an order, and waits until it is called out: somebody has to see to it."""

import json
import time

from shop import make, queue_url, sqs

orders, made = queue_url("orders"), queue_url("made")


def is_called_out():
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=made, AttributeNames=counts)
    return set(answer["Attributes"].values()) == {"0"}


while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
        while not is_called_out():
            time.sleep(0.05)
