"""Delivery to queues: a message per subscription, raw or in its envelope, sent by a function call.

Rule: the body, digest and attributes of raw messages are the same for all queues and made once; envelopes are written
and signed when they are first received. A queue's own MaximumMessageSize does not apply to deliveries of SNS.

Source: Amazon SNS Developer Guide, "Fanout to Amazon SQS queues" and "Raw message delivery".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decaf.access.deliveries import Deliveries
from decaf.base.arn import Arn
from decaf.base.ids import Ids
from decaf.delivery.transport import DeliverFn
from decaf.delivery.transports.envelope import AddressedEnvelope, ConfirmationEnvelope, Envelopes
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.topic import Subscription
from decaf.sqs import content, digest
from decaf.sqs.memory_limit import MemoryLimit, size_of
from decaf.sqs.message import FifoIds, Message, Metadata, by_sender
from decaf.sqs.queue import Queue
from decaf.store import Store
from decaf_protocol import AWSError

SENDER_ID = "AIDAIT2UOQQY3AUEKVGXU"  # of messages that SNS sends

RawFn = Callable[[], Message]
EnvelopedFn = Callable[[Subscription], Message]

_NO_QUEUE = Outcome("the queue does not exist")
_NO_ROOM = Outcome("the memory limit of all queues is reached (memory_limit)", retryable=True)


class ToQueues:
    """Sends messages to queues."""

    def __init__(
        self, store: Store, ids: Ids, envelopes: Envelopes, memory_limit: MemoryLimit | None, access: Deliveries
    ) -> None:
        self._store = store
        self._access = access
        self._memory_limit = memory_limit
        self._ids = ids
        self._envelopes = envelopes

    def prepare(self, notification: Notification) -> DeliverFn:
        access = self._access if self._access.active else None
        text, deduplication_id = notification.text_for("sqs"), notification.deduplication_id
        find_queue = self._store.find_queue
        raw: RawFn | Outcome | None = None
        enveloped: EnvelopedFn | None = None

        def deliver(subscription: Subscription, now: float) -> Outcome:
            nonlocal raw, enveloped
            target = subscription.target
            queue = None if target is None else find_queue(target.account, target.region, target.resource)
            if queue is None:
                return _NO_QUEUE
            if access is not None:
                refusal = access.to_queue(queue, notification.source, notification.message_id, now)
                if refusal is not None:
                    return refusal
            if subscription.attributes["RawMessageDelivery"]:
                if raw is None:
                    raw = _refused_raw(notification, text) or self._raw(notification, text, now)
                if isinstance(raw, Outcome):
                    return raw
                message = raw()
            else:
                if enveloped is None:
                    enveloped = self._enveloped(notification, text, now)
                message = enveloped(subscription)
            return self._send(queue, message, now, deduplication_id)

        return deliver

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        queue = self._queue(subscription.target)
        if queue is None:
            return _NO_QUEUE
        refusal = self._access.to_queue(queue, subscription.topic_arn, confirmation.message_id, now)
        if refusal is not None:
            return refusal
        body = ConfirmationEnvelope(self._envelopes, confirmation)
        return self._send(queue, Message(self._ids.uuid_bytes(), body, by_sender(SENDER_ID), now), now)

    def dead_letter(self, notification: Notification, subscription: Subscription, target: Arn, now: float) -> Outcome:
        queue = self._queue(target)
        if queue is None:
            return Outcome("the dead-letter queue does not exist")
        refusal = self._access.to_queue(queue, subscription.topic_arn, notification.message_id, now)
        if refusal is not None:
            return refusal
        text = notification.text_for(subscription.protocol)
        if subscription.attributes["RawMessageDelivery"]:
            message = self._raw(notification, text, now)()
        else:
            message = self._enveloped(notification, text, now)(subscription)
        return self._send(queue, message, now, notification.deduplication_id)

    def _queue(self, arn: Arn | None) -> Queue | None:
        return None if arn is None else self._store.find_queue(arn.account, arn.region, arn.resource)

    def _send(self, queue: Queue, message: Message, now: float, deduplication_id: str | None = None) -> Outcome:
        if self._memory_limit is not None and not self._memory_limit.has_room(size_of(message)):
            return _NO_ROOM
        if deduplication_id is not None:  # a message of a FIFO topic
            if queue.is_fifo:
                message.fifo = FifoIds(deduplication_id)
            else:
                message.group_id = None  # recorded in 2025-08 and 2026-03
        queue.send(message, now, queue.attributes["DelaySeconds"])
        return DELIVERED

    def _raw(self, notification: Notification, text: str, now: float) -> RawFn:
        """Returns what makes the messages that have the text itself and its attributes."""
        attributes: Any = notification.attributes
        metadata = _metadata(notification)
        if attributes:
            attributes_md5 = digest.of_attributes(attributes)
            metadata = Metadata(SENDER_ID, attributes, attributes_md5, notification.trace_header)
        md5, group_id, uuid_bytes = digest.of_body(text), notification.group_id, self._ids.uuid_bytes
        return lambda: Message(uuid_bytes() + md5, text, metadata, now, group_id)

    def _enveloped(self, notification: Notification, text: str, now: float) -> EnvelopedFn:
        """Returns what makes the messages that have the text in an envelope, each in one of its own."""
        envelope, metadata = self._envelopes.envelope(notification, text), _metadata(notification)
        group_id, uuid_bytes = notification.group_id, self._ids.uuid_bytes

        def message(subscription: Subscription) -> Message:
            return Message(uuid_bytes(), AddressedEnvelope(envelope, subscription.arn), metadata, now, group_id)

        return message


def _metadata(notification: Notification) -> Metadata:
    """Returns the metadata of a notification's messages, without its attributes."""
    trace_header = notification.trace_header
    return by_sender(SENDER_ID) if trace_header is None else Metadata(SENDER_ID, trace_header=trace_header)


def _refused_raw(notification: Notification, text: str) -> Outcome | None:
    """Returns the failure of a raw message that SQS refuses, as from any sender."""
    # "Raw message delivery": more than 10 attributes, for one, are a client-side error.
    try:
        content.check_body(text)
        if notification.attributes:
            content.check_attributes(notification.attributes)
    except AWSError as error:
        return Outcome(error.message)
    return None
