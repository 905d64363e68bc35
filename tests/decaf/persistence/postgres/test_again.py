"""Whatever is done, and wherever the commits are between it: the state can be made again from what PostgreSQL has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decaf_protocol import AWSError
from tests.again import check_followed
from tests.decaf.sns.cloud import Cloud
from tests.follower import Follower
from tests.postgres.owning import keeper
from tests.postgres.server import Postgres

QUEUES = ("orders", "orders.fifo")
TEXTS = ("espresso", "mo\0cha", "\U0001f600", "x" * 3_000)


class Played:
    """A cloud, and a database with all that changed in it."""

    def __init__(self, database: str) -> None:
        self.cloud = Cloud(access="off")
        self.kept = keeper(database)
        self.follower = Follower(self.cloud.world, lambda write: None, self.kept)
        self.handles: dict[str, list[str]] = {name: [] for name in QUEUES}
        for name in QUEUES:
            self.create(name, 0)
        topic = self.cloud.topic("news.fifo", FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}')
        self.cloud.subscribe(topic, "sqs", "arn:aws:sqs:us-east-1:111111111111:orders.fifo", RawMessageDelivery="true")
        self.topic = topic

    def create(self, queue: str, number: int) -> None:
        attributes = {"FifoQueue": "true"} if queue.endswith("fifo") else {"VisibilityTimeout": str(number + 1)}
        self._call("CreateQueue", QueueName=queue, Attributes=attributes)

    def send(self, queue: str, number: int) -> None:
        if queue.endswith("fifo"):
            more: dict[str, Any] = {"MessageGroupId": str(number % 2), "MessageDeduplicationId": str(number)}
        else:
            more = {
                "DelaySeconds": number % 3,
                "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\0"}},
            }
        self._call("SendMessage", QueueUrl=queue, MessageBody=TEXTS[number % 4].replace("\0", ""), **more)

    def publish(self, queue: str, number: int) -> None:
        with suppress(AWSError):
            ids = {"MessageGroupId": "a", "MessageDeduplicationId": str(number)}
            self.cloud.sns("Publish", TopicArn=self.topic, Message=TEXTS[number % 4], **ids)

    def receive(self, queue: str, number: int) -> None:
        received = self._call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=number % 10 + 1)
        self.handles[queue] += [each["ReceiptHandle"] for each in received.get("Messages", ())]

    def delete(self, queue: str, number: int) -> None:
        for handle in self.handles[queue][: number % 4]:
            self._call("DeleteMessage", QueueUrl=queue, ReceiptHandle=handle)

    def change(self, queue: str, number: int) -> None:
        for handle in self.handles[queue][-1:]:
            self._call("ChangeMessageVisibility", QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=number % 3)

    def purge(self, queue: str, number: int) -> None:
        self._call("PurgeQueue", QueueUrl=queue)

    def remove(self, queue: str, number: int) -> None:
        self._call("DeleteQueue", QueueUrl=queue)

    def advance(self, queue: str, number: int) -> None:
        self.cloud.advance((0.5, 1.0, 65.0, 400.0, 400_000.0)[number % 5])

    def reset(self, queue: str, number: int) -> None:
        self.cloud.world.reset()

    def write(self, queue: str, number: int) -> None:
        self.follower.write()

    def _call(self, operation: str, **params: Any) -> Any:
        with suppress(AWSError):
            return self.cloud.sqs(operation, **params)
        return {}


OPERATIONS: tuple[Callable[[Played, str, int], None], ...] = (
    *(Played.send, Played.send, Played.receive, Played.receive, Played.delete, Played.change, Played.publish),
    *(Played.write, Played.write, Played.advance, Played.create, Played.purge, Played.remove, Played.reset),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(QUEUES), st.integers(0, 9)), min_size=5, max_size=40
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_state_can_be_made_again_from_the_database(postgres: Postgres, steps: list[Any]) -> None:
    database = postgres.make_database()
    played = Played(database)
    try:
        for operation, queue, number in steps:
            operation(played, queue, number)
        check_followed(played.follower)
    finally:
        played.kept.close()
