"""Topics and subscriptions to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decaf.api.paging import page
from decaf.control.queues import After, Limit
from decaf.control.route import Gives, Route, Takes
from decaf.sns import subscription_attributes, topic_attributes
from decaf.sns.topic import Subscription, Topic

if TYPE_CHECKING:
    from decaf.world import World


class FindTopics(Takes, frozen=True):
    """Which topics: all that have what is given, by name."""

    account: str | None = None
    region: str | None = None
    prefix: str = ""
    limit: Limit = 1_000
    after: After = None


class SeenTopic(Gives, frozen=True):
    """A topic. `attributes` and `tags` are as GetTopicAttributes and ListTagsForResource give them."""

    name: str
    arn: str
    account: str
    region: str
    fifo: bool
    confirmed: int
    pending: int
    attributes: dict[str, str]
    tags: dict[str, str]


class Topics(Gives, frozen=True):
    """Topics by ARN; `next` is null when there are no more."""

    topics: list[SeenTopic]
    next: str | None


class FindSubscriptions(Takes, frozen=True):
    """Whose: a `topic`'s, by its name or ARN; without one all topics'."""

    topic: str | None = None
    account: str | None = None
    limit: Limit = 1_000
    after: After = None


class SeenSubscription(Gives, frozen=True):
    """A subscription. `attributes` are as GetSubscriptionAttributes gives them; `token` confirms a pending one."""

    arn: str
    topic: str
    protocol: str
    endpoint: str
    owner: str
    pending: bool
    token: str | None
    attributes: dict[str, str]


class Subscriptions(Gives, frozen=True):
    """Subscriptions by ARN; `next` is null when there are no more."""

    subscriptions: list[SeenSubscription]
    next: str | None


def _topics(world: World, asked: FindTopics) -> Topics:
    fitting = (
        (str(topic.arn), topic)
        for topic in world.topics()
        if asked.account in (None, topic.arn.account)
        and asked.region in (None, topic.arn.region)
        and topic.arn.resource.startswith(asked.prefix)
    )
    found, following = page(fitting, asked.after, asked.limit)
    return Topics(topics=[_topic(world, topic) for topic in found], next=following)


def _topic(world: World, topic: Topic) -> SeenTopic:
    pending = topic.pending_count()
    return SeenTopic(
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


def _subscriptions(world: World, asked: FindSubscriptions) -> Subscriptions:
    fitting = (
        (str(subscription.arn), subscription)
        for topic in world.topics()
        if asked.topic in (None, topic.arn.resource, str(topic.arn)) and asked.account in (None, topic.arn.account)
        for subscription in topic.subscriptions.values()
    )
    found, following = page(fitting, asked.after, asked.limit)
    return Subscriptions(subscriptions=[_subscription(world, one) for one in found], next=following)


def _subscription(world: World, subscription: Subscription) -> SeenSubscription:
    topic = world.store.find_topic(subscription.topic_arn)
    return SeenSubscription(
        arn=str(subscription.arn),
        topic=str(subscription.topic_arn),
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        owner=subscription.owner,
        pending=subscription.pending,
        token=subscription.token if subscription.pending else None,
        attributes={} if topic is None else subscription_attributes.describe(subscription, topic),
    )


ROUTES = (
    Route("GET", "/topics", "Topics", _topics, FindTopics, Topics, example={"prefix": "shop"}),
    Route(
        "GET",
        "/subscriptions",
        "Subscriptions",
        _subscriptions,
        FindSubscriptions,
        Subscriptions,
        example={"topic": "shop"},
    ),
)
