"""Topics and subscriptions. Reading them changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.api.paging import page
from decaf.control import across
from decaf.control.queues import After, Limit
from decaf.control.route import ControlRequest, ControlResponse, Route
from decaf.sns import subscription_attributes, topic_attributes
from decaf.sns.topic import Subscription, Topic

if TYPE_CHECKING:
    from decaf.world import World


class FindTopics(ControlRequest, frozen=True):
    """Selects topics by account, region and the start of their name."""

    account: str | None = None
    region: str | None = None
    prefix: str = ""
    limit: Limit = 1_000
    after: After = None


class TopicDescription(ControlResponse, frozen=True):
    """A topic. `attributes` and `tags` are as GetTopicAttributes and ListTagsForResource return them."""

    name: str
    arn: str
    account: str
    region: str
    fifo: bool
    confirmed: int
    pending: int
    attributes: dict[str, str]
    tags: dict[str, str]


class Topics(ControlResponse, frozen=True):
    """Topics, sorted by ARN; `next` is the value for `after` on the next page, null on the last page."""

    topics: list[TopicDescription]
    next: str | None


class FindSubscriptions(ControlRequest, frozen=True):
    """The `topic`, a name or ARN, whose subscriptions to return; without it, those of all topics."""

    topic: str | None = None
    account: str | None = None
    limit: Limit = 1_000
    after: After = None


class SubscriptionDescription(ControlResponse, frozen=True):
    """A subscription. `attributes` are as GetSubscriptionAttributes returns them; `token` confirms a pending one."""

    arn: str
    topic: str
    protocol: str
    endpoint: str
    owner: str
    pending: bool
    token: str | None
    attributes: dict[str, str]


class Subscriptions(ControlResponse, frozen=True):
    """Subscriptions, sorted by ARN; `next` is the value for `after` on the next page, null on the last page."""

    subscriptions: list[SubscriptionDescription]
    next: str | None


def find_topics(world: World, request: FindTopics) -> Topics:
    """Returns a page of the topics that a request selects."""
    fitting = (
        (str(topic.arn), topic)
        for topic in world.topics()
        if request.account in (None, topic.arn.account)
        and request.region in (None, topic.arn.region)
        and topic.arn.resource.startswith(request.prefix)
    )
    found, following = page(fitting, request.after, request.limit)
    return Topics(topics=[_topic(world, topic) for topic in found], next=following)


def _topic(world: World, topic: Topic) -> TopicDescription:
    pending = topic.pending_count()
    return TopicDescription(
        name=topic.arn.resource,
        arn=str(topic.arn),
        account=topic.arn.account,
        region=topic.arn.region,
        fifo=topic.arn.resource.endswith(".fifo"),
        confirmed=len(topic.subscriptions) - pending,
        pending=pending,
        attributes=topic_attributes.describe(topic, world.clock.now()),
        tags=topic.tags,
    )


def find_subscriptions(world: World, request: FindSubscriptions) -> Subscriptions:
    """Returns a page of the subscriptions that a request selects."""
    fitting = (
        (str(subscription.arn), subscription)
        for topic in world.topics()
        if request.topic in (None, topic.arn.resource, str(topic.arn)) and request.account in (None, topic.arn.account)
        for subscription in topic.subscriptions.values()
    )
    found, following = page(fitting, request.after, request.limit)
    return Subscriptions(subscriptions=[_subscription(world, one) for one in found], next=following)


def _subscription(world: World, subscription: Subscription) -> SubscriptionDescription:
    topic = world.store.find_topic(subscription.topic_arn)
    return SubscriptionDescription(
        arn=str(subscription.arn),
        topic=str(subscription.topic_arn),
        protocol=subscription.protocol,
        endpoint=subscription.shown_endpoint,
        owner=subscription.owner,
        pending=subscription.pending,
        token=subscription.token if subscription.pending else None,
        attributes={} if topic is None else subscription_attributes.describe(subscription, topic),
    )


FIND_TOPICS = Route(
    "GET",
    "/topics",
    "Return topics",
    find_topics,
    FindTopics,
    Topics,
    command="topics ne",
    python='control.topics("ne")',
    example={"prefix": "ne"},
    across=across.pages("topics", lambda topic: topic.arn),
)
FIND_SUBSCRIPTIONS = Route(
    "GET",
    "/subscriptions",
    "Return subscriptions, with the tokens that confirm pending ones",
    find_subscriptions,
    FindSubscriptions,
    Subscriptions,
    command="subscriptions news",
    python='control.subscriptions("news")',
    example={"topic": "news"},
    across=across.pages("subscriptions", lambda subscription: subscription.arn),
)

ROUTES = (FIND_TOPICS, FIND_SUBSCRIPTIONS)
