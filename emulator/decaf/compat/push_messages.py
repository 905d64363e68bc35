"""/_aws/sns/platform-endpoint-messages: push messages by the ARN of their endpoint, and their deletion.

An `endpointArn` has the account and the region itself.
"""

from __future__ import annotations

from typing import Any

from decaf.api.places import Place
from decaf.base.arn import read_arn
from decaf.compat.inbox_entries import account_and_region, common_fields, entry_filter, place_of
from decaf.compat.route import CompatRequest, Route, json_reply, no_content
from decaf.control.route import Refused
from decaf.sns.inbox import INBOX_REMOVALS, Entry
from decaf.world import World
from decaf_protocol import Reply


def _find(world: World, request: CompatRequest) -> Reply:
    account, region, arn = _scope(world, request)
    matches = entry_filter("application", account, region, arn)
    by_endpoint: dict[str, list[Any]] = {} if arn is None else {arn: []}
    for entry in filter(matches, world.inbox.find(protocol="application")):
        by_endpoint.setdefault(entry.recipient, []).append(_push_message(entry))
    return json_reply({"platform_endpoint_messages": by_endpoint, "region": region})


def _scope(world: World, request: CompatRequest) -> tuple[str, str, str | None]:
    named = request.query.get("endpointArn")
    if named is None:
        return *account_and_region(world, request), None
    arn = read_arn(named)
    if arn is None:
        raise Refused(f"{named} is not an ARN")
    return arn.account, arn.region, named


def _place(request: CompatRequest) -> Place:
    arn = read_arn(request.query.get("endpointArn", ""))
    return place_of(request) if arn is None else (arn.account, arn.region)


def _push_message(entry: Entry) -> dict[str, Any]:
    assert entry.notification is not None
    platform = str(entry.attributes["Platform"])
    return {
        "TargetArn": entry.recipient,
        "TopicArn": entry.topic_arn or "",
        **common_fields(entry.notification, entry.notification.text_for(platform)),
    }


def _delete(world: World, request: CompatRequest) -> Reply:
    account, region, arn = _scope(world, request)
    world.inbox.forget(entry_filter("application", account, region, arn))
    world.events.mark_dirty(INBOX_REMOVALS, world.inbox)
    return no_content()


ROUTES = (
    Route("GET", "/_aws/sns/platform-endpoint-messages", _find, _place),
    Route("DELETE", "/_aws/sns/platform-endpoint-messages", _delete, _place),
)
