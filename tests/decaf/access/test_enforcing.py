"""A server that enforces, asked with boto3: the whole table, and the refusals as AWS words them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from decaf.access.identity import read_identity
from decaf.testing import Decaf, Settings
from tests.decaf.access.callers import NEW_TAGS, TAGS
from tests.decaf.access.table import (
    ALLOWED,
    BY_IDENTITY,
    BY_RESOURCE,
    NO_IDENTITY,
    NO_RESOURCE,
    OTHER,
    OWNER,
    QUEUE,
    ROWS,
    Row,
)
from tests.decaf.access.test_decision import document

KEY, SECRET, TOKEN = "AKIATABLE", "secret", "token"


@pytest.fixture(scope="module")
def server() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, access="enforce", purge_cooldown=0, recreate_cooldown=0)) as server:
        yield server


class Cloud:
    """The queue of the table, on a server that enforces, and those who call it."""

    def __init__(self, server: Decaf) -> None:
        self._server = server
        self.sqs = server.client("sqs", OWNER)
        self.url = self.sqs.create_queue(QueueName="orders", tags=TAGS)["QueueUrl"]
        self.topics = {
            "sns": server.client("sns", OWNER).create_topic(Name="sales")["TopicArn"],
            "sns of other": server.client("sns", OTHER).create_topic(Name="sales")["TopicArn"],
        }

    def set_policy(self, policy: Mapping[str, Any]) -> None:
        text = json.dumps(policy) if policy["Statement"] else ""
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": text})

    def client(self, who: str, policies: list[Any], tags: Mapping[str, str]) -> Any:
        """Returns a client of one of the table's callers."""
        if who == "anonymous":
            return self._server.client("sqs", config=Config(signature_version=UNSIGNED))
        fields: dict[str, dict[str, Any]] = {
            "alice": {"account": OWNER, "user": "alice", "tags": tags, "policies": policies},
            "session": {"account": OWNER, "role": "worker", "session": "one", "tags": tags, "policies": policies},
            "root": {"account": OWNER, "root": True},
            "bob": {"account": OTHER, "user": "bob", "tags": tags, "policies": policies},
            "other root": {"account": OTHER, "root": True},
        }
        identity = {"access_key": KEY, "secret": SECRET, "session_token": TOKEN, **fields[who]}
        self._server.call(self._server.world.access.declare, read_identity(identity))
        return self._server.client("sqs", aws_access_key_id=KEY, aws_secret_access_key=SECRET, aws_session_token=TOKEN)

    def deliver(self, topic: str) -> bool:
        """Publish to a topic. Returns whether the message is in the queue."""
        account = topic.split(":")[4]
        sns = self._server.client("sns", account)
        subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, ReturnSubscriptionArn=True)
        arn = subscribed["SubscriptionArn"]
        subscription = self._server.world.store.find_topic(_arn(topic)).subscriptions[_arn(arn)]  # type: ignore[union-attr]
        self._server.call(subscription.confirm, False)
        self._server.call(self._server.world.store.find_topic(_arn(topic)).forget_subscribers)  # type: ignore[union-attr]
        self.sqs.purge_queue(QueueUrl=self.url)
        sns.publish(TopicArn=topic, Message="hello")
        count = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(count["Attributes"]["ApproximateNumberOfMessages"]) > 0


def _arn(text: str) -> Any:
    from decaf.base.arn import read_arn

    return read_arn(text)


@pytest.fixture
def cloud(server: Decaf) -> Iterator[Cloud]:
    yield Cloud(server)
    server.call(server.world.reset)


CALLS: dict[str, Callable[[Any, str], Any]] = {
    "SendMessage": lambda sqs, url: sqs.send_message(QueueUrl=url, MessageBody="hello"),
    "SendMessageBatch": lambda sqs, url: sqs.send_message_batch(
        QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "hello"}]
    ),
    "ReceiveMessage": lambda sqs, url: sqs.receive_message(QueueUrl=url),
    "DeleteMessage": lambda sqs, url: sqs.delete_message(QueueUrl=url, ReceiptHandle="x"),
    "DeleteMessageBatch": lambda sqs, url: sqs.delete_message_batch(
        QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x"}]
    ),
    "ChangeMessageVisibilityBatch": lambda sqs, url: sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x", "VisibilityTimeout": 1}]
    ),
    "GetQueueAttributes": lambda sqs, url: sqs.get_queue_attributes(QueueUrl=url),
    "GetQueueUrl": lambda sqs, url: sqs.get_queue_url(QueueName="orders", QueueOwnerAWSAccountId=OWNER),
    "PurgeQueue": lambda sqs, url: sqs.purge_queue(QueueUrl=url),
    "ListDeadLetterSourceQueues": lambda sqs, url: sqs.list_dead_letter_source_queues(QueueUrl=url),
    "AddPermission": lambda sqs, url: sqs.add_permission(
        QueueUrl=url, Label="x", AWSAccountIds=[OTHER], Actions=["SendMessage"]
    ),
    "RemovePermission": lambda sqs, url: sqs.remove_permission(QueueUrl=url, Label="x"),
    "DeleteQueue": lambda sqs, url: sqs.delete_queue(QueueUrl=url),
    "ListQueueTags": lambda sqs, url: sqs.list_queue_tags(QueueUrl=url),
    "SetQueueAttributes": lambda sqs, url: sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"}),
    "TagQueue": lambda sqs, url: sqs.tag_queue(QueueUrl=url, Tags=NEW_TAGS),
    "UntagQueue": lambda sqs, url: sqs.untag_queue(QueueUrl=url, TagKeys=["a"]),
}
WHY = {
    "because no identity-based policy allows": NO_IDENTITY,
    "because no resource-based policy allows": NO_RESOURCE,
    "with an explicit deny in an identity-based policy": BY_IDENTITY,
    "with an explicit deny in a resource-based policy": BY_RESOURCE,
}


def answer(cloud: Cloud, row: Row) -> str:
    """Returns what the server decides, in the words of the table."""
    own = [document(row, row.own)] if row.own else []
    try:
        CALLS[row.action](cloud.client(row.who, own, row.tags), cloud.url)
    except ClientError as error:
        code, text = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code == "AccessDenied":
            found = [why for words, why in WHY.items() if words in text]
            return found[0] if found else text
        if code in ("ReceiptHandleIsInvalid", "InvalidParameterValue"):  # of a call that was let through
            return ALLOWED
        return str(text)
    return ALLOWED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.source)
def test_a_request_is_answered_as_documented(cloud: Cloud, row: Row) -> None:
    cloud.set_policy(document(row, row.queue))
    if row.who in cloud.topics:
        assert cloud.deliver(cloud.topics[row.who]) is (row.expected == ALLOWED)
        return
    expected = row.expected
    if row.who == "anonymous" and expected != ALLOWED:
        expected = f"Access to the resource {cloud.url} is denied."
    if row.who == "bob" and row.action == "GetQueueUrl" and expected != ALLOWED:
        expected = "The specified queue does not exist or you do not have access to it."
    assert answer(cloud, row) == expected
