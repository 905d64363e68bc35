"""The cashier takes orders, and a second thread makes them."""

import json
import os
from threading import Thread

from shop import make, queue_url, sqs

NEW_MENU = os.environ.get("MENU") == "new"
orders = queue_url("orders")


def work():
    while messages := sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            make(json.loads(message["Body"])["order"])
            sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])


barista = Thread(target=work)
barista.start()
for order in range(6, 11) if NEW_MENU else range(1, 6):
    message = {"order": order, "drink": "latte"} | ({"milk": "oat"} if NEW_MENU else {})
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps(message))
barista.join()
