"""The journal writes what changed between two commits, once, as it is at the second."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from decaf.base.events import StateKind
from tests.again import check_followed
from tests.decaf.sns.cloud import Cloud
from tests.decaf.sns.test_archive import archiving, replay_policy, set_archive
from tests.follower import Follower


@pytest.fixture
def shop() -> Cloud:
    return Cloud()


@pytest.fixture
def follower(shop: Cloud) -> Follower:
    """Writes only when the test does."""
    return Follower(shop.world, lambda write: None)


def test_a_message_that_comes_and_goes_between_two_commits_is_never_written(shop: Cloud, follower: Follower) -> None:
    arn = shop.queue()
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="latte")
    (message,) = shop.received(arn)
    shop.sqs("DeleteMessage", QueueUrl="kitchen", ReceiptHandle=message["ReceiptHandle"])
    contents = follower.load()
    assert contents.messages == {arn: []}
    assert contents.snapshot.queues[0].sent_count == 1


def test_a_message_whose_delay_changed_can_be_deleted_before_the_next_commit(shop: Cloud, follower: Follower) -> None:
    arn = shop.queue("orders.fifo", FifoQueue="true", DelaySeconds="60")
    shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody="latte", MessageGroupId="a", MessageDeduplicationId="1")
    follower.write()
    shop.sqs("SetQueueAttributes", QueueUrl="orders.fifo", Attributes={"DelaySeconds": "0"})
    (message,) = shop.received(arn)
    shop.sqs("DeleteMessage", QueueUrl="orders.fifo", ReceiptHandle=message["ReceiptHandle"])
    assert follower.load().messages == {arn: []}


def test_a_dead_letter_is_written_in_its_new_queue(shop: Cloud, follower: Follower) -> None:
    dead = shop.queue("dead")
    arn = shop.queue(RedrivePolicy=f'{{"maxReceiveCount": 1, "deadLetterTargetArn": "{dead}"}}', VisibilityTimeout="1")
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="latte")
    shop.received(arn)
    follower.write()
    shop.advance(1)
    assert shop.received(arn) == []
    messages = follower.load().messages
    assert ([m.content for m in messages[arn]], [m.content for m in messages[dead]]) == ([], ["latte"])


def test_a_kind_of_state_that_the_journal_does_not_know_is_an_error(shop: Cloud, follower: Follower) -> None:
    kind: StateKind[Any] = StateKind("unknown")
    with pytest.raises(KeyError):
        shop.world.events.mark_dirty(kind, "key")


def test_a_queue_name_used_again_counts_as_deleted_no_more(shop: Cloud, follower: Follower) -> None:
    shop.queue()
    shop.sqs("DeleteQueue", QueueUrl="kitchen")
    check_followed(follower)
    shop.advance(60)
    shop.queue()
    check_followed(follower)


def test_a_platform_application_is_deleted_with_its_endpoints(shop: Cloud, follower: Follower) -> None:
    given: dict[str, Any] = {"Name": "shop", "Platform": "GCM", "Attributes": {"PlatformCredential": "key"}}
    application = shop.sns("CreatePlatformApplication", **given)["PlatformApplicationArn"]
    shop.sns("CreatePlatformEndpoint", PlatformApplicationArn=application, Token="phone")
    check_followed(follower)
    shop.sns("DeletePlatformApplication", PlatformApplicationArn=application)
    shop.sns("CreatePlatformApplication", **given)
    check_followed(follower)


def test_the_end_of_an_archive_ends_its_replays(shop: Cloud, follower: Follower) -> None:
    topic = archiving(shop)
    shop.subscribe(topic, "sqs", shop.queue(), ReplayPolicy=replay_policy())
    check_followed(follower)
    set_archive(shop, topic, "{}")
    check_followed(follower)


def test_money_spent_on_text_messages_is_written() -> None:
    shop = Cloud(sms_price=0.05)
    follower = Follower(shop.world, lambda write: None)
    shop.sns("Publish", PhoneNumber="+15555550142", Message="latte")
    check_followed(follower)


def test_a_delivery_is_written_when_it_is_sent_tried_again_and_done() -> None:
    shop = Cloud(retry_jitter=0)
    topic = shop.topic()
    shop.subscribe(topic, "http", "http://127.0.0.1:9/hook")  # its confirmation cannot be delivered
    follower = Follower(shop.world, lambda write: None)
    states = []

    async def play() -> None:
        shop.world.open("127.0.0.1")
        for seconds in (0, 20, 86_400):
            await shop.world.advance(seconds)
            check_followed(follower)
            states.append([delivery.attempts for delivery in follower.load().snapshot.deliveries])
        await shop.world.close()

    asyncio.run(play())
    assert states == [[1], [2], []]


def test_a_restored_state_is_written(shop: Cloud, follower: Follower) -> None:
    arn = shop.queue()
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="latte")
    taken = shop.world.snapshot()
    shop.world.reset()
    check_followed(follower)
    shop.world.restore(taken)
    check_followed(follower)
    assert len(follower.load().messages[arn]) == 1
