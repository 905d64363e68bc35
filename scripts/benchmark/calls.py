"""Single calls, sent as prepared bytes and checked: status, message id, body and MD5.

Rule: any wrong response raises WrongAnswer, and is not counted.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from .connection import Answer, Connection, WrongAnswer
from .recorded import BODY, BODY_MD5, client, json_body, recorded

_BATCH = 10
_LONGEST = 43_200  # seconds of visibility timeout
_ATTRIBUTES = {
    "shop": {"DataType": "String", "StringValue": "Rue de la Paix"},
    "price": {"DataType": "Number", "StringValue": "3.80"},
    "picture": {"DataType": "Binary", "BinaryValue": b"a cup"},
}
_ATTRIBUTES_MD5 = "3c179f099fd6af417d22226aea6683e0"  # of the names, types and values, as SQS computes it


class QueueCalls:
    """The calls on one queue of one server, over any connection."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self.queue_url = queue_url
        self._send = recorded(sqs, "send_message", QueueUrl=queue_url, MessageBody=BODY)
        self.plain_send = self._send.parts()
        self._send_attributes = recorded(
            sqs, "send_message", QueueUrl=queue_url, MessageBody=BODY, MessageAttributes=_ATTRIBUTES
        ).parts()
        entries = [{"Id": "0", "MessageBody": BODY}]
        self._batch = recorded(sqs, "send_message_batch", QueueUrl=queue_url, Entries=entries)
        self._receive = recorded(sqs, "receive_message", QueueUrl=queue_url)
        self._delete = recorded(sqs, "delete_message", QueueUrl=queue_url, ReceiptHandle="h")
        handles = [{"Id": "0", "ReceiptHandle": "h"}]
        self._delete_batch = recorded(sqs, "delete_message_batch", QueueUrl=queue_url, Entries=handles)

    async def send(self, connection: Connection) -> None:
        """SendMessage of the one known body."""
        sent = _result(await connection.ask(self.plain_send))
        if not sent.get("MessageId") or sent.get("MD5OfMessageBody") != BODY_MD5:
            raise WrongAnswer(f"SendMessage returned {sent}")

    async def send_with_attributes(self, connection: Connection) -> None:
        """SendMessage of the one known body with three attributes, one of each type."""
        sent = _result(await connection.ask(self._send_attributes))
        if sent.get("MD5OfMessageBody") != BODY_MD5 or sent.get("MD5OfMessageAttributes") != _ATTRIBUTES_MD5:
            raise WrongAnswer(f"SendMessage returned {sent}")

    async def send_numbered(self, connection: Connection, number: int, groups: int = 0) -> None:
        """SendMessage of the body with that number, to one of `groups` groups in turn, if there are any."""
        body = json_body(QueueUrl=self.queue_url, MessageBody=numbered(number), **_group(number, groups))
        sent = _result(await connection.ask(self._send.parts(body)))
        if not sent.get("MessageId") or sent.get("MD5OfMessageBody") != md5(numbered(number)):
            raise WrongAnswer(f"SendMessage returned {sent}")

    async def fill(self, connection: Connection, first: int, count: int, groups: int = 0) -> None:
        """Prepare a queue with `count` messages, numbered from `first`, of `groups` groups in turn, if there are any.

        Digests alone are checked: goaws returns batches under a name of its own, and is measured in other rows.
        """
        for start in range(first, first + count, _BATCH):
            numbers = range(start, min(start + _BATCH, first + count))
            entries = [{"Id": str(n), "MessageBody": numbered(n), **_group(n, groups)} for n in numbers]
            answer = await connection.ask(self._batch.parts(json_body(QueueUrl=self.queue_url, Entries=entries)))
            if answer.status != 200 or not all(md5(numbered(number)).encode() in answer.body for number in numbers):
                raise WrongAnswer(f"SendMessageBatch returned {answer}")

    async def send_ten(self, connection: Connection, first: int) -> None:
        """SendMessageBatch of ten messages, numbered from `first`."""
        numbers = range(first, first + _BATCH)
        entries = [{"Id": str(number), "MessageBody": numbered(number)} for number in numbers]
        request = self._batch.parts(json_body(QueueUrl=self.queue_url, Entries=entries))
        done = _result(await connection.ask(request)).get("Successful", [])
        digests = {entry["Id"]: entry["MD5OfMessageBody"] for entry in done if entry["MessageId"]}
        if digests != {str(number): md5(numbered(number)) for number in numbers}:
            raise WrongAnswer(f"SendMessageBatch returned {done}")

    async def receive(self, connection: Connection, wait: int = 0) -> tuple[str, str]:
        """ReceiveMessage that must find a message; return its body and its receipt handle."""
        wanted = {"QueueUrl": self.queue_url}
        body = json_body(**wanted, WaitTimeSeconds=wait) if wait else json_body(**wanted)
        answered = _result(await connection.ask(self._receive.parts(body)))
        messages = answered.get("Messages", [])
        if len(messages) != 1 or messages[0]["MD5OfBody"] != md5(messages[0]["Body"]):
            raise WrongAnswer(f"ReceiveMessage returned {answered}")
        return messages[0]["Body"], messages[0]["ReceiptHandle"]

    async def hide(self, connection: Connection, count: int) -> None:
        """Take `count` messages into flight, for the longest visibility timeout."""
        for _ in range(0, count, _BATCH):
            body = json_body(QueueUrl=self.queue_url, MaxNumberOfMessages=_BATCH, VisibilityTimeout=_LONGEST)
            messages = _result(await connection.ask(self._receive.parts(body))).get("Messages", [])
            if len(messages) != _BATCH:
                raise WrongAnswer(f"ReceiveMessage returned {len(messages)} messages of many")

    async def receive_ten(self, connection: Connection, outstanding: set[int]) -> list[str]:
        """ReceiveMessage of up to ten messages, which must be outstanding; return their receipt handles."""
        body = json_body(QueueUrl=self.queue_url, MaxNumberOfMessages=_BATCH)
        messages = _result(await connection.ask(self._receive.parts(body))).get("Messages", [])
        numbers = {int(message["Body"][:8]) for message in messages}
        if not messages or len(numbers) < len(messages) or not numbers <= outstanding:
            raise WrongAnswer(f"ReceiveMessage returned {sorted(numbers)}, some of them not sent, or twice, or none")
        outstanding -= numbers
        return [message["ReceiptHandle"] for message in messages]

    async def delete_ten(self, connection: Connection, handles: Sequence[str]) -> None:
        """DeleteMessageBatch of up to ten messages."""
        entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
        body = json_body(QueueUrl=self.queue_url, Entries=entries)
        deleted = _result(await connection.ask(self._delete_batch.parts(body))).get("Successful", [])
        if len(deleted) != len(handles):
            raise WrongAnswer(f"DeleteMessageBatch returned {deleted}")

    async def poll(self, connection: Connection, wait: int) -> None:
        """A long poll on a queue without messages."""
        body = json_body(QueueUrl=self.queue_url, WaitTimeSeconds=wait)
        answered = _result(await connection.ask(self._receive.parts(body)))
        if answered.get("Messages"):
            raise WrongAnswer(f"ReceiveMessage returned {answered}")

    async def delete(self, connection: Connection, handle: str) -> None:
        body = json_body(QueueUrl=self.queue_url, ReceiptHandle=handle)
        answer = await connection.ask(self._delete.parts(body))
        if answer.status != 200:
            raise WrongAnswer(f"DeleteMessage returned {answer}")

    async def receive_and_delete(self, connection: Connection, outstanding: set[int]) -> None:
        """Receive and delete one message, which must be outstanding."""
        body, handle = await self.receive(connection)
        number = int(body[:8])
        if body != numbered(number) or number not in outstanding:
            raise WrongAnswer(f"ReceiveMessage returned a body that was not sent, or returned it twice: {body[:40]}")
        outstanding.remove(number)
        await self.delete(connection, handle)


