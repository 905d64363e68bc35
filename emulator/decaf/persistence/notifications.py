"""Notifications, confirmations, messages of services, deliveries and inbox entries, as records and back."""

from __future__ import annotations

from decaf.delivery.delivery import Delivery, SubscriptionDelivery
from decaf.delivery.transports.destinations import ServiceMessage
from decaf.persistence.queues import arn_of
from decaf.persistence.records import (
    ConfirmationRecord,
    DeliveryRecord,
    InboxRecord,
    NotificationRecord,
    ServiceMessageRecord,
)
from decaf.sns.inbox import Entry
from decaf.sns.notification import Confirmation, Notification


def write_notification(notification: Notification) -> NotificationRecord:
    return NotificationRecord(
        message_id=notification.message_id,
        source=str(notification.source),
        message=notification.message,
        at=notification.at,
        base_url=notification.base_url,
        texts=None if notification.texts is None else dict(notification.texts),
        subject=notification.subject,
        attributes=None if notification.attributes is None else dict(notification.attributes),  # type: ignore[arg-type]
        group_id=notification.group_id,
        trace_header=notification.trace_header,
        deduplication_id=notification.deduplication_id,
        sequence_number=notification.sequence_number,
        replayed=notification.replayed,
        signature_version=notification.signature_version,
    )


def read_notification(record: NotificationRecord, shift: float) -> Notification:
    return Notification(
        message_id=record.message_id,
        source=arn_of(record.source),
        message=record.message,
        at=record.at + shift,
        base_url=record.base_url,
        texts=record.texts,
        subject=record.subject,
        attributes=record.attributes,
        group_id=record.group_id,
        trace_header=record.trace_header,
        deduplication_id=record.deduplication_id,
        sequence_number=record.sequence_number,
        replayed=record.replayed,
        signature_version=record.signature_version,
    )


def write_sendable(sent: Notification | Confirmation) -> NotificationRecord | ConfirmationRecord:
    if isinstance(sent, Notification):
        return write_notification(sent)
    return ConfirmationRecord(
        message_id=sent.message_id,
        topic_arn=str(sent.topic_arn),
        subscription_arn=str(sent.subscription_arn),
        token=sent.token,
        at=sent.at,
        base_url=sent.base_url,
        signature_version=sent.signature_version,
        kind=sent.kind,
        trace_header=sent.trace_header,
    )


def read_sendable(record: NotificationRecord | ConfirmationRecord, shift: float) -> Notification | Confirmation:
    if isinstance(record, NotificationRecord):
        return read_notification(record, shift)
    return Confirmation(
        message_id=record.message_id,
        topic_arn=arn_of(record.topic_arn),
        subscription_arn=arn_of(record.subscription_arn),
        token=record.token,
        at=record.at + shift,
        base_url=record.base_url,
        signature_version=record.signature_version,
        kind=record.kind,
        trace_header=record.trace_header,
    )


def write_service_message(message: ServiceMessage) -> ServiceMessageRecord:
    return ServiceMessageRecord(
        id=message.id,
        source=message.source,
        target=message.target,
        body=message.body,
        base_url=message.base_url,
        subject=message.subject,
        attributes=None if message.attributes is None else dict(message.attributes),  # type: ignore[arg-type]
        trace_header=message.trace_header,
        depth=message.depth,
    )


def read_service_message(record: ServiceMessageRecord) -> ServiceMessage:
    return ServiceMessage(
        id=record.id,
        source=record.source,
        target=record.target,
        body=record.body,
        base_url=record.base_url,
        subject=record.subject,
        attributes=record.attributes,  # type: ignore[arg-type]
        trace_header=record.trace_header,
        depth=record.depth,
    )


def write_entry(entry: Entry) -> InboxRecord:
    return InboxRecord(
        account=entry.account,
        protocol=entry.protocol,
        recipient=entry.recipient,
        topic_arn=entry.topic_arn,
        message_id=entry.message_id,
        subject=entry.subject,
        body=entry.body,
        at=entry.at,
        kind=entry.kind,
        token=entry.token,
        subscription_arn=entry.subscription_arn,
        attributes=dict(entry.attributes),
        notification=None if entry.notification is None else write_notification(entry.notification),
        region=entry.region,
    )


def read_entry(record: InboxRecord, shift: float) -> Entry:
    return Entry(
        account=record.account,
        protocol=record.protocol,
        recipient=record.recipient,
        topic_arn=record.topic_arn,
        message_id=record.message_id,
        subject=record.subject,
        body=record.body,
        at=record.at + shift,
        kind=record.kind,
        token=record.token,
        subscription_arn=record.subscription_arn,
        attributes=record.attributes,
        notification=None if record.notification is None else read_notification(record.notification, shift),
        region=record.region,
    )


def write_delivery(delivery: Delivery) -> DeliveryRecord | None:
    """Returns the record of a delivery, None once it is done."""
    if delivery.due is None:
        return None
    if not isinstance(delivery, SubscriptionDelivery):
        sent = write_service_message(delivery.message)
        return DeliveryRecord(None, sent, delivery.attempts, delivery.due)
    return DeliveryRecord(
        subscription_arn=str(delivery.subscription.arn),
        sent=write_sendable(delivery.sent),
        attempts=delivery.attempts,
        due=delivery.due,
        dead_letter_queue=None if delivery.dead_letter_queue is None else str(delivery.dead_letter_queue),
    )
