"""/_aws/sns/platform-endpoint-messages: what was sent to apps, by the endpoint's ARN; and forgetting it.

An `endpointArn` says the account and the region itself.
"""

from __future__ import annotations

from typing import Any

from decaf.base.arn import Arn, read_arn
from decaf.compat.inbox_entries import account_and_region, chosen, told
from decaf.compat.route import CompatRequest, Route, answer, done
from decaf.control.route import Refused
from decaf.sns.inbox import Entry
from decaf.world import World
from decaf_protocol import Reply


def _find(world: World, asked: CompatRequest) -> Reply:
    account, region, arn = _where(world, asked)
    is_chosen = chosen("application", account, region, arn)
    by_endpoint: dict[str, list[Any]] = {} if arn is None else {arn: []}
    for entry in filter(is_chosen, world.inbox.find(protocol="application")):
        by_endpoint.setdefault(entry.recipient, []).append(_push_message(entry))
    return answer({"platform_endpoint_messages": by_endpoint, "region": region})


def _where(world: World, asked: CompatRequest) -> tuple[str, str, str | None]:
    named = asked.query.get("endpointArn")
    if named is None:
        return *account_and_region(world, asked), None
    arn = read_arn(named)
    if arn is None:
        raise Refused(f"{named} is not an ARN")
    return arn.account, arn.region, named


def _push_message(entry: Entry) -> dict[str, Any]:
    assert entry.notification is not None
    platform = str(entry.attributes["Platform"])
    return {
        "TargetArn": entry.recipient,
        "TopicArn": entry.topic_arn or "",
        **told(entry.notification, entry.notification.text_for(platform)),
    }


def _forget(world: World, asked: CompatRequest) -> Reply:
    account, region, arn = _where(world, asked)
    world.inbox.forget(chosen("application", account, region, arn))
    world.events.mark_dirty(Arn("sns", region, account, ""))
    return done()


ROUTES = (
    Route("GET", "/_aws/sns/platform-endpoint-messages", _find),
    Route("DELETE", "/_aws/sns/platform-endpoint-messages", _forget),
)
