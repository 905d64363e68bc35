"""Delivery of what services send by themselves: to a queue, to a topic, or to a function, which is invoked with it.

Rule: they may be of any account and region. Policies are not asked.

Source: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"; Amazon SNS Developer Guide,
"Mobile app events".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from decaf.base.arn import Arn, read_arn
from decaf.base.ids import Ids
from decaf.delivery.transports.lambda_ import Invoke
from decaf.sns.notification import Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.topic import Topic
from decaf.sns.topic_attributes import signature_version
from decaf.sqs import content, digest
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.message import Message, Metadata
from decaf.store import Store

Attributes = Mapping[str, dict[str, str]]

_SENDER = "AROADECAFFUNCTION00000:awslambda"  # the session of a function's role, as SenderId has it

_MISSING = Outcome("it does not exist")


class ServiceMessage(msgspec.Struct, frozen=True):
    """A message for the queue, topic or function with the ARN `target`. `source` is the ARN of the function or platform
    application that it is about.

    `id` is that of the notification which a topic gets, `base_url` the URL by which its subscribers reach this server.
    `depth` counts the functions before one that it is for, each the destination of another.
    """

    id: str
    source: str
    target: str
    body: str
    base_url: str
    subject: str | None = None
    attributes: Attributes | None = None
    trace_header: str | None = None
    depth: int = 0

    @property
    def account(self) -> str:
        """The account of `source`."""
        return self.source.split(":")[4]

    @property
    def to(self) -> Arn:
        """The parts of `target`."""
        arn = read_arn(self.target)
        assert arn is not None
        return arn


class ToDestinations:
    """Delivers to the queues, topics and functions that this world has; to topics by `publish`."""

    def __init__(
        self,
        store: Store,
        ids: Ids,
        memory_limit: MemoryLimit | None,
        publish: Callable[[Topic, Notification, float], None],
        invoke: Invoke,
    ) -> None:
        self._store = store
        self._ids = ids
        self._memory_limit = memory_limit
        self._publish = publish
        self._invoke = invoke

    def deliver(self, message: ServiceMessage, now: float) -> Outcome:
        """Deliver a message. An event for a function is accepted, whether the function exists or not."""
        if message.to.service == "lambda":
            body = message.body.encode()
            self._invoke(message.target, body, now, trace_header=message.trace_header, depth=message.depth)
            return DELIVERED
        return self._to_queue(message, now) if message.to.service == "sqs" else self._to_topic(message, now)

    def _to_queue(self, message: ServiceMessage, now: float) -> Outcome:
        queue = self._store.find_queue(message.to.account, message.to.region, message.to.resource)
        if queue is None:
            return _MISSING
        if queue.is_fifo:
            return Outcome("it is a FIFO queue")
        attributes = dict(message.attributes or {})
        size = content.size(message.body, attributes)
        if size > queue.attributes["MaximumMessageSize"]:
            return Outcome("it takes no messages of that size")
        if self._memory_limit is not None and not self._memory_limit.has_room(size):
            return Outcome("it is full", retryable=True)
        sent = Message(
            identity=self._ids.uuid_bytes(),
            content=message.body,
            metadata=Metadata(
                sender_id=_SENDER,
                attributes=attributes or None,
                attributes_md5=digest.of_attributes(attributes) if attributes else None,
                trace_header=message.trace_header,
            ),
            sent_at=now,
        )
        queue.send(sent, now, queue.attributes["DelaySeconds"])
        return DELIVERED

    def _to_topic(self, message: ServiceMessage, now: float) -> Outcome:
        topic = self._store.find_topic(message.to)
        if topic is None:
            return _MISSING
        if topic.is_fifo:
            return Outcome("it is a FIFO topic")
        notification = Notification(
            message_id=message.id,
            source=topic.arn,
            message=message.body,
            at=now,
            base_url=message.base_url,
            subject=message.subject,
            attributes=message.attributes or None,
            trace_header=message.trace_header,
            signature_version=signature_version(topic),
        )
        self._publish(topic, notification, now)
        return DELIVERED