async def publish(connection: Connection, request: tuple[bytes, bytes]) -> None:
    """Publish of a recorded message."""
    answer = await connection.ask(request)
    if answer.status != 200 or b"<MessageId>" not in answer.body:
        raise WrongAnswer(f"Publish returned {answer}")


async def make_queues(server_url: str, connection: Connection, count: int) -> list[str]:
    """Create queues, and return their URLs."""
    with closing(client("sqs", server_url)) as sqs:
        create = recorded(sqs, "create_queue", QueueName="q")
    names = [unique_name() for _ in range(count)]
    answers = [await connection.ask(create.parts(json_body(QueueName=name))) for name in names]
    return [_result(answer)["QueueUrl"] for answer in answers]


async def delete_queues(server_url: str, connection: Connection, urls: Sequence[str]) -> None:
    with closing(client("sqs", server_url)) as sqs:
        delete = recorded(sqs, "delete_queue", QueueUrl="q")
    for url in urls:
        await connection.ask(delete.parts(json_body(QueueUrl=url)))


def unique_name() -> str:
    """Return a new name: SQS refuses a name within a minute after its queue was deleted."""
    return f"bench-{uuid.uuid4().hex}"


def numbered(number: int) -> str:
    """Return a body of 1 KiB, different for each number."""
    return f"{number:08} {BODY[9:]}"


def _group(number: int, groups: int) -> dict[str, str]:
    return {"MessageGroupId": f"g{number % groups}"} if groups else {}


def _result(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise WrongAnswer(f"HTTP {answer.status}: {answer.body[:300]!r}")
    result: dict[str, Any] = json.loads(answer.body)
    return result


def md5(text: str) -> str:
    """Return the digest of a body, as SQS returns it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
