"""Delivery to Firehose delivery streams: records in the inbox, and in files if the setting `firehose_dir` names one.

Rule: a stream has one file in that directory, named after it, with one record per line. There is no list of streams
here, so every stream exists. Records are messages: a new file and a new directory are readable by their owner alone.
Source: Amazon SNS Developer Guide, "Fanout to Firehose delivery streams" and "Raw message delivery".
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

from decaf.delivery.transport import DeliverFn
from decaf.delivery.transports.envelope import Envelopes
from decaf.sns.inbox import Entry, Inbox
from decaf.sns.notification import Confirmation, Notification, timestamp
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.topic import Subscription

MAX_RECORD = 1_024_000  # bytes, Firehose's own limit


class ToStreams:
    """Puts records in the inbox, and in files in `directory` unless that is empty."""

    def __init__(self, inbox: Inbox, envelopes: Envelopes, directory: str) -> None:
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
        body = self._envelopes.confirmation(confirmation)
        self._inbox.put(Entry.of_confirmation(confirmation, subscription, body, now))
        return DELIVERED

    def _deliver(self, notification: Notification, subscription: Subscription, record: str, now: float) -> Outcome:
        if len(record.encode()) > MAX_RECORD:
            return Outcome(f"the record is longer than {MAX_RECORD} bytes")
        try:
            self._append(subscription, record)
        except OSError as error:
            return Outcome(f"the record cannot be written: {error.strerror}")
        traced = {} if notification.trace_header is None else {"X-Amzn-Trace-Id": notification.trace_header}
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
                attributes={"SubscriptionRoleArn": subscription.attributes["SubscriptionRoleArn"]} | traced,
            )
        )
        return DELIVERED

    def _append(self, subscription: Subscription, record: str) -> None:
        if self._directory is None:
            return
        assert subscription.target is not None
        stream = subscription.target.resource.partition("/")[2]
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(self._directory / f"{stream}.jsonl", flags, 0o600)
        with open(file, "a", encoding="utf-8", newline="\n") as stream_file:
            stream_file.write(f"{record}\n")


def _record(notification: Notification, text: str, subscription: Subscription) -> str:
    """Returns the message in its envelope, on one line and unsigned."""
    envelope: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": notification.message_id,
        "TopicArn": str(notification.source),
        "Subject": notification.subject,
        "Message": text,
        "Timestamp": timestamp(notification.at),
        "UnsubscribeURL": notification.unsubscribe_url(subscription.arn),
    }
    if notification.subject is None:
        del envelope["Subject"]
    if notification.attributes:
        envelope["MessageAttributes"] = {
            name: {
                "Type": value["DataType"],
                "Value": b64encode(value["BinaryValue"]).decode() if "BinaryValue" in value else value["StringValue"],
            }
            for name, value in notification.attributes.items()
        }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
