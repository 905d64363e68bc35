"""The server of a durable lesson keeps its messages when it is killed."""

from __future__ import annotations

import subprocess
import sys
from socket import create_connection

import boto3

from decaf.learn.durable_server import DurableServer

# Starts a server, prints its URL, and waits to be killed.
RUNNER = """
from decaf.learn.durable_server import DurableServer
with DurableServer() as server:
    print(server.url, flush=True)
    input()
"""


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


def test_it_ends_with_a_runner_that_is_killed() -> None:
    command = [sys.executable, "-c", RUNNER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        port = int(runner.stdout.readline().rpartition(":")[2])
        with create_connection(("127.0.0.1", port), timeout=20) as connection:
            runner.kill()
            assert connection.recv(1) == b""  # the end, when the server ends
