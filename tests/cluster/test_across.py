"""What one shard delivers to topics and queues of another survives a crash of either node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decaf.testing.control import Control
from tests.cluster.processes import Node, NodeSet, node_set, until
from tests.postgres.server import Postgres

TOPICS, QUEUES = "000000000001", "000000000003"  # accounts
TEXTS = [str(number) for number in range(40)]


@pytest.fixture
def nodes(postgres: Postgres, tmp_path: Path) -> Iterator[NodeSet]:
    """Two nodes that have a shard each: 0 is that of TOPICS, and 1 of QUEUES."""
    with node_set(postgres.make_database(), tmp_path) as made:
        for _ in range(2):
            made.start("--shards", "2")
        until(lambda: sorted(node.health()["shards"] for node in made.all) == [[0], [1]])
        for account in (TOPICS, QUEUES):
            made.all[0].client(account=account).list_queues()
        yield made


def owner(nodes: NodeSet, shard: int) -> Node:
    return next(node for node in nodes.all if node.health()["shards"] == [shard])


def _subscribed(node: Node) -> tuple[tuple[str, str], tuple[str, str]]:
    """Returns a topic and the queue that it delivers to, and the same for a FIFO topic."""
    pairs = []
    for name, kind in (("orders", ""), ("orders.fifo", "Fifo")):
        queue_kind = {"FifoQueue": "true"} if kind else {}
        topic_kind = {"FifoTopic": "true"} if kind else {}
        queue = node.client(account=QUEUES).create_queue(QueueName=name, Attributes=queue_kind)["QueueUrl"]
        topic = node.client("sns", account=TOPICS).create_topic(Name=name, Attributes=topic_kind)["TopicArn"]
        node.client("sns", account=QUEUES).subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:{QUEUES}:{name}",
            Attributes={"RawMessageDelivery": "true"},
        )
        pairs.append((topic, queue))
    return pairs[0], pairs[1]


def _publish(sns: Any, topic: str) -> None:
    for text in TEXTS:
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": text} if topic.endswith(".fifo") else {}
        sns.publish(TopicArn=topic, Message=text, **fifo)


def _received(sqs: Any, queue: str, count: int) -> list[str]:
    """Returns so many messages of a queue, and whatever more there is."""
    found: list[str] = []

    def receive() -> bool:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(set(found)) >= count and not messages

    until(receive)
    return found


@pytest.mark.parametrize("dies", ["the sending node", "the receiving node"])
def test_what_was_published_arrives_although_a_node_dies_before_it_is_delivered(nodes: NodeSet, dies: str) -> None:
    sending, receiving = owner(nodes, 0), owner(nodes, 1)
    (topic, queue), (fifo_topic, fifo_queue) = _subscribed(sending)
    receiving.stop()
    sns = sending.client("sns", account=TOPICS)
    _publish(sns, topic)
    _publish(sns, fifo_topic)
    if dies == "the sending node":
        sending.kill()
        receiving.go_on()
        left = receiving
    else:
        receiving.kill()
        left = sending
    until(lambda: left.health()["shards"] == [0, 1])
    sqs = left.client(account=QUEUES, attempts=5)
    path = queue.partition("127.0.0.1")[2].partition("/")[2]
    found = _received(sqs, f"{left.url}/{path}", len(TEXTS))
    assert set(found) == set(TEXTS)
    path = fifo_queue.partition("127.0.0.1")[2].partition("/")[2]
    assert _received(sqs, f"{left.url}/{path}", len(TEXTS)) == TEXTS


@pytest.mark.parametrize("dies", ["the sending node", "the receiving node"])
def test_what_services_sent_arrives_although_a_node_dies_before_it_is_delivered(nodes: NodeSet, dies: str) -> None:
    sending, receiving = owner(nodes, 0), owner(nodes, 1)
    sqs, sns = sending.client(account=QUEUES), sending.client("sns", account=QUEUES)
    queues = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("events", "outcomes")}
    topic = sns.create_topic(Name="events")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:{QUEUES}:events",
        Attributes={"RawMessageDelivery": "true"},
    )
    function = f"arn:aws:lambda:us-east-1:{TOPICS}:function:brew"
    outcomes = f"arn:aws:sqs:us-east-1:{QUEUES}:outcomes"
    Control(sending.url).add_function(function, command=("cat",), on_success=outcomes)
    apps, functions = sending.client("sns", account=TOPICS), sending.client("lambda", account=TOPICS)
    attributes = {"PlatformCredential": "key", "EventEndpointCreated": topic}
    app = apps.create_platform_application(Name="shop", Platform="GCM", Attributes=attributes)["PlatformApplicationArn"]
    receiving.stop()
    for text in TEXTS:
        apps.create_platform_endpoint(PlatformApplicationArn=app, Token=text, CustomUserData=text)
        functions.invoke(FunctionName=function, InvocationType="Event", Payload=text.encode())
    if dies == "the sending node":
        sending.kill()
        receiving.go_on()
        left = receiving
    else:
        receiving.kill()
        left = sending
    until(lambda: left.health()["shards"] == [0, 1])
    sqs = left.client(account=QUEUES, attempts=5)
    paths = {name: url.partition("127.0.0.1")[2].partition("/")[2] for name, url in queues.items()}
    events = map(json.loads, _received(sqs, f"{left.url}/{paths['events']}", len(TEXTS)))
    assert {event["Attributes"]["CustomUserData"] for event in events} == set(TEXTS)
    records = map(json.loads, _received(sqs, f"{left.url}/{paths['outcomes']}", len(TEXTS)))
    assert {str(record["responsePayload"]) for record in records} == set(TEXTS)
