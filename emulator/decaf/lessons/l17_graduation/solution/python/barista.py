"""The barista makes orders. Several of them work at the same time."""

import json
import os
import time
from threading import Event, Thread

import boto3
from shop import queue_url, sqs

KNOWN_DRINKS = os.environ.get("KNOWN_DRINKS", "latte espresso mocha cake").split()

sns = boto3.client("sns")
orders, made = queue_url("orders.fifo"), queue_url("made.fifo")
ready = sns.create_topic(Name="ready")["TopicArn"]  # returns the topic that there is


def hold(receipt, done):
    """Keep an order in hand, three seconds at a time, until it is done."""
    while not done.wait(1):
        sqs.change_message_visibility(QueueUrl=orders, ReceiptHandle=receipt, VisibilityTimeout=3)


def make(order):
    time.sleep(order["seconds"])
    sqs.send_message(
        QueueUrl=made,
        MessageBody=json.dumps({"order": order["order"]}),
        MessageGroupId=order["customer"],
        MessageDeduplicationId=f"order-{order['order']}",  # a second send of the same order is dropped
    )
    sns.publish(
        TopicArn=ready,
        Message=json.dumps({"order": order["order"]}),
        MessageAttributes={"customer": {"DataType": "String", "StringValue": order["customer"]}},
    )


while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        order, receipt = json.loads(message["Body"]), message["ReceiptHandle"]
        if order["drink"] not in KNOWN_DRINKS:
            print(f"order {order['order']}: nobody knows how to make {order['drink']}", flush=True)
            sqs.change_message_visibility(QueueUrl=orders, ReceiptHandle=receipt, VisibilityTimeout=0)
            continue
        done = Event()
        holder = Thread(target=hold, args=(receipt, done), daemon=True)
        holder.start()
        make(order)
        done.set()
        holder.join()
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=receipt)
        print(f"made order {order['order']} for {order['customer']}", flush=True)
