"""Where Lambda sends what came of an asynchronous invocation: a queue, a topic or another function.

Rule: what cannot be sent is dropped, with a warning, as Lambda does.

Source: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from decaf.base.arn import Arn, read_arn
from decaf.base.ids import Ids
from decaf.delivery.other_worlds import OtherWorlds
from decaf.sns.notification import Notification
from decaf.sns.topic import Topic
from decaf.sns.topic_attributes import signature_version
from decaf.sqs import content, digest
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.message import Message, Metadata
from decaf.store import Store

Attributes = Mapping[str, dict[str, str]]

_SENDER = "AROADECAFFUNCTION00000:awslambda"  # the session of a function's role, as SenderId has it

_log = logging.getLogger("decaf")


class Destinations:
    """Sends to queues and, by `publish`, to topics. `base_url` is the URL by which subscribers reach this server."""

    def __init__(
        self,
        store: Store,
        ids: Ids,
        memory_limit: MemoryLimit | None,
        publish: Callable[[Topic, Notification, float], None],
        others: OtherWorlds | None = None,
    ) -> None:
        self._store = store
        self._ids = ids
        self._memory_limit = memory_limit
        self._publish = publish
        self._others = others
        self.base_url = ""

    def send(self, target: str, body: str, attributes: Attributes, trace_header: str | None, now: float) -> None:
        """Send to the queue or topic with the ARN `target`."""
        arn = read_arn(target)
        problem = "is no ARN"
        if arn is not None and self._others is not None and self._others.have(arn.account, arn.region):
            problem = "is in another shard, which destinations do not reach"
        elif arn is not None and arn.service == "sqs":
            problem = self._to_queue(arn, body, attributes, trace_header, now)
        elif arn is not None and arn.service == "sns":
            problem = self._to_topic(arn, body, attributes, trace_header, now)
        if problem:
            _log.warning("what came of an asynchronous invocation is not sent to %s: it %s", target, problem)

    def _to_queue(self, arn: Arn, body: str, attributes: Attributes, trace_header: str | None, now: float) -> str:
        queue = self._store.find_queue(arn.account, arn.region, arn.resource)
        if queue is None:
            return "does not exist"
        if queue.is_fifo:
            return "is a FIFO queue"
        size = content.size(body, dict(attributes))
        if size > queue.attributes["MaximumMessageSize"]:
            return "takes no messages of that size"
        if self._memory_limit is not None and not self._memory_limit.has_room(size):
            return "is full"
        message = Message(
            identity=self._ids.uuid_bytes(),
            content=body,
            metadata=Metadata(
                sender_id=_SENDER,
                attributes=dict(attributes) or None,
                attributes_md5=digest.of_attributes(dict(attributes)) if attributes else None,
                trace_header=trace_header,
            ),
            sent_at=now,
        )
        queue.send(message, now, queue.attributes["DelaySeconds"])
        return ""

    def _to_topic(self, arn: Arn, body: str, attributes: Attributes, trace_header: str | None, now: float) -> str:
        topic = self._store.find_topic(arn)
        if topic is None:
            return "does not exist"
        if topic.is_fifo:
            return "is a FIFO topic"
        notification = Notification(
            message_id=self._ids.uuid(),
            source=topic.arn,
            message=body,
            at=now,
            base_url=self.base_url,
            attributes=dict(attributes) or None,
            trace_header=trace_header,
            signature_version=signature_version(topic),
        )
        self._publish(topic, notification, now)
        return ""
