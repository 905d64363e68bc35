"""What moved since the last look, counted by kind and by what it happened to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from decaf.base.events import MessageSent, NotificationDelivered, NotificationFiltered, QueueCreated
from decaf.observe.flow import Flow
from decaf.testing.decaf import new_account
from tests.live import Live


@pytest.fixture
def flow(live: Live, account: str) -> Iterator[Flow]:
    found = Flow(account)
    live.call(live.world.events.listeners.append, found.note)
    yield found
    live.call(live.world.events.listeners.remove, found.note)


def test_what_happens_is_counted_until_it_is_taken(flow: Flow, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="latte")
    moves, changed = flow.take()
    assert {kind: count for (kind, _), count in moves.items()} == {QueueCreated: 1, MessageSent: 3}
    assert changed
    assert flow.take() == ({}, False)


def test_what_a_filter_policy_keeps_out_is_counted_for_its_subscription(flow: Flow, sqs: Any, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    arns = {}
    for kind in ("coupon", "trivia"):
        url = sqs.create_queue(QueueName=kind)["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"FilterPolicy": f'{{"kind": ["{kind}"]}}'}
        made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=policy)
        arns[kind] = made["SubscriptionArn"]
    flow.take()
    sns.publish(
        TopicArn=topic, Message="x", MessageAttributes={"kind": {"DataType": "String", "StringValue": "coupon"}}
    )
    moves, changed = flow.take()
    counted = {(kind, str(arn)): count for (kind, arn), count in moves.items()}
    assert counted[NotificationDelivered, arns["coupon"]] == 1
    assert counted[NotificationFiltered, arns["trivia"]] == 1
    assert (NotificationFiltered, arns["coupon"]) not in counted
    assert not changed


def test_another_account_is_not_seen(flow: Flow, live: Live) -> None:
    live.client("sqs", new_account()).create_queue(QueueName="orders")
    assert flow.take() == ({}, False)
