"""Notifications, confirmations, deliveries and entries of the inbox have all their facts in their records."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from decaf.base.arn import Arn
from decaf.delivery.delivery import MessageDelivery, SubscriptionDelivery
from decaf.delivery.transports.destinations import ServiceMessage
from decaf.persistence import notifications
from decaf.persistence.notifications import (
    read_entry,
    read_notification,
    read_sendable,
    read_service_message,
    write_delivery,
    write_entry,
)
from decaf.persistence.records import ServiceMessageRecord
from decaf.sns.inbox import Entry
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.topic import Subscription
from tests.decaf.persistence.fields import defaults, fields, through_json
from tests.decaf.sns.cloud import START

TOPIC = Arn("sns", "us-east-1", "111111111111", "orders")
SUBSCRIPTION = Arn("sns", "us-east-1", "111111111111", "orders:1")

NOTIFICATION = Notification(
    message_id="id",
    source=TOPIC,
    message="latte",
    at=START,
    base_url="http://decaf.test",
    texts={"default": "latte", "sqs": "decaf"},
    subject="Order",
    attributes={"cup": {"DataType": "Binary", "BinaryValue": b"\0\xff"}},
    group_id="bar",
    trace_header="Root=1",
    deduplication_id="1",
    sequence_number="2",
    replayed=True,
    signature_version="2",
)
PLAIN = Notification("id", TOPIC, "latte", START, "http://decaf.test")
CONFIRMATION = Confirmation(
    "id", TOPIC, SUBSCRIPTION, "token", START, "http://decaf.test", "2", "UnsubscribeConfirmation"
)
ENTRY = Entry(
    account="111111111111",
    protocol="sms",
    recipient="+15555550142",
    topic_arn=str(TOPIC),
    message_id="id",
    subject="Order",
    body="latte",
    at=START,
    kind="Verification",
    token="token",
    subscription_arn=str(SUBSCRIPTION),
    attributes={"Parts": 1, "PriceInUSD": 0.5, "SMSType": "Promotional"},
    region="us-east-1",
)


def _later(thing: Any) -> dict[str, Any]:
    return fields(thing) | {"at": thing.at + 5}


@pytest.mark.parametrize("notification", [NOTIFICATION, PLAIN])
def test_a_notification_is_read_as_it_was_written(notification: Notification) -> None:
    record = through_json(notifications.write_notification(notification))
    assert fields(read_notification(record, 5)) == _later(notification)
    assert notification is PLAIN or defaults(record) == []


def test_what_was_sent_is_read_as_it_was_written() -> None:
    for sent in (NOTIFICATION, CONFIRMATION):
        read = read_sendable(through_json(notifications.write_sendable(sent)), 5)
        assert type(read) is type(sent)
        assert fields(read) == _later(sent)


def test_an_entry_of_the_inbox_is_read_as_it_was_written() -> None:
    record = through_json(write_entry(replace(ENTRY, notification=NOTIFICATION)))
    read = read_entry(record, 5)
    assert replace(read, notification=None) == replace(ENTRY, at=START + 5)
    assert fields(read.notification) == _later(NOTIFICATION)
    assert defaults(record) == []
    assert read_entry(through_json(write_entry(ENTRY)), 0) == ENTRY


def test_a_delivery_has_a_record_until_it_is_done() -> None:
    to = Subscription(SUBSCRIPTION, TOPIC, "http", "http://a", None, "1", {}, "", 0, False, True)
    nothing: Any = None
    delivery = SubscriptionDelivery(NOTIFICATION, to, nothing, attempts=3, due=START + 20)
    record = write_delivery(delivery)
    assert record is not None
    read = through_json(record)
    assert not isinstance(read.sent, ServiceMessageRecord)
    assert (read.subscription_arn, read.attempts, read.due) == (str(SUBSCRIPTION), 3, START + 20)
    assert fields(read_sendable(read.sent, 0)) == fields(NOTIFICATION)
    assert read.dead_letter_queue is None
    delivery.dead_letter_queue = Arn("sqs", "us-east-1", "2", "dead")
    record = write_delivery(delivery)
    assert record is not None
    assert record.dead_letter_queue == "arn:aws:sqs:us-east-1:2:dead"
    delivery.due = None
    assert write_delivery(delivery) is None


def test_the_delivery_of_a_services_message_has_a_record_with_all_of_it() -> None:
    nothing: Any = None
    attributes = {"RequestID": {"DataType": "String", "StringValue": "1"}}
    sent = ServiceMessage(
        id="id",
        source="arn:aws:lambda:us-east-1:1:function:brew",
        target="arn:aws:sqs:us-east-1:2:dead",
        body="{}",
        base_url="http://decaf.test",
        subject="an event",
        attributes=attributes,
        trace_header="Root=1-2-3",
        depth=3,
    )
    record = write_delivery(MessageDelivery(sent, nothing, attempts=3, due=START + 20))
    assert record is not None
    read = through_json(record)
    assert (read.subscription_arn, read.attempts, read.due) == (None, 3, START + 20)
    assert isinstance(read.sent, ServiceMessageRecord)
    assert read_service_message(read.sent) == sent
    assert defaults(read.sent) == []
