"""What was published to phones and apps of one account in one region, as LocalStack's developer endpoints tell it.

Source: LocalStack's documentation of SNS, "Developer endpoints".
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from decaf.compat.route import CompatRequest
from decaf.sns.inbox import Entry
from decaf.sns.notification import Notification
from decaf.world import World
from decaf_protocol import NO_ACCOUNT


def account_and_region(world: World, asked: CompatRequest) -> tuple[str, str]:
    """Whose deliveries are asked for."""
    return asked.query.get("accountId", NO_ACCOUNT), asked.query.get("region", world.settings.region)


def chosen(protocol: str, account: str, region: str, recipient: str | None) -> Callable[[Entry], bool]:
    """Whether a delivery is one of those: by a protocol, to all or to one phone or app."""

    def is_chosen(entry: Entry) -> bool:
        notification = entry.notification
        return (
            notification is not None
            and entry.protocol == protocol
            and (entry.account, notification.source.region) == (account, region)
            and recipient in (None, entry.recipient)
        )

    return is_chosen


def told(notification: Notification, text: str) -> dict[str, Any]:
    """What both kinds say of what was published; `text` is what this kind of subscriber gets to read.

    Of a message with a structure it is quoted once more.
    """
    structured = notification.texts is not None
    return {
        "MessageId": notification.message_id,
        "Message": json.dumps(text) if structured else text,
        "MessageAttributes": {name: _plain(value) for name, value in (notification.attributes or {}).items()},
        "MessageStructure": "json" if structured else None,
        "Subject": notification.subject,
    }


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: b64encode(part).decode() if isinstance(part, bytes) else part for name, part in value.items()}
