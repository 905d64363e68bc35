"""Queues that are in another shard than a topic which they are subscribed to: that alone knows their policies."""

from __future__ import annotations

from decaf.access.simulation import SimulatedDecision
from decaf.base.arn import Arn, read_arn
from decaf.control import across
from decaf.control.access import SIMULATE, Simulate
from decaf.control.doctor import subscriptions
from decaf.control.doctor.finding import Finding
from decaf.control.doctor.view import View, source_of
from decaf.control.queues import FIND_QUEUES, FindQueues
from decaf.control.route import Shards
from decaf.control.together import together
from decaf.control.topics import FIND_SUBSCRIPTIONS, FindSubscriptions, SubscriptionDescription


async def not_let_in(shards: Shards, account: str | None) -> list[Finding]:
    """Returns the findings about the policies of such queues; of events they have none. Raises Refused."""
    request = FindSubscriptions(account=account)
    found = await FIND_SUBSCRIPTIONS.across.ask(shards, FIND_SUBSCRIPTIONS, request)
    crossing = [each for each in found.subscriptions if await _crosses(shards, each)]
    decisions = await together(_decision(shards, each) for each in crossing)
    lets_in = {each.arn: decision for each, decision in zip(crossing, decisions, strict=True) if decision is not None}
    return list(subscriptions.not_let_in(View(now=0.0, subscriptions=crossing, lets_in=lets_in)))


async def _crosses(shards: Shards, subscription: SubscriptionDescription) -> bool:
    if subscription.protocol != "sqs":
        return False
    topic, queue = read_arn(subscription.topic), read_arn(subscription.endpoint)
    if topic is None or queue is None:
        return False
    return await _shard_of(shards, topic) != await _shard_of(shards, queue)


async def _shard_of(shards: Shards, arn: Arn) -> int:
    return await shards.of(arn.account, arn.region)


async def _decision(shards: Shards, subscription: SubscriptionDescription) -> SimulatedDecision | None:
    """Returns whether SNS may send to the queue of a subscription for its topic, None when there is no such queue."""
    queue = read_arn(subscription.endpoint)
    assert queue is not None
    shard, place = await _shard_of(shards, queue), {"account": queue.account, "region": queue.region}
    named = await across.ask(shards, shard, FIND_QUEUES, FindQueues(prefix=queue.resource, limit=1, **place))
    if [each.arn for each in named.queues] != [subscription.endpoint]:
        return None
    request = Simulate(
        caller="sns.amazonaws.com",
        action="sqs:SendMessage",
        on=subscription.endpoint,
        context=source_of(subscription.topic),
        **place,
    )
    return await across.ask(shards, shard, SIMULATE, request)
