"""A declared resource: the call that creates it, and its place in a file.

Rule: the order of creation depends on the kinds of the calls, never on the order in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from decaf.api.places import place_named
from decaf.base.arn import Arn
from decaf.base.settings import BadSetting
from decaf.store import Store

RESOURCE_KINDS = ("queues", "topics", "subscriptions", "platform_applications", "event_source_mappings")


class BadDeclaration(BadSetting):
    """A declaration is not allowed; the text has the place and the reason, in one line for people."""

    def __init__(self, text: str) -> None:
        super().__init__("\\n".join(text.splitlines()))  # names can have any character


class StackName(msgspec.Struct, frozen=True):
    """The name of a stack in its account and region."""

    account: str
    region: str
    name: str


class Origin(msgspec.Struct, frozen=True):
    """Where a resource is declared. `line` counts from 1, and is None where it is not known.

    `stack` is that of a template, None in other documents; `retained` as in StackCall.
    """

    source: str
    line: int | None
    what: str  # as people know it: "queue orders"
    lines: Mapping[str, int] = msgspec.field(default_factory=dict)  # of its keys, as far as they are known
    stack: StackName | None = None
    retained: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._at(self.line)

    def bad(self, reason: str, key: str = "") -> BadDeclaration:
        """The error about the resource, or about one of its keys."""
        return BadDeclaration(f"{self._at(self.lines.get(key, self.line))}: {reason}")

    def _at(self, line: int | None) -> str:
        return f"{self.source}:{'' if line is None else f'{line}:'} {self.what}"


class EndpointOf(msgspec.Struct, frozen=True):
    """Stands for the ARN of a platform endpoint, which is known once the endpoint exists."""

    application: Arn
    token: str

    def find(self, store: Store) -> str | None:
        application = store.find_application(self.application)
        endpoint = None if application is None else application.by_token.get(self.token)
        return None if endpoint is None else str(endpoint.arn)


class TokenOf(msgspec.Struct, frozen=True):
    """Stands for the token that confirms a subscription, which is known once the subscription exists."""

    topic: Arn
    protocol: str
    endpoint: str | EndpointOf

    def find(self, store: Store) -> str | None:
        topic = store.find_topic(self.topic)
        endpoint = self.endpoint if isinstance(self.endpoint, str) else self.endpoint.find(store)
        subscription = None if topic is None else topic.by_endpoint.get((self.protocol, endpoint or ""))
        return None if subscription is None else subscription.token


class Resource(msgspec.Struct, frozen=True):
    """A call that `account` makes in `region`. `params` have the model's names; values may be EndpointOf or TokenOf."""

    origin: Origin
    account: str
    region: str
    service: str
    operation: str
    params: Mapping[str, Any]


class Declaration(msgspec.Struct, frozen=True):
    """The resources of a document; `notes` are about those left out. `stacks` are of templates, also of empty ones."""

    resources: tuple[Resource, ...] = ()
    notes: tuple[str, ...] = ()
    stacks: tuple[StackName, ...] = ()

    @property
    def places(self) -> set[tuple[str, str]]:
        """The accounts in regions that they are in."""
        return {*map(place_of, self.resources), *((stack.account, stack.region) for stack in self.stacks)}


_ORDER = (
    "CreateQueue",
    "SetQueueAttributes",  # redrive policies, once all queues are there
    "CreateTopic",
    "SetTopicAttributes",
    "CreatePlatformApplication",
    "CreatePlatformEndpoint",
    "CreateFunction",
    "CreateEventSourceMapping",
    "Subscribe",
    "ConfirmSubscription",
)
_NAMES = {"CreateQueue": "QueueName", "CreateTopic": "Name"}


def order_of(operation: str) -> int:
    """Return the place of an operation in the order of creation."""
    return _ORDER.index(operation)


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """Return `resources` in an order in which they can be created."""
    return sorted(resources, key=lambda resource: order_of(resource.operation))


def place_of(resource: Resource) -> tuple[str, str]:
    """Return the account and the region in which the call of a resource is carried out: a subscription is where its
    topic is.
    """
    account, region = place_named(resource.service, resource.operation, dict(resource.params))
    return account or resource.account, region or resource.region


def check_stacks(resources: Iterable[Resource], shards: int) -> None:
    """Raises BadDeclaration, where there are several `shards`, for a resource of a stack in another account or region:
    that may be in another shard."""
    for resource in resources if shards > 1 else ():
        stack, (account, region) = resource.origin.stack, place_of(resource)
        if stack is not None and (account, region) != (stack.account, stack.region):
            raise resource.origin.bad(
                f"account {account} in {region} may be in another shard than {stack.account} in {stack.region}, which "
                "the stack is in"
            )


def check_once(resources: Iterable[Resource]) -> None:
    """Raises BadDeclaration for a queue or topic that is declared twice."""
    seen: dict[tuple[str, str, str, str], Origin] = {}
    for resource in resources:
        if resource.operation in _NAMES:
            name = resource.params[_NAMES[resource.operation]]
            key = (resource.operation, resource.account, resource.region, name)
            if key in seen:
                raise resource.origin.bad(f"{name} is declared already: {seen[key]}")
            seen[key] = resource.origin
