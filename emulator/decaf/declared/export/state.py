"""The existing resources as a document can declare them: names, and the attributes that are not the defaults.

Rule: what cannot be declared is left out, with a note, so that every document can be read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from decaf.api.sns.subscriptions import is_confirmed_at_once
from decaf.base import attributes
from decaf.base.arn import Arn, read_arn
from decaf.base.settings import Settings
from decaf.sns import platform, subscription_attributes, topic_attributes
from decaf.sns.platform import PlatformApplication
from decaf.sns.topic import Subscription, Topic
from decaf.sqs import attributes as queue_attributes
from decaf.sqs.queue import Queue
from decaf.sqs.redrive import allows
from decaf.store import Region, Store

Attributes = dict[str, Any]  # JSON documents as dicts; numbers and booleans; all others text

_DOCUMENTS = frozenset(
    {
        "ArchivePolicy",
        "DataProtectionPolicy",
        "DeliveryPolicy",
        "FilterPolicy",
        "Policy",
        "RedriveAllowPolicy",
        "RedrivePolicy",
    }
)


class StatedQueue(msgspec.Struct, frozen=True):
    """A queue."""

    arn: Arn
    attributes: Attributes
    tags: Mapping[str, str]


class StatedTopic(msgspec.Struct, frozen=True):
    """A topic; its data protection policy is among its attributes."""

    arn: Arn
    attributes: Attributes
    tags: Mapping[str, str]


class Device(msgspec.Struct, frozen=True):
    """An endpoint of a platform application."""

    application: Arn
    token: str
    attributes: Attributes


class StatedSubscription(msgspec.Struct, frozen=True):
    """A subscription; `confirmed` when it needed a confirmation and got one, `guarded` when that was signed."""

    topic: Arn
    owner: str
    protocol: str
    endpoint: str | Device
    attributes: Attributes
    confirmed: bool
    guarded: bool

    def __str__(self) -> str:
        endpoint = self.endpoint if isinstance(self.endpoint, str) else self.endpoint.token
        return f"the {self.protocol} subscription of {endpoint} to {self.topic}"


class StatedApplication(msgspec.Struct, frozen=True):
    """A platform application with its endpoints."""

    arn: Arn
    attributes: Attributes
    devices: tuple[Device, ...]


@dataclass(slots=True)
class State:
    """The resources to write, and `notes` on those that cannot be written."""

    queues: list[StatedQueue] = field(default_factory=list)
    topics: list[StatedTopic] = field(default_factory=list)
    subscriptions: list[StatedSubscription] = field(default_factory=list)
    applications: list[StatedApplication] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def state_of(store: Store, settings: Settings, account: str | None = None, region: str | None = None) -> State:
    """Return the resources of all accounts and regions, or of those of one account or region."""
    state = State()
    for place in sorted(store.regions(), key=lambda place: (place.account, place.name)):
        if account in (None, place.account) and region in (None, place.name):
            _add(state, place, store, settings)
    return state


def _add(state: State, place: Region, store: Store, settings: Settings) -> None:
    state.queues += [_queue(queue, store, settings, state.notes) for queue in _sorted(place.queues)]
    state.topics += [_topic(topic) for topic in _sorted(place.topics)]
    state.applications += [_application(application) for application in _sorted(place.platform_applications)]
    for subscription in place.subscriptions.values():
        endpoint = _endpoint(subscription, store)
        if endpoint is None:
            state.notes.append(f"left out: subscription {subscription.arn}, as its endpoint was deleted")
        else:
            state.subscriptions.append(_subscription(subscription, endpoint, state.notes))
    for mapping in place.mappings.values():
        state.notes.append(f"left out: the mapping of {mapping.queue} to {mapping.function}, as functions are left out")


def _sorted(named: Mapping[str, Any]) -> list[Any]:
    return [named[name] for name in sorted(named)]


def _queue(queue: Queue, store: Store, settings: Settings, notes: list[str]) -> StatedQueue:
    usual = queue_attributes.defaults(queue.is_fifo) | {"MaximumMessageSize": settings.max_message_size}
    found = _not_default(queue.attributes, usual, queue_attributes.SETTABLE)
    redrive = queue.attributes.get("RedrivePolicy")
    if redrive is not None and not _can_be_target(redrive["deadLetterTargetArn"], queue.arn, store):
        del found["RedrivePolicy"]
        target = redrive["deadLetterTargetArn"]
        notes.append(f"left out: RedrivePolicy of {queue.arn}, as {target} does not exist, or does not allow it")
    return StatedQueue(queue.arn, found, queue.tags)


def _can_be_target(named: str, source: Arn, store: Store) -> bool:
    arn = read_arn(named)
    target = None if arn is None else store.find_queue(arn.account, arn.region, arn.resource)
    return target is not None and allows(target.attributes.get("RedriveAllowPolicy"), source)


def _topic(topic: Topic) -> StatedTopic:
    usual = topic_attributes.defaults(topic.arn, topic.is_fifo)
    found = _not_default(topic.attributes, usual, topic_attributes.AT_CREATION)
    if topic.data_protection is not None:
        found["DataProtectionPolicy"] = json.loads(topic.data_protection.document)
    return StatedTopic(topic.arn, found, topic.tags)


def _subscription(subscription: Subscription, endpoint: str | Device, notes: list[str]) -> StatedSubscription:
    usual = attributes.defaults(subscription_attributes.SETTABLE)
    table = subscription_attributes.SETTABLE | subscription_attributes.OF_FIFO_TOPICS
    found = _not_default(subscription.attributes, usual, table)
    if found.pop("ReplayPolicy", None) is not None:
        notes.append(f"left out: ReplayPolicy of {subscription.arn}, as the archive of a new topic is empty")
    at_once = is_confirmed_at_once(subscription.protocol, subscription.target, subscription.owner)
    return StatedSubscription(
        topic=subscription.topic_arn,
        owner=subscription.owner,
        protocol=subscription.protocol,
        endpoint=endpoint,
        attributes=found,
        confirmed=not subscription.pending and not at_once,
        guarded=subscription.guarded,
    )


def _endpoint(subscription: Subscription, store: Store) -> str | Device | None:
    """Return the endpoint; for an app, by its token: its ARN is different each time it is created."""
    if subscription.protocol != "application" or subscription.target is None:
        return subscription.endpoint
    application, endpoint = store.find_application(subscription.target), store.find_endpoint(subscription.target)
    return None if application is None or endpoint is None else Device(application.arn, endpoint.token, {})


def _application(application: PlatformApplication) -> StatedApplication:
    found = _not_default(application.attributes, attributes.defaults(platform.APPLICATION), platform.APPLICATION)
    usual = attributes.defaults(platform.ENDPOINT)
    devices = (
        Device(application.arn, endpoint.token, _not_default(_without_token(endpoint), usual, platform.ENDPOINT))
        for endpoint in application.endpoints.values()
    )
    return StatedApplication(application.arn, found, tuple(devices))


def _without_token(endpoint: platform.Endpoint) -> dict[str, Any]:
    return {name: value for name, value in endpoint.attributes.items() if name != "Token"}


def _not_default(
    values: Mapping[str, Any],
    usual: Mapping[str, Any],
    table: attributes.Table,
) -> Attributes:
    """Return the attributes that are not the defaults."""
    return {
        name: _written(name, values[name], table[name].write(values[name]))
        for name in table
        if name in values and values[name] != usual.get(name)
    }


def _written(name: str, value: Any, text: str) -> Any:
    if name in _DOCUMENTS:
        return json.loads(text)
    return value if isinstance(value, bool | int) else text
