"""/_aws/sns/sms-messages: the text messages of an account in a region, by phone number; and forgetting them."""

from __future__ import annotations

from typing import Any

from decaf.base.arn import Arn
from decaf.compat.inbox_entries import account_and_region, chosen, told
from decaf.compat.route import CompatRequest, Route, answer, done
from decaf.sns.inbox import Entry
from decaf.world import World
from decaf_protocol import Reply


def _find(world: World, asked: CompatRequest) -> Reply:
    account, region = account_and_region(world, asked)
    number = asked.query.get("phoneNumber")
    is_chosen = chosen("sms", account, region, number)
    by_number: dict[str, list[Any]] = {} if number is None else {number: []}
    for entry in filter(is_chosen, world.inbox.find(protocol="sms")):
        by_number.setdefault(entry.recipient, []).append(_text_message(entry))
    return answer({"sms_messages": by_number, "region": region})


def _text_message(entry: Entry) -> dict[str, Any]:
    assert entry.notification is not None
    return {
        "PhoneNumber": entry.recipient,
        "TopicArn": entry.topic_arn,
        "SubscriptionArn": entry.subscription_arn,
        **told(entry.notification, entry.notification.text_for("sms")),
    }


def _forget(world: World, asked: CompatRequest) -> Reply:
    account, region = account_and_region(world, asked)
    world.inbox.forget(chosen("sms", account, region, asked.query.get("phoneNumber")))
    world.events.mark_dirty(Arn("sns", region, account, ""))
    return done()


ROUTES = (
    Route("GET", "/_aws/sns/sms-messages", _find),
    Route("DELETE", "/_aws/sns/sms-messages", _forget),
)
