"""A filter policy that is changed: in the realistic profile it decides a while later, as on AWS."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.api.sns.changing import LONGEST
from decaf.base.profile import Profile
from tests.decaf.sns.cloud import ACCOUNT, Cloud
from tests.decaf.sns.test_filtering import PARIS, bodies, city, set_attribute
from tests.decaf.sns.test_subscriptions import attributes


class OneStart(Cloud):
    """A start ends the changes under way, so calls are made to one."""

    store = "memory"


@pytest.fixture
def cloud() -> Cloud:
    cloud = OneStart()
    cloud.world.set_profile(Profile("realistic", seed=7), ACCOUNT)
    return cloud


def publish(cloud: Cloud, topic: str, text: str, where: str) -> None:
    cloud.sns("Publish", TopicArn=topic, Message=text, MessageAttributes=city(where))


def received(cloud: Cloud, queue: str) -> list[str]:
    """Returns the texts in a queue, whatever else the profile does to it."""
    cloud.world.set_profile(Profile(), ACCOUNT)
    found = bodies(cloud, queue)
    cloud.world.set_profile(Profile("realistic", seed=7), ACCOUNT)
    return found


def test_a_new_policy_is_returned_at_once_and_decides_later(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    set_attribute(cloud, subscription, "FilterPolicy", PARIS)
    assert attributes(cloud, subscription)["FilterPolicy"] == PARIS
    publish(cloud, topic, "at once", "Rome")
    cloud.world.clock.advance(LONGEST)
    publish(cloud, topic, "later", "Rome")
    publish(cloud, topic, "to Paris", "Paris")
    assert received(cloud, queue) == ["at once", "to Paris"]


def test_a_policy_that_is_removed_filters_a_while_longer(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue, FilterPolicy=PARIS)
    publish(cloud, topic, "before", "Rome")  # the policy of a new subscription decides at once
    set_attribute(cloud, subscription, "FilterPolicy")
    publish(cloud, topic, "at once", "Rome")
    cloud.world.clock.advance(LONGEST)
    publish(cloud, topic, "later", "Rome")
    assert received(cloud, queue) == ["later"]


def test_the_last_of_several_policies_decides_in_the_end(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    for policy in (PARIS, '{"city":["Rome"]}', '{"city":["Oslo"]}'):
        set_attribute(cloud, subscription, "FilterPolicy", policy)
        cloud.world.clock.advance(1)
        publish(cloud, topic, f"after {policy[10:14]}", "Bern")
    cloud.world.clock.advance(LONGEST)
    for where in ("Paris", "Rome", "Oslo"):
        publish(cloud, topic, where, where)
    assert received(cloud, queue) == ["after Pari", "after Rome", "after Oslo", "Oslo"]


def test_a_subscription_that_is_gone_has_nothing_to_come(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "sqs", cloud.queue())
    set_attribute(cloud, subscription, "FilterPolicy", PARIS)
    about: Any = cloud.world.clock.next_described()
    assert "a new filter policy" in about.about
    cloud.sns("Unsubscribe", SubscriptionArn=subscription)
    assert cloud.world.clock.next_described() is None


def test_a_reset_leaves_nothing_to_come(cloud: Cloud) -> None:
    subscription = cloud.subscribe(cloud.topic(), "sqs", cloud.queue())
    set_attribute(cloud, subscription, "FilterPolicy", PARIS)
    cloud.world.reset()
    assert cloud.world.clock.next_described() is None


def test_a_policy_that_is_set_in_another_profile_ends_the_wait_of_an_earlier_one(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    set_attribute(cloud, subscription, "FilterPolicy", '{"city":["Rome"]}')
    cloud.world.set_profile(Profile(), ACCOUNT)
    publish(cloud, topic, "before", "Oslo")
    set_attribute(cloud, subscription, "FilterPolicy", PARIS)
    publish(cloud, topic, "no", "Oslo")
    publish(cloud, topic, "yes", "Paris")
    assert bodies(cloud, queue) == ["before", "yes"]


@pytest.mark.parametrize("name", ["strict", "relaxed"])
def test_other_profiles_change_at_once(name: Any) -> None:
    cloud = Cloud(profile=name)
    topic, queue = cloud.topic(), cloud.queue()
    set_attribute(cloud, cloud.subscribe(topic, "sqs", queue), "FilterPolicy", PARIS)
    publish(cloud, topic, "no", "Rome")
    publish(cloud, topic, "yes", "Paris")
    assert bodies(cloud, queue) == ["yes"]
