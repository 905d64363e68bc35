"""The only barista who works: the three others look on."""

import json
import os
import time

from machine import brew
from shop import make, queue_url, sqs

orders = queue_url("orders")
while os.environ["AWS_SDK_UA_APP_ID"] != "barista":
    time.sleep(1)
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=5)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])["order"]
        brew(order)
        make(order)
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
