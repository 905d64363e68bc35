"""Two servers' traces made comparable: whatever must differ between them becomes a stable placeholder.

Rule: the same value always becomes the same placeholder, named after the place in the trace where it was
first seen (`<send/MessageId>`), so that "the message received is the message sent" is still compared. MD5s
stay.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .trace import Trace

_OPAQUE = {"ReceiptHandle", "NextToken", "Token", "TaskHandle", "Signature"}
_SECONDS = {"CreatedTimestamp", "LastModifiedTimestamp"}
_MILLISECONDS = {"SentTimestamp", "ApproximateFirstReceiveTimestamp"}
_DOCUMENTS = {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "DeliveryPolicy", "EffectiveDeliveryPolicy"}

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_AWS_HOST = re.compile(r"https://(sqs|sns)\.[a-z0-9-]+\.amazonaws\.com")
_CERTIFICATE = re.compile(r"SimpleNotificationService-[0-9a-f]{32}\.pem")


def normalised(trace: Trace, endpoint: str, account: str) -> Trace:
    """`trace` with ids, handles, tokens, times, the server's address and the account as placeholders.

    `endpoint` is the server's base URL without a final slash, `account` the 12 digits that the client used.
    Attributes that hold a JSON document are read, so that its layout does not count.
    """
    reader = _Reader(endpoint, account)
    return {step: reader.read(seen, step) for step, seen in trace.items()}


class _Reader:
    __slots__ = ("account", "endpoint", "names")

    def __init__(self, endpoint: str, account: str) -> None:
        self.endpoint = endpoint
        self.account = account
        self.names: dict[str, str] = {}  # a value that differs each time -> its placeholder

    def read(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            # sorted: where a value is "first seen" must not hang on the order a server writes members in
            return {self.text(key, path): self.read(value[key], f"{path}/{key}") for key in sorted(value)}
        if isinstance(value, list):
            return [self.read(item, f"{path}/{index}") for index, item in enumerate(value)]
        if isinstance(value, str):
            return self.member(value, path)
        return value

    def member(self, value: str, path: str) -> Any:
        key = path.rpartition("/")[2]
        if key in _DOCUMENTS and value.startswith("{"):
            return self.read(json.loads(value), path)
        if key in _OPAQUE and value:
            self.names.setdefault(value, f"<{path}>")
        elif key in _SECONDS and re.fullmatch(r"\d{10}", value):
            return "<epoch seconds>"
        elif key in _MILLISECONDS and re.fullmatch(r"\d{13}", value):
            return "<epoch milliseconds>"
        elif key == "SenderId":
            return "<sender>"
        return self.text(value, path)

    def text(self, value: str, path: str) -> str:
        value = _AWS_HOST.sub("<endpoint>", value.replace(self.endpoint, "<endpoint>"))
        value = _CERTIFICATE.sub("<certificate>", _INSTANT.sub("<instant>", value))
        for opaque, name in self.names.items():
            value = value.replace(opaque, name)
        value = _UUID.sub(lambda found: self.names.setdefault(found[0], f"<{path}>"), value)
        return value.replace(self.account, "<account>")
