"""The account of a lesson without processes: a test makes the calls of all its programs, clock in hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from decaf.lessons.lesson import Lesson
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import STAGE, Wire
from decaf.testing import Decaf

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef


class Shop:
    """A new account with the queues of a lesson. `by` is the name of the program that makes a call."""

    def __init__(self, server: Decaf, lesson: Lesson, account: str) -> None:
        self._server = server
        self._lesson = lesson
        self._account = account
        self._clients: dict[str, SQSClient] = {}
        server.control.reset(account)
        for name, attributes in lesson.text.queues.items():
            self.client(STAGE).create_queue(QueueName=name, Attributes=attributes)

    def client(self, by: str = "barista") -> SQSClient:
        if by not in self._clients:
            config = Config(user_agent_appid=by)
            self._clients[by] = self._server.client("sqs", self._account, config=config)
        return self._clients[by]

    def url(self, queue: str) -> str:
        return str(self.client(STAGE).get_queue_url(QueueName=queue)["QueueUrl"])

    def send(self, *orders: int, by: str = STAGE, queue: str = "orders", **more: Any) -> None:
        for order in orders:
            self.client(by).send_message(QueueUrl=self.url(queue), MessageBody=json.dumps({"order": order}), **more)

    def delete(self, *messages: MessageTypeDef, by: str = "barista", queue: str = "orders") -> None:
        for message in messages:
            self.client(by).delete_message(QueueUrl=self.url(queue), ReceiptHandle=message["ReceiptHandle"])

    def receive(self, by: str = "barista", queue: str = "orders", **more: Any) -> list[MessageTypeDef]:
        answer = self.client(by).receive_message(QueueUrl=self.url(queue), **more)
        messages: list[MessageTypeDef] = answer.get("Messages", [])
        return messages

    def keep(self, message: MessageTypeDef, seconds: int, by: str = "barista", queue: str = "orders") -> None:
        handle = message["ReceiptHandle"]
        self.client(by).change_message_visibility(
            QueueUrl=self.url(queue), ReceiptHandle=handle, VisibilityTimeout=seconds
        )

    def make(self, message: MessageTypeDef, by: str = "barista", queue: str = "orders") -> None:
        """Make an order, and delete its message."""
        self.send(json.loads(message["Body"])["order"], by=by, queue="made")
        self.delete(message, by=by, queue=queue)

    def advance(self, seconds: float) -> None:
        self._server.control.advance(seconds)

    def diagnosis(self) -> str:
        """Returns the code of the diagnosis."""
        verdict = self.verdict()
        assert isinstance(verdict, Diagnosis), verdict
        return verdict.code

    def passed(self) -> Passed:
        verdict = self.verdict()
        assert isinstance(verdict, Passed), verdict
        return verdict

    def verdict(self) -> Verdict:
        return self._lesson.check(Wire.read(self._server.control.of(self._account).trace()))
