"""Writes the existing resources as TOML that declares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decaf.base.arn import Arn, read_arn
from decaf.declared.calls import Place
from decaf.declared.export import toml_syntax
from decaf.declared.export.state import (
    Attributes,
    Device,
    State,
    StatedApplication,
    StatedQueue,
    StatedSubscription,
    StatedTopic,
)
from decaf.declared.value import as_text

Table = dict[str, Any]


def write_toml(state: State, default: Place) -> str:
    """Return the document; resources in the account and region `default` do not name them."""
    tables = {
        "queues": [_queue(queue, default) for queue in state.queues],
        "topics": [_topic(topic, default) for topic in state.topics],
        "platform_applications": [_application(application, default) for application in state.applications],
        "subscriptions": [_subscription(subscription, default) for subscription in state.subscriptions],
    }
    notes = "".join(f"# {note}\n" for note in state.notes)
    return notes + toml_syntax.dumps(tables)


def _queue(queue: StatedQueue, default: Place) -> Table:
    place = Place(queue.arn.account, queue.arn.region)
    return _table({"name": queue.arn.resource}, place, default, queue.attributes, queue.tags)


def _topic(topic: StatedTopic, default: Place) -> Table:
    place = Place(topic.arn.account, topic.arn.region)
    return _table({"name": topic.arn.resource}, place, default, topic.attributes, topic.tags)


def _application(application: StatedApplication, default: Place) -> Table:
    arn = application.arn
    platform, name = arn.resource.split("/")[1:]
    table = _table(
        {"name": name, "platform": platform}, Place(arn.account, arn.region), default, application.attributes, {}
    )
    if application.devices:
        table["endpoints"] = [{"token": device.token, **_values(device.attributes)} for device in application.devices]
    return table


def _subscription(subscription: StatedSubscription, default: Place) -> Table:
    place = Place(subscription.owner, subscription.topic.region)
    keys: Table = {
        "topic": _name(subscription.topic, place) or str(subscription.topic),
        "protocol": subscription.protocol,
        **_endpoint(subscription, place),
    }
    if subscription.confirmed:
        keys["confirmed"] = True
        if subscription.guarded:
            keys["authenticate_on_unsubscribe"] = True
    return _table(keys, place, default, subscription.attributes, {})


def _endpoint(subscription: StatedSubscription, place: Place) -> Table:
    endpoint = subscription.endpoint
    if isinstance(endpoint, Device):
        name = _name(endpoint.application, place)
        return {
            "application": str(endpoint.application) if name is None else name[len("app/") :],
            "token": endpoint.token,
        }
    arn = read_arn(endpoint) if subscription.protocol == "sqs" else None
    return {"endpoint": (arn and _name(arn, place)) or endpoint}


def _table(keys: Table, place: Place, default: Place, attributes: Attributes, tags: Mapping[str, str]) -> Table:
    where = {} if place.account == default.account else {"account": place.account}
    where |= {} if place.region == default.region else {"region": place.region}
    return keys | where | _values(attributes, place) | ({"tags": dict(tags)} if tags else {})


def _values(attributes: Attributes, place: Place | None = None) -> Table:
    """Return attributes; documents are tables, or JSON where they have a null, which TOML has not."""
    return {
        name: as_text(value) if _has_null(value) else _with_names(value, place) if name.startswith("Redrive") else value
        for name, value in attributes.items()
    }


def _with_names(policy: Any, place: Place | None) -> Any:
    """Return a redrive policy with names in the place of ARNs of the same account and region."""
    if isinstance(policy, dict):
        return {member: _with_names(value, place) for member, value in policy.items()}
    if isinstance(policy, list):
        return [_with_names(value, place) for value in policy]
    arn = read_arn(policy) if isinstance(policy, str) else None
    return policy if arn is None or place is None else _name(arn, place) or policy


def _name(arn: Arn, place: Place) -> str | None:
    """Return the name of a resource in `place`, None for a resource of another account or region."""
    return arn.resource if (arn.account, arn.region) == (place.account, place.region) else None


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None
