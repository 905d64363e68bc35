"""Delivery to queues: a message per subscription, raw or in its envelope, sent by a function call.

Rule: the body, digest and attributes of raw messages are the same for all queues and made once; envelopes are written
and signed when they are first received. A queue's own MaximumMessageSize does not apply to deliveries of SNS.

Source: Amazon SNS Developer Guide, "Fanout to Amazon SQS queues" and "Raw message delivery".
"""

from __future__ import annotations

from typing import Any

from decaf.access.deliveries import Deliveries
from decaf.base.arn import Arn
from decaf.base.ids import Ids
from decaf.delivery.transport import DeliverFn
from decaf.delivery.transports.envelope import AddressedEnvelope, ConfirmationEnvelope, Envelope, Envelopes
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.topic import Subscription
from decaf.sqs import content, digest
from decaf.sqs.memory_limit import MemoryLimit, size_of
from decaf.sqs.message import Message, Unwritten
from decaf.sqs.queue import Queue
from decaf.store import Store
from decaf_protocol import AWSError

SENDER_ID = "AIDAIT2UOQQY3AUEKVGXU"  # of messages that SNS sends

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
        messages = _Messages(self._ids, self._envelopes, notification)

        def deliver(subscription: Subscription, now: float) -> Outcome:
            queue = self._queue(subscription.target)
            if queue is None:
                return _NO_QUEUE
            if self._access.active:
                refusal = self._access.to_queue(queue, notification.source, notification.message_id, now)
                if refusal is not None:
                    return refusal
            if subscription.attributes["RawMessageDelivery"]:
                refusal = messages.refusal()
                if refusal is not None:
                    return refusal
                message = messages.raw(now)
            else:
                message = messages.enveloped(subscription, now)
            return self._send(queue, message, now, notification.deduplication_id)

        return deliver

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        queue = self._queue(subscription.target)
        if queue is None:
            return _NO_QUEUE
        refusal = self._access.to_queue(queue, subscription.topic_arn, confirmation.message_id, now)
        if refusal is not None:
            return refusal
        body = ConfirmationEnvelope(self._envelopes, confirmation)
        return self._send(queue, Message(self._ids.uuid(), body, None, SENDER_ID, now), now)

    def dead_letter(self, notification: Notification, subscription: Subscription, target: Arn, now: float) -> Outcome:
        queue = self._queue(target)
        if queue is None:
            return Outcome("the dead-letter queue does not exist")
        refusal = self._access.to_queue(queue, subscription.topic_arn, notification.message_id, now)
        if refusal is not None:
            return refusal
        messages = _Messages(self._ids, self._envelopes, notification, subscription.protocol)
        raw = subscription.attributes["RawMessageDelivery"]
        message = messages.raw(now) if raw else messages.enveloped(subscription, now)
        return self._send(queue, message, now, notification.deduplication_id)

    def _queue(self, arn: Arn | None) -> Queue | None:
        return None if arn is None else self._store.find_queue(arn.account, arn.region, arn.resource)

    def _send(self, queue: Queue, message: Message, now: float, deduplication_id: str | None = None) -> Outcome:
        if self._memory_limit is not None and not self._memory_limit.has_room(size_of(message)):
            return _NO_ROOM
        if deduplication_id is not None:  # a message of a FIFO topic
            if queue.is_fifo:
                message.deduplication_id = deduplication_id
            else:
                message.group_id = None  # recorded in 2025-08 and 2026-03
        queue.send(message, now, queue.attributes["DelaySeconds"])
        return DELIVERED


class _Messages:
    """Makes the messages of one notification. The parts that they share are made once, when first needed."""

    __slots__ = (
        "_envelope",
        "_envelopes",
        "_ids",
        "_is_checked",
        "_notification",
        "_raw_parts",
        "_refusal",
        "_text",
    )

    def __init__(self, ids: Ids, envelopes: Envelopes, notification: Notification, protocol: str = "sqs") -> None:
        self._ids = ids
        self._envelopes = envelopes
        self._notification = notification
        self._text = notification.text_for(protocol)
        self._is_checked = False
        self._refusal: Outcome | None = None
        self._raw_parts: tuple[str, Any, str | None] | None = None
        self._envelope: Envelope | None = None

    def refusal(self) -> Outcome | None:
        """Returns the failure if SQS refuses the raw message, as from any sender; None if it accepts it."""
        if not self._is_checked:
            self._refusal, self._is_checked = self._check_raw(), True
        return self._refusal

    def raw(self, now: float) -> Message:
        if self._raw_parts is None:
            attributes = self._notification.attributes
            attributes_md5 = digest.of_attributes(attributes) if attributes else None
            self._raw_parts = digest.of_body(self._text), attributes, attributes_md5
        return self._message(now, self._text, *self._raw_parts)

    def enveloped(self, subscription: Subscription, now: float) -> Message:
        if self._envelope is None:
            self._envelope = self._envelopes.envelope(self._notification, self._text)
        return self._message(now, AddressedEnvelope(self._envelope, subscription.arn))

    def _check_raw(self) -> Outcome | None:
        # "Raw message delivery": more than 10 attributes, for one, are a client-side error.
        try:
            content.check_body(self._text)
            content.check_attributes(self._notification.attributes or {})
        except AWSError as error:
            return Outcome(error.message)
        return None

    def _message(
        self,
        now: float,
        body: str | Unwritten,
        body_md5: str | None = None,
        attributes: dict[str, dict[str, Any]] | None = None,
        attributes_md5: str | None = None,
    ) -> Message:
        trace_header, group_id = self._notification.trace_header, self._notification.group_id
        # by position: that takes half the time
        return Message(
            self._ids.uuid(), body, body_md5, SENDER_ID, now, attributes, attributes_md5, trace_header, group_id
        )
