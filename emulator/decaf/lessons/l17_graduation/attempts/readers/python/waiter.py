"""The waiter takes orders that are for later out of the queue `later`, when it is time, and puts them to the others."""

import json

from shop import queue_url, sqs

orders, later = queue_url("orders.fifo"), queue_url("later")
while True:
    answer = sqs.receive_message(QueueUrl=later, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        order = json.loads(message["Body"])
        sqs.send_message(
            QueueUrl=orders,
            MessageBody=message["Body"],
            MessageGroupId=order["customer"],
            MessageDeduplicationId=f"order-{order['order']}",
        )
        sqs.delete_message(QueueUrl=later, ReceiptHandle=message["ReceiptHandle"])
