"""Delivery to Firehose's delivery streams: records in the inbox, and, where the settings name a directory, in files.

Rule: a stream has one file in that directory, named after it, and a record is a line of it. Which streams exist is
not known here, so all do.
Source: Amazon SNS Developer Guide, "Fanout to Firehose delivery streams" and "Raw message delivery".
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

from decaf.delivery.transports.envelope import EnvelopeSigner
from decaf.sns.inbox import Entry, Inbox
from decaf.sns.notification import Confirmation, Notification, timestamp
from decaf.sns.outcome import DELIVERED, DeliverFn, Outcome
from decaf.sns.topic import Subscription

MAX_RECORD = 1_024_000  # bytes


class ToStreams:
    """Puts records in the inbox, and in files below `directory` unless that is empty."""

    def __init__(self, inbox: Inbox, envelopes: EnvelopeSigner, directory: str) -> None:
        self._inbox = inbox
        self._envelopes = envelopes
        self._directory = Path(directory) if directory else None

    def prepare(self, notification: Notification) -> DeliverFn:
        text = notification.text_for("firehose")

        def deliver(subscription: Subscription, now: float) -> Outcome:
            raw = subscription.attributes["RawMessageDelivery"]
            record = text if raw else _record(notification, text, subscription)
            return self._deliver(notification, subscription, record, now)

        return deliver

    def confirm(self, confirmation: Confirmation, subscription: Subscription, now: float) -> Outcome:
        self._inbox.put(
            Entry(
                account=subscription.topic_arn.account,
                protocol="firehose",
                recipient=subscription.endpoint,
                topic_arn=str(subscription.topic_arn),
                message_id=confirmation.message_id,
                subject=None,
                body=self._envelopes.confirmation(confirmation),
                at=now,
                kind=confirmation.kind,
                token=confirmation.token,
                subscription_arn=str(subscription.arn),
            )
        )
        return DELIVERED

    def _deliver(self, notification: Notification, subscription: Subscription, record: str, now: float) -> Outcome:
        if len(record.encode()) > MAX_RECORD:
            return Outcome(f"the record is longer than {MAX_RECORD} bytes")
        try:
            self._append(subscription, record)
        except OSError as error:
            return Outcome(f"the record cannot be written: {error.strerror}")
        self._inbox.put(
            Entry(
                account=notification.source.account,
                protocol="firehose",
                recipient=subscription.endpoint,
                topic_arn=str(notification.source),
                message_id=notification.message_id,
                subject=None,
                body=record,
                at=now,
                subscription_arn=str(subscription.arn),
                attributes={"SubscriptionRoleArn": subscription.attributes["SubscriptionRoleArn"]},
            )
        )
        return DELIVERED

    def _append(self, subscription: Subscription, record: str) -> None:
        if self._directory is None:
            return
        assert subscription.target is not None
        stream = subscription.target.resource.partition("/")[2]
        self._directory.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(self._directory / f"{stream}.jsonl", flags, 0o644)
        with open(file, "a", encoding="utf-8", newline="\n") as lines:
            lines.write(f"{record}\n")


def _record(notification: Notification, text: str, subscription: Subscription) -> str:
    """The message in its envelope, on one line and unsigned."""
    said: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": notification.message_id,
        "TopicArn": str(notification.source),
        "Subject": notification.subject,
        "Message": text,
        "Timestamp": timestamp(notification.at),
        "UnsubscribeURL": notification.unsubscribe_url(subscription.arn),
    }
    if notification.subject is None:
        del said["Subject"]
    if notification.attributes:
        said["MessageAttributes"] = {
            name: {
                "Type": value["DataType"],
                "Value": b64encode(value["BinaryValue"]).decode() if "BinaryValue" in value else value["StringValue"],
            }
            for name, value in notification.attributes.items()
        }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
