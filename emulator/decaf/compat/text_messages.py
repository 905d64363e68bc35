"""/_aws/sns/sms-messages: the text messages of an account and region by phone number, and their deletion."""

from __future__ import annotations

from typing import Any

from decaf.compat.inbox_entries import account_and_region, common_fields, entry_filter, place_of
from decaf.compat.route import CompatRequest, Route, json_reply, no_content
from decaf.sns.inbox import INBOX_REMOVALS, Entry
from decaf.world import World
from decaf_protocol import Reply


def _find(world: World, request: CompatRequest) -> Reply:
    account, region = account_and_region(world, request)
    number = request.query.get("phoneNumber")
    matches = entry_filter("sms", account, region, number)
    by_number: dict[str, list[Any]] = {} if number is None else {number: []}
    for entry in filter(matches, world.inbox.find(protocol="sms")):
        by_number.setdefault(entry.recipient, []).append(_text_message(entry))
    return json_reply({"sms_messages": by_number, "region": region})


def _text_message(entry: Entry) -> dict[str, Any]:
    assert entry.notification is not None
    return {
        "PhoneNumber": entry.recipient,
        "TopicArn": entry.topic_arn,
        "SubscriptionArn": entry.subscription_arn,
        **common_fields(entry.notification, entry.notification.text_for("sms")),
    }


def _delete(world: World, request: CompatRequest) -> Reply:
    account, region = account_and_region(world, request)
    world.inbox.forget(entry_filter("sms", account, region, request.query.get("phoneNumber")))
    world.events.mark_dirty(INBOX_REMOVALS, world.inbox)
    return no_content()


ROUTES = (
    Route("GET", "/_aws/sns/sms-messages", _find, place_of),
    Route("DELETE", "/_aws/sns/sms-messages", _delete, place_of),
)
