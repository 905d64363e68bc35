"""Clients that never stop, whatever becomes of the server, and who know what they were promised.

Rule: a call that was not answered is made again where that is harmless (a FIFO queue's or topic's, which tells
duplicates), and else remembered as one that may have been done.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.durable.calls import Calls, Refusal, Unanswered
from tests.durable.process import Process

HIDDEN = 3_600  # seconds for which what is received stays in flight
_FIFO = {"FifoQueue": "true", "VisibilityTimeout": str(HIDDEN)}
_GROUPS = 3


@dataclass(slots=True)
class Known:
    """What was asked for, and what of that was answered."""

    sent: set[str] = field(default_factory=set)
    promised: set[str] = field(default_factory=set)
    received: Counter[str] = field(default_factory=Counter)
    deleting: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    in_order: dict[str, list[int]] = field(default_factory=dict)  # what came from a FIFO queue, by group
    numbers: dict[str, list[int]] = field(default_factory=dict)  # sequence numbers, by what gave them
    last: dict[str, int] = field(default_factory=dict)  # what was promised last, by group


class Load:
    """The clients of one server; `stop` ends them, and raises what went wrong with one."""

    def __init__(self, server: Process) -> None:
        self._server = server
        self.known = Known()
        self._up = threading.Event()
        self._stopping = threading.Event()
        self._failures: list[BaseException] = []
        self._make_everything()
        self._up.set()
        works = [self._send, self._send, self._receive, self._publish, self._take, self._publish_in_order]
        works += [partial(self._send_in_order, group) for group in range(_GROUPS)]
        self._threads = [threading.Thread(target=self._work, args=(work,)) for work in works]
        for thread in self._threads:
            thread.start()

    @contextmanager
    def away(self) -> Any:
        """While this lasts, nobody calls again who was not answered."""
        self._up.clear()
        yield
        self._up.set()

    def stop(self) -> None:
        self._stopping.set()
        self._up.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        if self._failures:
            raise self._failures[0]

    def _make_everything(self) -> None:
        sqs, sns = self._server.client("sqs"), self._server.client("sns")
        for name in ("plain", "one", "two"):
            sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(HIDDEN)})
        for name in ("ordered.fifo", "told.fifo"):
            sqs.create_queue(QueueName=name, Attributes=_FIFO)
        self._topic = sns.create_topic(Name="news")["TopicArn"]
        self._fifo_topic = sns.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
        for topic, queue in ((self._topic, "one"), (self._topic, "two"), (self._fifo_topic, "told.fifo")):
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        sqs.close()
        sns.close()

    def _work(self, work: Callable[[Calls], None]) -> None:
        try:
            with Calls(self._server.port) as calls:
                work(calls)
        except BaseException as error:
            self._failures.append(error)

    def _again(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """The answer to a call that is made until it is answered; None once all is over."""
        while not self._stopping.is_set():
            try:
                return call()
            except Unanswered:
                self._pause()
            except Refusal as refusal:
                if refusal.status != 503:
                    raise
        return None

    def _pause(self) -> None:
        """Until the server is there again; that it has gone is known to nobody at first."""
        self._stopping.wait(0.02)
        self._up.wait()

    def _bodies(self, name: str) -> Any:
        for number in itertools.count():
            if self._stopping.is_set():
                return
            yield f"{name}-{threading.get_ident()}-{number}"

    def _send(self, calls: Calls) -> None:
        for body in self._bodies("sent"):
            self.known.sent.add(body)
            try:
                calls.sqs("SendMessage", QueueUrl="plain", MessageBody=body)
            except Unanswered:
                self._pause()
                continue
            self.known.promised.add(body)

    def _receive(self, calls: Calls) -> None:
        while not self._stopping.is_set():
            try:
                got = calls.sqs("ReceiveMessage", QueueUrl="plain", MaxNumberOfMessages=10).get("Messages", [])
                self.known.received.update(message["Body"] for message in got)
                for message in got[::2]:
                    self.known.deleting.add(message["Body"])
                    calls.sqs("DeleteMessage", QueueUrl="plain", ReceiptHandle=message["ReceiptHandle"])
                    self.known.deleted.add(message["Body"])
            except Unanswered:
                self._pause()
                continue

    def _publish(self, calls: Calls) -> None:
        for body in self._bodies("news"):
            self.known.published.add(body)
            try:
                calls.sns("Publish", TopicArn=self._topic, Message=body)
            except Unanswered:
                self._pause()
                continue
            self.known.announced.add(body)

    def _send_in_order(self, group: int, calls: Calls) -> None:
        def send(number: int) -> dict[str, Any]:
            return calls.sqs(
                "SendMessage",
                QueueUrl="ordered.fifo",
                MessageBody=str(number),
                MessageGroupId=f"g{group}",
                MessageDeduplicationId=f"{group}-{number}",
            )

        self._in_order(f"g{group}", send)

    def _publish_in_order(self, calls: Calls) -> None:
        def publish(number: int) -> dict[str, Any]:
            return calls.sns(
                "Publish",
                TopicArn=self._fifo_topic,
                Message=str(number),
                MessageGroupId="told",
                MessageDeduplicationId=str(number),
            )

        self._in_order("told", publish)

    def _in_order(self, group: str, send: Callable[[int], dict[str, Any]]) -> None:
        for number in itertools.count():
            answer = self._again(partial(send, number))
            if answer is None:
                return
            self.known.last[group] = number
            self.known.numbers.setdefault(group, []).append(int(answer["SequenceNumber"]))

    def _take(self, calls: Calls) -> None:
        """Receive from the FIFO queue, each receive with an id of its own, so that it can be asked for again."""
        for attempt in itertools.count():
            receive = partial(
                calls.sqs,
                "ReceiveMessage",
                QueueUrl="ordered.fifo",
                MaxNumberOfMessages=3,
                AttributeNames=["MessageGroupId"],
                ReceiveRequestAttemptId=str(attempt),
            )
            answer = self._again(receive)
            if answer is None:
                return
            for message in answer.get("Messages", ()):
                group, handle = message["Attributes"]["MessageGroupId"], message["ReceiptHandle"]
                self.known.in_order.setdefault(group, []).append(int(message["Body"]))
                self._again(partial(calls.sqs, "DeleteMessage", QueueUrl="ordered.fifo", ReceiptHandle=handle))


def check(server: Process, known: Known) -> None:
    """Fails unless what the server has now is what was promised."""
    assert all(count == 1 for count in known.received.values()), "something in flight was received"
    server.control.advance(HIDDEN)
    with Calls(server.port) as calls:
        _check_queue(known, [body for body, _ in _drain(calls, "plain")])
        one, two = ([body for body, _ in _drain(calls, name)] for name in ("one", "two"))
        ordered = [*_drain(calls, "ordered.fifo"), *_drain(calls, "told.fifo")]
    assert sorted(one) == sorted(two)
    assert len(one) == len(set(one))
    assert known.announced <= set(one) <= known.published
    for body, group in ordered:
        known.in_order.setdefault(group, []).append(int(body))
    for group, numbers in known.in_order.items():
        _check_order(numbers)
        assert known.last[group] <= numbers[-1] <= known.last[group] + 1
    for numbers in known.numbers.values():
        assert numbers == sorted(set(numbers))


def _check_queue(known: Known, bodies: list[str]) -> None:
    left = set(bodies)
    assert len(bodies) == len(left)
    assert not left & known.deleted
    assert known.promised - known.deleting <= left <= known.sent


def _check_order(numbers: list[int]) -> None:
    """What was in flight when all ended comes once more; all else comes once, in order."""
    assert list(dict.fromkeys(numbers)) == list(range(numbers[-1] + 1))
    assert sum(count - 1 for count in Counter(numbers).values()) <= 3


def _drain(calls: Calls, queue: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while True:
        messages = calls.sqs(
            "ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
        ).get("Messages", ())
        if not messages:
            return found
        for message in messages:
            found.append((message["Body"], message.get("Attributes", {}).get("MessageGroupId", "")))
            calls.sqs("DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
