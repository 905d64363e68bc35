"""Archives of FIFO topics, and replays from them: on the clock, with a limit of messages a second.

Rule: a replay is pending until the clock runs it for the first time, and in progress until it has reached the
archive's end. It ends with its subscription, with the archive, or when another policy replaces its own.

Source: Amazon SNS Developer Guide, "Message archiving and replay for FIFO topics".
"""

from __future__ import annotations

from functools import partial

from decaf.api.sns.service import Sns
from decaf.sns.archive import Archive, Replay, ReplayPolicy
from decaf.sns.errors import replay_limit_exceeded
from decaf.sns.topic import SUBSCRIPTION_STATE, Subscription, Topic

STEP = 1.0  # seconds between two portions of a replay


def update_archive(topic: Topic, now: float) -> None:
    """Start, shorten or drop the topic's archive, according to its present ArchivePolicy."""
    days: int | None = topic.attributes.get("ArchivePolicy")
    if days is None:
        topic.archive = None
        for subscription in topic.subscriptions.values():
            if subscription.replay is not None:
                subscription.replay.fail()
    elif topic.archive is None:
        topic.archive = Archive(now)
    else:
        topic.archive.drop_expired(days, now)


def new_replay(sns: Sns, topic: Topic, owner: str, policy: ReplayPolicy | None) -> Replay | None:
    """Returns the replay that `policy` starts. Raises ReplayLimitExceeded when `owner` has too many in progress."""
    if policy is None:
        return None
    assert topic.archive is not None
    owned = sns.store.region(owner, topic.arn.region).subscriptions.values()
    if sum(each.replay is not None and each.replay.running for each in owned) >= sns.settings.max_replays:
        raise replay_limit_exceeded(sns.settings.max_replays)
    return Replay(topic.archive, policy.start, policy.end)


def set_replay(sns: Sns, subscription: Subscription, replay: Replay | None, now: float) -> None:
    """Replace the subscription's replay by another, or by none."""
    subscription.replay = replay
    start_replay(sns, subscription, now)


def start_replay(sns: Sns, subscription: Subscription, when: float) -> None:
    """Start or continue the subscription's replay, if it has one and is confirmed."""
    replay = subscription.replay
    if replay is not None and not subscription.pending:
        replay.due = when
        about = f"the replay to {subscription.arn} goes on"
        holds = partial(_goes_on, sns, subscription, replay)
        sns.clock.call_at(when, lambda at: _step(sns, subscription, replay, at), about, holds)


def _goes_on(sns: Sns, subscription: Subscription, replay: Replay) -> bool:
    exists = sns.store.find_subscription(subscription.arn) is subscription
    return exists and subscription.replay is replay and replay.running


def _step(sns: Sns, subscription: Subscription, replay: Replay, now: float) -> None:
    if not _goes_on(sns, subscription, replay):
        return
    for notification in replay.take(sns.settings.replay_rate):
        sns.courier.replay(notification, subscription, now)
    if replay.running:
        start_replay(sns, subscription, now + STEP)
    sns.events.mark_dirty(SUBSCRIPTION_STATE, subscription)
