"""The server of a durable lesson keeps its messages when it is killed."""

from __future__ import annotations

import boto3

from decaf.learn.durable_server import DurableServer


def test_messages_outlive_the_server() -> None:
    with DurableServer() as server:
        url = server.url
        sqs = boto3.client(
            "sqs",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="111122223333",
            aws_secret_access_key="x",
        )
        queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sent = sqs.send_message(QueueUrl=queue, MessageBody="one latte")["MessageId"]
        server.restart()
        assert server.url == url
        [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
        assert message["MessageId"] == sent
        sqs.close()
