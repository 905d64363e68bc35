"""Inbox entries of one account and region, with the fields that LocalStack's developer endpoints return.

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


def account_and_region(world: World, request: CompatRequest) -> tuple[str, str]:
    """Returns the account and the region that the parameters name, else the defaults."""
    account, region = place_of(request)
    return account, world.settings.region if region is None else region


def place_of(request: CompatRequest) -> tuple[str, str | None]:
    """Returns the account that the parameters name, else the default, and the region, if they name one."""
    return request.query.get("accountId", NO_ACCOUNT), request.query.get("region")


def entry_filter(protocol: str, account: str, region: str, recipient: str | None) -> Callable[[Entry], bool]:
    """Returns a filter of entries: by protocol, account and region, and of one recipient unless that is None."""

    def matches(entry: Entry) -> bool:
        notification = entry.notification
        return (
            notification is not None
            and entry.protocol == protocol
            and (entry.account, notification.source.region) == (account, region)
            and recipient in (None, entry.recipient)
        )

    return matches


def common_fields(notification: Notification, text: str) -> dict[str, Any]:
    """Returns the fields that text messages and push messages share; `text` is the text for this protocol.

    LocalStack quotes the text of a message with a MessageStructure once more.
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
