"""What is sent to subscribers, and the JSON envelopes it travels in.

Rule: what all subscribers of a topic share is rendered once. A notification's envelope differs between them by its
UnsubscribeURL alone, so it is made in two parts, before and after the subscription's ARN in that URL.
Layout and order of the fields are AWS's. An envelope has signature fields only when it is really signed.

Source: Amazon SNS Developer Guide, "HTTP/HTTPS notification JSON format" and its neighbours.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.arn import Arn

Attributes = Mapping[str, Mapping[str, Any]]

_quote = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(slots=True, eq=False)
class Notification:
    """One published message. `source` is the topic, or what was published to directly; `at` is epoch seconds.

    `texts` has the text per protocol or platform of a message that was published with MessageStructure json;
    `attributes` are MessageAttributeValues by name; `base_url` is where the publisher reaches us.
    """

    message_id: str
    source: Arn
    message: str
    at: float
    base_url: str
    texts: Mapping[str, str] | None = None
    subject: str | None = None
    attributes: Attributes | None = None
    group_id: str | None = None
    trace_header: str | None = None

    def text_for(self, protocol: str) -> str:
        """What subscribers by `protocol` (or of that platform) get to read."""
        if self.texts is None:
            return self.message
        text = self.texts.get(protocol)
        return self.texts["default"] if text is None else text

    def unsubscribe_url(self, subscription: Arn) -> str:
        """Visiting it ends a subscription."""
        return f"{self.base_url}/?Action=Unsubscribe&SubscriptionArn={subscription}"


def envelope(notification: Notification, text: str) -> tuple[str, str]:
    """The JSON around `text` in two parts: a subscription's ARN goes between them."""
    lines = [
        _line("Type", "Notification"),
        _line("MessageId", notification.message_id),
        _line("TopicArn", str(notification.source)),
    ]
    if notification.subject is not None:
        lines.append(_line("Subject", notification.subject))
    lines += [_line("Message", text), _line("Timestamp", timestamp(notification.at))]
    url = _quote(f"{notification.base_url}/?Action=Unsubscribe&SubscriptionArn=")
    head = "{\n" + "".join(lines) + f'  "UnsubscribeURL" : {url[:-1]}'
    return head, '"' + _attributes(notification.attributes) + "\n}"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A request to confirm a subscription; `at` is epoch seconds, `base_url` where the subscriber reaches us."""

    message_id: str
    topic_arn: Arn
    token: str
    at: float
    base_url: str

    @property
    def subscribe_url(self) -> str:
        """Visiting it confirms the subscription."""
        return f"{self.base_url}/?Action=ConfirmSubscription&TopicArn={self.topic_arn}&Token={self.token}"

    def envelope(self) -> str:
        message = (
            f"You have chosen to subscribe to the topic {self.topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        )
        lines = [
            _line("Type", "SubscriptionConfirmation"),
            _line("MessageId", self.message_id),
            _line("Token", self.token),
            _line("TopicArn", str(self.topic_arn)),
            _line("Message", message),
            _line("SubscribeURL", self.subscribe_url),
            _line("Timestamp", timestamp(self.at)),
        ]
        return "{\n" + "".join(lines)[:-2] + "\n}"


def timestamp(at: float) -> str:
    """Epoch seconds as AWS writes them in messages: 2012-05-02T00:54:06.655Z."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _line(name: str, value: str) -> str:
    return f'  "{name}" : {_quote(value)},\n'


def _attributes(attributes: Attributes | None) -> str:
    if not attributes:
        return ""
    lines = ",\n".join(f"    {_quote(name)} : {_attribute(value)}" for name, value in attributes.items())
    return ',\n  "MessageAttributes" : {\n' + lines + "\n  }"


def _attribute(value: Mapping[str, Any]) -> str:
    text = b64encode(value["BinaryValue"]).decode() if "BinaryValue" in value else value["StringValue"]
    return f'{{"Type":{_quote(value["DataType"])},"Value":{_quote(text)}}}'
