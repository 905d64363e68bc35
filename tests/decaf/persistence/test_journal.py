"""The journal writes what changed between two commits, once, as it is at the second."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from decaf.base.clock import Clock
from decaf.base.events import StateKind
from decaf.base.settings import Settings
from decaf.persistence.journal import Journal
from decaf.persistence.records import ClockRecord
from decaf.sns.inbox import INBOX_REMOVALS
from decaf.world import World
from tests.again import check_followed
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud
from tests.decaf.sns.test_archive import archiving, publish, replay_policy, set_archive
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


def test_a_code_that_comes_into_the_inbox_is_written(shop: Cloud, follower: Follower) -> None:
    check_followed(follower)
    shop.sns("CreateSMSSandboxPhoneNumber", PhoneNumber="+15555550142")
    check_followed(follower)
    assert [entry.kind for entry in follower.load().snapshot.inbox] == ["Verification"]


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


# --- many changes between two commits ----------------------------------------------------------------------

OTHER = "222222222222"
PHONE = "+15555550142"


def fill(shop: Cloud, account: str) -> None:
    """Gives an account something of every kind, and changes some of it."""
    for name, fifo in (("orders", {}), ("copies.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"})):
        shop.queue(name, account, **fifo)
        for body in ("latte", "decaf", "mocha"):
            group = {"MessageGroupId": body} if fifo else {}
            shop.sqs("SendMessage", account, QueueUrl=name, MessageBody=body, **group)
    shop.sqs("ReceiveMessage", account, QueueUrl="copies.fifo", ReceiveRequestAttemptId="x")
    policy = json.dumps({"MessageRetentionPeriod": "1"})
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true", "ArchivePolicy": policy}
    news = shop.sns("CreateTopic", account, Name="news.fifo", Attributes=attributes)["TopicArn"]
    for text in ("open", "closed"):
        shop.sns("Publish", account, TopicArn=news, Message=text, MessageGroupId="a")
    topic = shop.sns("CreateTopic", account, Name="news")["TopicArn"]
    for protocol, endpoint in (("sms", PHONE), ("http", "http://127.0.0.1:9/hook")):
        shop.sns("Subscribe", account, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    shop.sns("Publish", account, TopicArn=topic, Message="open")
    given: dict[str, Any] = {"Name": "shop", "Platform": "GCM", "Attributes": {"PlatformCredential": "key"}}
    application = shop.sns("CreatePlatformApplication", account, **given)["PlatformApplicationArn"]
    shop.sns("CreatePlatformEndpoint", account, PlatformApplicationArn=application, Token="phone")
    shop.sns("SetSMSAttributes", account, attributes={"DefaultSenderID": "Coffee"})


def rows(follower: Follower) -> dict[str, int]:
    """How many rows each table has: what nothing belongs to any more is read by nobody, and would stay for ever."""
    count = follower._disk._connection.execute
    tables = ("documents", "messages", "remembered", "archived", "inbox")
    return {table: count(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


@pytest.mark.parametrize("account", [ACCOUNT, OTHER, None])
@pytest.mark.parametrize("written", [True, False])
def test_what_an_account_had_is_gone_with_its_reset_and_what_others_have_is_not(
    shop: Cloud, follower: Follower, account: str | None, written: bool
) -> None:
    for each in (ACCOUNT, OTHER):
        fill(shop, each)
    if written:
        follower.write()
        for each in (ACCOUNT, OTHER):
            shop.sqs("SendMessage", each, QueueUrl="orders", MessageBody="more")
            shop.sns("Publish", each, PhoneNumber=PHONE, Message="more")
    shop.world.reset(account)
    fill(shop, "333333333333")
    check_followed(follower)
    shop.world.reset()
    check_followed(follower)
    assert rows(follower) == {"documents": 1, "messages": 0, "remembered": 0, "archived": 0, "inbox": 0}  # the clock


def test_what_was_noted_of_an_account_before_its_reset_is_not_written_after_it(shop: Cloud, follower: Follower) -> None:
    fill(shop, ACCOUNT)
    shop.world.reset(ACCOUNT)
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="after")
    contents = follower.load()
    assert [[message.content for message in messages] for messages in contents.messages.values()] == [["after"]]
    assert rows(follower) == {"documents": 2, "messages": 1, "remembered": 0, "archived": 0, "inbox": 0}


@pytest.mark.parametrize("account", [ACCOUNT, None])
def test_a_restored_state_takes_the_place_of_what_was_there(
    shop: Cloud, follower: Follower, account: str | None
) -> None:
    fill(shop, ACCOUNT)
    taken = shop.world.snapshot(account)
    follower.write()
    fill(shop, OTHER)
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="more")
    shop.world.restore(taken)
    check_followed(follower)
    before = rows(follower)
    shop.world.restore(taken)
    check_followed(follower)
    assert rows(follower) == before
    assert len(follower.load().snapshot.inbox) == (2 if account else 1)
    assert len(follower.load().snapshot.deliveries) == (2 if account else 1)


def test_a_queue_made_again_has_none_of_its_messages_and_no_memory_of_them(shop: Cloud, follower: Follower) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    for written in (True, False):
        shop.queue("orders.fifo", **attributes)
        shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody="latte", MessageGroupId="a")
        shop.sqs("ReceiveMessage", QueueUrl="orders.fifo", ReceiveRequestAttemptId="x")
        if written:
            follower.write()
        shop.sqs("DeleteQueue", QueueUrl="orders.fifo")
        shop.advance(60)
    arn = shop.queue("orders.fifo", **attributes)
    check_followed(follower)
    assert (follower.load().messages, rows(follower)["messages"], rows(follower)["remembered"]) == ({arn: []}, 0, 0)


def test_an_attempt_on_a_queue_that_is_gone_keeps_back_no_other(shop: Cloud, follower: Follower) -> None:
    for name in ("gone.fifo", "orders.fifo"):
        shop.queue(name, FifoQueue="true", ContentBasedDeduplication="true")
        shop.sqs("SendMessage", QueueUrl=name, MessageBody="latte", MessageGroupId="a")
        shop.sqs("ReceiveMessage", QueueUrl=name, ReceiveRequestAttemptId="x")
    shop.sqs("DeleteQueue", QueueUrl="gone.fifo")
    check_followed(follower)
    assert [each.attempt_id for each in follower.load().snapshot.attempts] == ["x"]


@pytest.mark.parametrize("written", [True, False])
def test_after_a_purge_only_what_came_later_is_there(shop: Cloud, follower: Follower, written: bool) -> None:
    arn = shop.queue()
    other = shop.queue("other")
    for name in ("kitchen", "other"):
        shop.sqs("SendMessage", QueueUrl=name, MessageBody="before")
    if written:
        follower.write()
    shop.sqs("PurgeQueue", QueueUrl="kitchen")
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="after")
    messages = follower.load().messages
    assert [[each.content for each in messages[queue]] for queue in (arn, other)] == [["after"], ["before"]]
    assert rows(follower)["messages"] == 2
    check_followed(follower)


def test_a_queue_that_has_lost_its_latest_message_still_knows_how_many_there_were(
    shop: Cloud, follower: Follower
) -> None:
    arn = shop.queue()
    for body in ("first", "second"):
        shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody=body)
    follower.write()
    first, second = shop.received(arn)
    for message, count in ((second, 2), (first, 2)):
        shop.sqs("DeleteMessage", QueueUrl="kitchen", ReceiptHandle=message["ReceiptHandle"])
        assert follower.load().snapshot.queues[0].sent_count == count
    check_followed(follower)


def test_a_queue_is_not_written_again_for_messages_that_come_and_go_before_its_latest(
    shop: Cloud, follower: Follower
) -> None:
    arn = shop.queue()
    follower.write()
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="first")
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="second")
    (first, second) = shop.received(arn)
    shop.sqs("DeleteMessage", QueueUrl="kitchen", ReceiptHandle=first["ReceiptHandle"])
    batch = follower._journal.take()
    assert batch is not None
    assert (batch.documents, [row[7] for row in batch.inserted], batch.deleted) == ([], [second["MessageId"]], [])


def test_an_archive_is_written_from_where_it_ended(shop: Cloud, follower: Follower) -> None:
    topic = archiving(shop, days=1)
    publish(shop, topic, "a", "b")
    follower.write()
    publish(shop, topic, "c")
    batch = follower._journal.take()
    assert batch is not None
    assert [number for _, number, _, _ in batch.archived] == [2]
    assert batch.trimmed == [(topic, 0)]
    follower._disk.apply(batch)
    check_followed(follower)
    shop.advance(86_401)
    publish(shop, topic, "d")
    check_followed(follower)
    assert (rows(follower)["archived"], follower.load().snapshot.archived[0].number) == (1, 3)


@pytest.mark.parametrize("written", [True, False])
def test_an_archive_set_anew_has_nothing_of_the_former(shop: Cloud, follower: Follower, written: bool) -> None:
    topic = archiving(shop)
    publish(shop, topic, "a", "b")
    if written:
        follower.write()
    set_archive(shop, topic, "{}")
    if written:
        check_followed(follower)
        assert rows(follower)["archived"] == 0
    set_archive(shop, topic, json.dumps({"MessageRetentionPeriod": "1"}))
    publish(shop, topic, "c")
    check_followed(follower)
    assert [each.notification.message for each in follower.load().snapshot.archived] == ["c"]


@pytest.mark.parametrize("written", [True, False])
def test_a_topic_made_again_has_neither_subscriptions_nor_memory_nor_an_archive(
    shop: Cloud, follower: Follower, written: bool
) -> None:
    topic = archiving(shop)
    publish(shop, topic, "a", "b")
    shop.subscribe(topic, "sqs", shop.queue())
    if written:
        follower.write()
    set_archive(shop, topic, "{}")  # a topic with an archive cannot be deleted
    shop.sns("DeleteTopic", TopicArn=topic)
    archiving(shop)
    check_followed(follower)
    assert (rows(follower)["remembered"], rows(follower)["archived"]) == (0, 0)
    assert follower.load().snapshot.subscriptions == ()


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
def test_the_archives_of_others_are_not_written_again_after_a_reset(
    shop: Cloud, follower: Follower, account: str
) -> None:
    for each in (ACCOUNT, OTHER):
        fill(shop, each)
    follower.write()
    shop.world.reset(account)
    fill(shop, account)
    batch = follower._journal.take()
    assert batch is not None
    assert [(number, of) for _, number, of, _ in batch.archived] == [(0, account), (1, account)]
    left = OTHER if account == ACCOUNT else ACCOUNT
    shop.sns("Publish", left, TopicArn=f"arn:aws:sns:us-east-1:{left}:news.fifo", Message="x", MessageGroupId="a")
    batch = follower._journal.take()
    assert batch is not None
    assert [(number, of) for _, number, of, _ in batch.archived] == [(2, left)]


def test_a_subscription_to_a_topic_of_another_account_ends_with_its_owners_account(
    shop: Cloud, follower: Follower
) -> None:
    topic, queue = shop.topic(), shop.queue("mine", OTHER)
    shop.sns("Subscribe", OTHER, TopicArn=topic, Protocol="sqs", Endpoint=queue)
    check_followed(follower)
    shop.world.reset(OTHER)
    check_followed(follower)
    assert follower.load().snapshot.subscriptions == ()


def test_the_inbox_is_written_from_where_it_ended_and_anew_where_entries_were_removed(
    shop: Cloud, follower: Follower
) -> None:
    def numbers() -> list[int]:
        batch = follower._journal.take()
        assert batch is not None
        follower._disk.apply(batch)
        return [number for number, _ in batch.inbox]

    shop.sns("Publish", PhoneNumber=PHONE, Message="a")
    assert numbers() == [1]
    shop.sns("Publish", PhoneNumber=PHONE, Message="b")
    shop.sns("Publish", OTHER, PhoneNumber=PHONE, Message="c")
    assert numbers() == [2, 3]
    shop.world.inbox.forget(lambda entry: entry.body == "b")
    shop.world.events.mark_dirty(INBOX_REMOVALS, shop.world.inbox)
    assert numbers() == [1, 3]
    check_followed(follower)
    shop.world.clear_inbox(OTHER)
    shop.sns("Publish", PhoneNumber=PHONE, Message="d")
    assert numbers() == [4]
    check_followed(follower)
    assert [entry.body for entry in follower.load().snapshot.inbox] == ["a", "d"]
    shop.world.clear_inbox()
    check_followed(follower)
    assert rows(follower)["inbox"] == 0


def test_what_was_read_from_the_disk_is_not_written_again(shop: Cloud) -> None:
    journal = Journal(shop.world.sqs, shop.world.sns, lambda late: None)
    fill(shop, ACCOUNT)
    journal.attach()
    numbers = {queue.arn: number for number, queue in enumerate(shop.world.queues(), 5)}
    journal.written(numbers, (), dict(enumerate([*shop.world.courier.deliveries(), None], 7)))
    shop.queue("new")
    publish(shop, f"arn:aws:sns:us-east-1:{ACCOUNT}:news.fifo", "again")
    batch = journal.take()
    assert batch is not None
    assert [(each.kind, each.number) for each in batch.documents] == [
        ("queue", 7),
        ("topic", None),
        ("delivery", None),
        ("clock", None),
    ]
    assert [(each.key, each.record) for each in batch.documents if each.kind == "delivery"] == [("8", None)]
    assert ([number for _, number, _, _ in batch.archived], batch.inbox, batch.inserted) == ([2], [], [])


def test_a_restored_queue_remembers_what_was_sent_though_it_is_gone(shop: Cloud, follower: Follower) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    arn = shop.queue("orders.fifo", **attributes)
    shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody="latte", MessageGroupId="a")
    (message,) = shop.received(arn)
    shop.sqs("DeleteMessage", QueueUrl="orders.fifo", ReceiptHandle=message["ReceiptHandle"])
    taken = shop.world.snapshot()
    shop.world.reset()
    follower.write()
    shop.world.restore(taken)
    check_followed(follower)
    assert rows(follower)["remembered"] == 1


def test_the_inbox_keeps_as_many_entries_on_the_disk_as_in_memory() -> None:
    shop = Cloud(max_inbox=2)
    follower = Follower(shop.world, lambda write: None)
    for text in "abc":
        shop.sns("Publish", PhoneNumber=PHONE, Message=text)
        check_followed(follower)
    assert [entry.body for entry in follower.load().snapshot.inbox] == ["b", "c"]


def test_what_is_remembered_is_dropped_when_its_time_is_over(shop: Cloud, follower: Follower) -> None:
    shop.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")

    def send(body: str) -> None:
        shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody=body, MessageGroupId="a")
        follower.write()

    for seconds, left in ((0, 1), (200, 2), (100, 2), (299, 3), (1, 2)):
        shop.advance(seconds)
        send(str(shop.world.clock.now()))
        assert rows(follower)["remembered"] == left


def test_a_delivery_keeps_its_number_and_another_gets_the_next() -> None:
    shop = Cloud(retry_jitter=0)
    follower = Follower(shop.world, lambda write: None)
    topic = shop.topic()
    for number in range(2):
        shop.subscribe(topic, "http", f"http://127.0.0.1:9/{number}")
    assert follower.load().deliveries == [1, 2]

    async def play() -> None:
        shop.world.open("127.0.0.1")
        await shop.world.advance(20)
        assert follower.load().deliveries == [1, 2]
        shop.subscribe(topic, "http", "http://127.0.0.1:9/3")
        await shop.world.advance(0)
        assert follower.load().deliveries == [1, 2, 3]
        await shop.world.close()

    asyncio.run(play())


def test_the_first_change_wakes_and_no_other_until_it_is_taken(shop: Cloud) -> None:
    woken: list[int] = []
    journal = Journal(shop.world.sqs, shop.world.sns, lambda late: woken.append(len(woken)))
    journal.attach()
    assert (journal.take(), woken) == (None, [])
    for name in ("a", "b"):
        shop.queue(name)
    shop.sqs("TagQueue", QueueUrl="a", Tags={"team": "bar"})
    assert len(woken) == 1
    assert journal.take() is not None
    assert journal.take() is None
    shop.sqs("TagQueue", QueueUrl="a", Tags={"team": "kitchen"})
    assert len(woken) == 2
    journal.detach()
    journal.detach()
    assert journal.take() is None
    shop.queue("c")
    assert (len(woken), journal.take(), journal.changed) == (2, None, [])


def test_what_a_call_has_changed_is_named(shop: Cloud) -> None:
    journal = Journal(shop.world.sqs, shop.world.sns, lambda late: None)
    journal.attach()
    arn = shop.queue()
    assert [str(each) for each in journal.changed] == [arn]
    journal.changed = []
    shop.sqs("SendMessage", QueueUrl="kitchen", MessageBody="latte")
    (message,) = shop.world.queues()[0].messages.values()
    assert journal.changed == [message]
    journal.changed = []
    shop.sqs("TagQueue", QueueUrl="kitchen", Tags={"team": "bar"})
    assert journal.changed == shop.world.queues()


def test_the_clock_is_written_when_it_was_moved_stopped_or_set_going() -> None:
    now = [START]
    clock = Clock(lambda: now[0])
    world = World(Settings(), clock)
    journal = Journal(world.sqs, world.sns, lambda late: None)

    def written() -> list[tuple[float, float, bool]]:
        journal.clock_changed()
        batch = journal.take()
        records = [] if batch is None else [document.record for document in batch.documents]
        return [(each.at, each.moved, each.frozen) for each in records if isinstance(each, ClockRecord)]

    assert written() == [(START, 0.0, False)]
    now[0] += 10  # it runs by itself
    assert written() == []
    clock.advance(60)
    assert written() == [(START + 70, 60.0, False)]
    assert written() == []
    clock.freeze()
    assert written() == [(START + 70, 60.0, True)]
    now[0] += 10
    assert written() == []
    clock.advance(5)
    assert written() == [(START + 75, 60.0, True)]
    clock.thaw()
    assert written() == [(START + 75, 55.0, False)]
    journal.detach()
    assert written() == [(START + 75, 55.0, False)]  # it may not have been written
