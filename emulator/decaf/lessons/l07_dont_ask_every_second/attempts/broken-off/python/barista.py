"""The barista waits at the queue, but its connection waits for a second only."""

import json

import boto3
from botocore.config import Config
from shop import make, queue_url

sqs = boto3.client("sqs", config=Config(read_timeout=1))
orders = queue_url("orders")
while True:
    answer = sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        make(json.loads(message["Body"])["order"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
