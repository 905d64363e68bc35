"""Notifications and confirmations, which are sent to subscribers, and their JSON envelopes.

Rule: the text that all subscribers of a topic share is rendered once. Their envelopes differ only in the
UnsubscribeURL, so an envelope is made in two parts, before and after the subscription's ARN in that URL. The layout
and the order of the fields are AWS's. An envelope has signature fields if a signature is passed in; none is made here.

Source: Amazon SNS Developer Guide, "HTTP/HTTPS notification JSON format" and its neighbours.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from decaf.base.arn import Arn

SMALL = 4_096  # characters

Attributes = Mapping[str, Mapping[str, Any]]
SignatureVersion = Literal["1", "2"]

_quote = json.JSONEncoder(ensure_ascii=False).encode


class Signature(msgspec.Struct, frozen=True):
    """A signature in base64, and the URL of the certificate to verify it with."""

    version: SignatureVersion
    value: str
    certificate_url: str


class Notification(msgspec.Struct, eq=False, gc=False):  # gc=False: nothing that it refers to leads back to it
    """One published message. `source` is the topic or other target it was published to; `at` is epoch seconds.

    `texts` are the texts per protocol or platform of a message with MessageStructure json; `attributes` are
    MessageAttributeValues by name; `base_url` is the URL by which the publisher reaches this server. With a
    `signature_version` of None it is not signed; `signatures` are those made so far, by text.
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
    deduplication_id: str | None = None  # these three of FIFO topics only
    sequence_number: str | None = None
    replayed: bool = False
    signature_version: SignatureVersion | None = None
    signatures: dict[str, Signature] = {}

    @property
    def is_small(self) -> bool:
        """Whether it has at most SMALL characters in all, so that it may be kept where only its start is needed."""
        if self.texts is None and not self.attributes:
            return len(self.message) <= SMALL
        length = len(self.message)
        for text in (self.texts or {}).values():
            length += len(text)
        for value in (self.attributes or {}).values():
            for part in value.values():
                length += len(part)
        return length <= SMALL

    def text_for(self, protocol: str) -> str:
        """Returns the text for subscribers by `protocol`, or for endpoints of that platform."""
        if self.texts is None:
            return self.message
        text = self.texts.get(protocol)
        return self.texts["default"] if text is None else text

    def unsubscribe_url(self, subscription: Arn) -> str:
        """Returns the URL that deletes a subscription when it is visited."""
        return f"{self.base_url}/?Action=Unsubscribe&SubscriptionArn={subscription}"

    def signed_fields(self, text: str) -> dict[str, str | None]:
        """Returns the fields that a signature covers, where `text` is the message."""
        return {
            "Type": "Notification",
            "MessageId": self.message_id,
            "TopicArn": str(self.source),
            "Subject": self.subject,
            "Message": text,
            "Timestamp": timestamp(self.at),
        }


def envelope(notification: Notification, text: str, signature: Signature | None = None) -> tuple[str, str]:
    """Returns the envelope around `text` in two parts, for a subscription's ARN between them."""
    lines = [
        _line("Type", "Notification"),
        _line("MessageId", notification.message_id),
    ]
    if notification.sequence_number is not None:
        lines.append(_line("SequenceNumber", notification.sequence_number))
    lines.append(_line("TopicArn", str(notification.source)))
    if notification.subject is not None:
        lines.append(_line("Subject", notification.subject))
    lines += [_line("Message", text), _line("Timestamp", timestamp(notification.at)), *_signature_lines(signature)]
    if notification.replayed:
        lines.append('  "Replayed" : true,\n')
    url = _quote(f"{notification.base_url}/?Action=Unsubscribe&SubscriptionArn=")
    head = "{\n" + "".join(lines) + f'  "UnsubscribeURL" : {url[:-1]}'
    return head, '"' + _attributes(notification.attributes) + "\n}"


class Confirmation(msgspec.Struct, frozen=True):
    """A request to confirm a subscription, or the notice that one was deleted: `kind` is its Type.

    `at` is epoch seconds, `base_url` the URL by which the subscriber reaches this server.
    """

    message_id: str
    topic_arn: Arn
    subscription_arn: Arn
    token: str
    at: float
    base_url: str
    signature_version: SignatureVersion
    kind: Literal["SubscriptionConfirmation", "UnsubscribeConfirmation"] = "SubscriptionConfirmation"
    trace_header: str | None = None

    @property
    def subscribe_url(self) -> str:
        """The URL that confirms the subscription, or restores it, when it is visited."""
        return f"{self.base_url}/?Action=ConfirmSubscription&TopicArn={self.topic_arn}&Token={self.token}"

    def fields(self) -> dict[str, str | None]:
        """Returns the fields in AWS's order; a signature covers all of them."""
        return {
            "Type": self.kind,
            "MessageId": self.message_id,
            "Token": self.token,
            "TopicArn": str(self.topic_arn),
            "Message": self._message(),
            "SubscribeURL": self.subscribe_url,
            "Timestamp": timestamp(self.at),
        }

    def envelope(self, signature: Signature | None = None) -> str:
        """Returns the JSON envelope."""
        lines = [_line(name, value) for name, value in self.fields().items() if value is not None]
        return "{\n" + "".join([*lines, *_signature_lines(signature)])[:-2] + "\n}"

    def _message(self) -> str:
        if self.kind == "SubscriptionConfirmation":
            return (
                f"You have chosen to subscribe to the topic {self.topic_arn}.\n"
                "To confirm the subscription, visit the SubscribeURL included in this message."
            )
        return (
            f"You have chosen to deactivate subscription {self.subscription_arn}.\n"
            "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
        )


def timestamp(at: float) -> str:
    """Returns epoch seconds in the form of AWS's messages: 2012-05-02T00:54:06.655Z."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _line(name: str, value: str) -> str:
    return f'  "{name}" : {_quote(value)},\n'


def _signature_lines(signature: Signature | None) -> list[str]:
    if signature is None:
        return []
    return [
        _line("SignatureVersion", signature.version),
        _line("Signature", signature.value),
        _line("SigningCertURL", signature.certificate_url),
    ]


def _attributes(attributes: Attributes | None) -> str:
    if not attributes:
        return ""
    lines = ",\n".join(f"    {_quote(name)} : {_attribute(value)}" for name, value in attributes.items())
    return ',\n  "MessageAttributes" : {\n' + lines + "\n  }"


def _attribute(value: Mapping[str, Any]) -> str:
    text = b64encode(value["BinaryValue"]).decode() if "BinaryValue" in value else value["StringValue"]
    return f'{{"Type":{_quote(value["DataType"])},"Value":{_quote(text)}}}'
