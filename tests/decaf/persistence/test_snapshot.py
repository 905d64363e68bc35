"""What a snapshot holds goes on when it is restored: each kind of state by what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Generator
from typing import Any

import msgspec
import pytest

from decaf.base.events import NotificationDeadLettered, NotificationFailed, NotificationPostponed
from decaf.delivery.delivery import SubscriptionDelivery
from decaf.persistence.renaming import renaming
from decaf.persistence.restoring import make
from decaf.persistence.snapshot import BadSnapshot, Snapshot
from decaf.persistence.snapshot_file import LINE, decode, encode, read, read_file, reading
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DeliveryAttempt
from decaf.sns.topic import PENDING_LIFE
from decaf.world import World
from tests.decaf.persistence.twins import Shop, differences, twin, written
from tests.decaf.sns.cloud import ACCOUNT, START
from tests.decaf.sns.test_archive import replay_policy

LATER = 86_400.0  # how much later snapshots are restored here, in seconds


@pytest.fixture
def shop() -> Shop:
    return Shop()


def fifo(shop: Shop, name: str = "orders.fifo") -> str:
    return shop.queue(name, FifoQueue="true", ContentBasedDeduplication="true")


def bodies(shop: Shop, queue: str, **asked: Any) -> list[str]:
    return [message["Body"] for message in shop.receive(queue, **asked)["Messages"]]


def test_what_had_twenty_seconds_left_has_them_again(shop: Shop) -> None:
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="late", DelaySeconds=30)
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="held")
    shop.receive("orders", timeout=30)
    shop.advance(10)
    other = twin(shop, LATER)
    other.advance(19.9)
    assert bodies(other, "orders") == []
    other.advance(0.1)
    assert sorted(bodies(other, "orders")) == ["held", "late"]


def test_a_message_that_came_back_in_two_ways_counts_once(shop: Shop) -> None:
    def come_back() -> None:
        shop.advance(5)
        (queue,) = shop.world.queues()
        queue.settle(shop.world.clock.now())

    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    (message,) = shop.receive("orders", timeout=5)["Messages"]
    come_back()
    longer = {"QueueUrl": "orders", "ReceiptHandle": message["ReceiptHandle"]}
    shop.sqs("ChangeMessageVisibility", VisibilityTimeout=5, **longer)  # though it is visible
    come_back()
    for _ in range(2):  # after three receives it comes back behind all others
        shop.receive("orders", timeout=5)
        come_back()
    other = twin(shop)
    (queue,) = other.world.queues()
    assert len(queue.visible) == 1
    assert bodies(other, "orders") == ["latte"]
    assert bodies(other, "orders") == []


def test_a_message_is_as_old_as_it_was(shop: Shop) -> None:
    shop.queue("orders", MessageRetentionPeriod="60")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    shop.advance(40)
    other = twin(shop, LATER)
    other.advance(19.9)
    assert other.receive("orders", timeout=0)["Messages"][0]["Attributes"]["SentTimestamp"] == str(
        round((START + LATER) * 1000)
    )
    other.advance(0.1)
    assert bodies(other, "orders") == []


def test_a_handle_still_deletes_its_message(shop: Shop) -> None:
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    (message,) = shop.receive("orders")["Messages"]
    other = twin(shop, LATER)
    other.sqs("DeleteMessage", QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])
    other.advance(31)
    assert bodies(other, "orders") == []


def test_a_message_in_flight_has_what_is_left_of_its_twelve_hours(shop: Shop) -> None:
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    (message,) = shop.receive("orders")["Messages"]
    shop.advance(20)
    other = twin(shop, later=40_000)
    longer = {"QueueUrl": "orders", "ReceiptHandle": message["ReceiptHandle"]}
    other.sqs("ChangeMessageVisibility", VisibilityTimeout=10_000, **longer)
    shape, _ = other.try_to("sqs", "ChangeMessageVisibility", VisibilityTimeout=43_200 - 20, **longer)
    assert shape == "InvalidParameterValueException"


def test_messages_of_one_moment_keep_their_order(shop: Shop) -> None:
    fifo(shop)
    for group in "abc":
        shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody=group, MessageGroupId=group)
    (message,) = shop.receive("orders.fifo", limit=1)["Messages"]
    given_back = {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
    shop.sqs("ChangeMessageVisibility", QueueUrl="orders.fifo", **given_back)
    assert bodies(twin(shop), "orders.fifo") == bodies(shop, "orders.fifo") == ["b", "c", "a"]


def test_a_group_is_still_held_back_by_what_is_in_flight(shop: Shop) -> None:
    fifo(shop)
    for body in ("a1", "a2", "b1"):
        shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody=body, MessageGroupId=body[0])
    shop.receive("orders.fifo", limit=1, timeout=30)
    other = twin(shop, LATER)
    assert bodies(other, "orders.fifo", timeout=60) == ["b1"]
    other.advance(30)
    assert bodies(other, "orders.fifo") == ["a1", "a2"]


def test_a_noisy_group_stays_noisy(shop: Shop) -> None:
    shop.queue("orders")
    for number in range(40):
        shop.sqs("SendMessage", QueueUrl="orders", MessageBody=f"loud {number}", MessageGroupId="loud")
    for _ in range(3):
        shop.receive("orders", timeout=600)
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="quiet", MessageGroupId="quiet")
    other = twin(shop, LATER)
    assert bodies(other, "orders", limit=2) == bodies(shop, "orders", limit=2) == ["quiet", "loud 30"]


def test_duplicates_are_known_for_what_is_left_of_five_minutes(shop: Shop) -> None:
    fifo(shop)
    order = {"QueueUrl": "orders.fifo", "MessageBody": "latte", "MessageGroupId": "a"}
    first = shop.sqs("SendMessage", **order)
    shop.advance(200)
    other = twin(shop, LATER)
    other.advance(99)
    assert other.sqs("SendMessage", **order)["MessageId"] == first["MessageId"]
    other.advance(2)
    assert other.sqs("SendMessage", **order)["MessageId"] != first["MessageId"]


def test_a_receive_can_still_be_asked_for_again(shop: Shop) -> None:
    fifo(shop)
    shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody="latte", MessageGroupId="a")
    first = shop.receive("orders.fifo", attempt="x")
    other = twin(shop, LATER)
    (again,) = other.receive("orders.fifo", attempt="x")["Messages"]
    assert again["ReceiptHandle"] == first["Messages"][0]["ReceiptHandle"]


def test_a_move_task_goes_on_where_it_was(shop: Shop) -> None:
    dead = shop.queue("dead")
    shop.queue("orders", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    for number in range(4):
        shop.sqs("SendMessage", QueueUrl="orders", MessageBody=str(number))
    for _ in range(2):
        shop.receive("orders", timeout=0)
    shop.sqs("StartMessageMoveTask", SourceArn=dead, MaxNumberOfMessagesPerSecond=1)
    shop.advance(2)
    other = twin(shop, LATER)
    other.advance(1)
    (task,) = other.sqs("ListMessageMoveTasks", SourceArn=dead)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("RUNNING", 3)
    other.advance(1)
    assert sorted(bodies(other, "orders")) == ["0", "1", "2", "3"]


def test_a_replay_goes_on_where_it_was(shop: Shop) -> None:
    shop = Shop(replay_rate=2)
    topic = shop.topic(
        "news.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}'
    )
    queue = fifo(shop, "copies.fifo")
    for number in range(6):
        shop.sns("Publish", TopicArn=topic, Message=str(number), MessageGroupId="a")
    shop.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy(START))
    shop.advance(0.5)
    other = twin(shop, LATER, replay_rate=2)
    other.advance(0.4)
    assert bodies(other, "copies.fifo", timeout=0) == ["0", "1"]
    other.advance(10)
    assert bodies(other, "copies.fifo") == ["0", "1", "2", "3", "4", "5"]


def test_a_replay_that_waits_for_the_first_message_gets_it(shop: Shop) -> None:
    topic = shop.topic(
        "news.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}'
    )
    queue = fifo(shop, "copies.fifo")
    shop.subscribe(topic, "sqs", queue, RawMessageDelivery="true", ReplayPolicy=replay_policy(START))
    other = twin(shop, LATER)
    other.sns("Publish", TopicArn=topic, Message="latte", MessageGroupId="a")
    other.advance(1)
    assert bodies(other, "copies.fifo") == ["latte"]


def test_a_pending_subscription_is_confirmed_with_its_token_or_dropped_in_time(shop: Shop) -> None:
    topic = shop.topic()
    shop.subscribe(topic, "email", "ada@example.com")
    (entry,) = shop.inbox()
    shop.advance(PENDING_LIFE - 86_400 * 2)
    confirmed, left = twin(shop, LATER), twin(shop, LATER)
    confirmed.sns("ConfirmSubscription", TopicArn=topic, Token=entry.token)
    for other in (confirmed, left):
        other.advance(86_400 * 2)
    assert len(confirmed.sns("ListSubscriptions")["Subscriptions"]) == 1
    assert left.sns("ListSubscriptions")["Subscriptions"] == []


def test_an_ended_subscription_can_still_be_brought_back(shop: Shop) -> None:
    topic = shop.topic()
    arn = shop.subscribe(topic, "http", "http://127.0.0.1:9/hook")
    pending = next(iter(shop.world.store.region(ACCOUNT, "us-east-1").subscriptions.values()))
    shop.sns("ConfirmSubscription", TopicArn=topic, Token=pending.token)
    shop.sns("Unsubscribe", region=None, SubscriptionArn=arn)
    other = twin(shop, LATER)
    (token,) = other.world.topics()[0].ended
    assert other.sns("ConfirmSubscription", TopicArn=topic, Token=token)["SubscriptionArn"] == arn


def test_a_phone_that_wants_no_messages_gets_none(shop: Shop) -> None:
    shop.world.store.region(ACCOUNT, "us-east-1").sms.opt_out("+491511111111", START)
    other = twin(shop, LATER)
    assert other.sns("CheckIfPhoneNumberIsOptedOut", phoneNumber="+491511111111") == {"isOptedOut": True}
    other.sns("Publish", PhoneNumber="+491511111111", Message="ready")
    assert other.inbox() == []


def test_cool_downs_go_on(shop: Shop) -> None:
    shop.queue("orders")
    shop.queue("old")
    shop.sqs("PurgeQueue", QueueUrl="orders")
    shop.sqs("DeleteQueue", QueueUrl="old")
    shop.advance(50)
    other = twin(shop, LATER)
    assert other.try_to("sqs", "PurgeQueue", QueueUrl="orders")[0] == "PurgeQueueInProgress"
    assert other.try_to("sqs", "CreateQueue", QueueName="old")[0] == "QueueDeletedRecently"
    other.advance(10)
    assert other.try_to("sqs", "PurgeQueue", QueueUrl="orders") == {}
    assert "QueueUrl" in other.try_to("sqs", "CreateQueue", QueueName="old")


def test_devices_mails_settings_and_policies_are_there_again(shop: Shop) -> None:
    topic = shop.topic(DisplayName="Café ☕", TracingConfig="Active")
    protection = {
        "Name": "cards",
        "Version": "2021-06-01",
        "Statement": [
            {
                "DataDirection": "Inbound",
                "Principal": ["*"],
                "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"],
                "Operation": {"Deny": {}},
            }
        ],
    }
    shop.sns("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy=json.dumps(protection))
    shop.sns("TagResource", ResourceArn=topic, Tags=[{"Key": "team", "Value": "bar"}])
    shop.sns("SetSMSAttributes", attributes={"DefaultSMSType": "Transactional"})
    shop.sns("CreateSMSSandboxPhoneNumber", PhoneNumber="+491511111111")
    application = shop.sns(
        "CreatePlatformApplication", Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"}
    )["PlatformApplicationArn"]
    device = shop.sns("CreatePlatformEndpoint", PlatformApplicationArn=application, Token="t")["EndpointArn"]
    shop.sns("Publish", TargetArn=device, Message="ready")
    other = twin(shop)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("GetTopicAttributes", {"TopicArn": topic}),
        ("GetDataProtectionPolicy", {"ResourceArn": topic}),
        ("ListTagsForResource", {"ResourceArn": topic}),
        ("GetSMSAttributes", {}),
        ("ListSMSSandboxPhoneNumbers", {}),
        ("GetPlatformApplicationAttributes", {"PlatformApplicationArn": application}),
        ("ListEndpointsByPlatformApplication", {"PlatformApplicationArn": application}),
    ]
    for operation, params in asked:
        assert other.sns(operation, **params) == shop.sns(operation, **params)
    assert [entry.body for entry in other.inbox()] == [entry.body for entry in shop.inbox()]
    assert differences(written(shop), written(other)) == []


def test_retries_to_a_dead_endpoint_go_on_and_end_in_its_dead_letter_queue() -> None:
    shop = Shop(retry_jitter=0)
    dead, topic = shop.queue("dead"), shop.topic()
    policy = {"healthyRetryPolicy": {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3}}
    shop.subscribe(
        topic,
        "http",
        "http://127.0.0.1:9/hook",
        RawMessageDelivery="true",
        RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}),
        DeliveryPolicy=json.dumps(policy),
    )
    pending = next(iter(shop.world.topics()[0].subscriptions.values()))
    shop.sns("ConfirmSubscription", TopicArn=topic, Token=pending.token)
    shop.sns("Publish", TopicArn=topic, Message="latte")

    async def play() -> list[Any]:
        shop.world.open("127.0.0.1")
        await shop.world.advance(30)  # the first attempt and the first retry have failed
        other = twin(shop, LATER, retry_jitter=0.0)
        await shop.world.close()
        events = other.listen()
        other.world.open("127.0.0.1")
        await other.world.advance(9.9)
        assert not [event for event in events if isinstance(event, NotificationPostponed)]
        await other.world.advance(60)
        await other.world.close()
        assert bodies(other, "dead") == ["latte"]
        of_it = [
            event
            for event in events
            if isinstance(event.subject, DeliveryAttempt) and isinstance(event.subject.sent, Notification)
        ]
        return [type(event) for event in of_it]

    assert asyncio.run(play()) == [NotificationPostponed, NotificationFailed, NotificationDeadLettered]


def test_one_account_is_restored_beside_others(shop: Shop) -> None:
    shop.queue("orders")
    shop.queue("orders", "222222222222")
    taken = written(shop, ACCOUNT)
    shop.queue("more")
    shop.queue("more", "222222222222")
    shop.world.restore(taken)
    assert sorted((queue.arn.account, queue.name) for queue in shop.world.queues()) == [
        ("111111111111", "orders"),
        ("222222222222", "more"),
        ("222222222222", "orders"),
    ]


def test_what_an_account_subscribed_to_a_topic_of_another_is_part_of_it(shop: Shop) -> None:
    topic, queue = shop.topic(), shop.queue("mine", "222222222222")
    shop.sns("Subscribe", "222222222222", TopicArn=topic, Protocol="sqs", Endpoint=queue)
    taken = written(shop, "222222222222")
    shop.world.reset("222222222222")
    assert shop.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"] == []
    shop.world.restore(taken)
    (listed,) = shop.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"]
    assert (listed["Owner"], listed["Endpoint"]) == ("222222222222", queue)


def test_restoring_leaves_the_clock_faults_and_history_alone(shop: Shop) -> None:
    shop.queue("orders")
    taken = written(shop)
    shop.advance(100)
    marked = shop.world.history.mark
    shop.world.restore(taken)
    assert shop.world.clock.now() == START + 100
    assert shop.world.history.mark == marked
    assert shop.world.history.since(0) != []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: {}, "this is no snapshot of Decaf's"),
        (lambda it: it | {"version": 99, "queues": "new"}, "this snapshot is of version 99; this Decaf reads up to 2"),
        (lambda it: it | {"more": 1}, "this is no snapshot of Decaf's: Object contains unknown field `more`"),
        (
            lambda it: it | {"queues": [it["queues"][0] | {"arn": "orders"}]},
            "this snapshot cannot be restored: ValueError: orders is no ARN",
        ),
        (
            lambda it: it | {"queues": [it["queues"][0] | {"tag": 7}]},
            "Expected `bytes`, got `int` - at `$.queues[0].tag`",
        ),
        (lambda it: it | {"clock": None}, "Expected `object`, got `null` - at `$.clock`"),
    ],
)
def test_a_file_that_is_no_good_is_refused_with_the_reason(
    shop: Shop, change: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    shop.queue("orders")
    file = json.dumps(change(json.loads(first_version(shop.world.snapshot()))))
    with pytest.raises(BadSnapshot) as refused:
        asyncio.run(shop.world.check(*read_file(file.encode())))
    assert said in str(refused.value)
    assert len(shop.world.queues()) == 1


@pytest.mark.parametrize("file", [b"", b"latte", b"[]", b"[" * 100_000, b"\xff", b'{"format":7}'])
def test_what_is_not_even_json_is_refused(shop: Shop, file: bytes) -> None:
    with pytest.raises(BadSnapshot, match="this is no snapshot of Decaf's"):
        decode(file)


def test_a_file_is_json_that_says_what_it_is(shop: Shop) -> None:
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    first, *others = encode(shop.world.snapshot()).split(b"\n")
    assert first.startswith(b'{"format":"decaf-snapshot","version":2,"clock":')
    assert [[*json.loads(line)] for line in others] == [["queues"], ["regions"], ["orders"], ["queue", "messages"]]


def first_version(snapshot: Snapshot) -> bytes:
    """The file of a snapshot in its first form: all but the messages, or all, was in one line."""
    return msgspec.json.encode(msgspec.structs.replace(snapshot, version=1))


@pytest.mark.parametrize("lines", [0, 1])
def test_a_file_of_the_first_version_is_read(shop: Shop, lines: int) -> None:
    full(shop, ACCOUNT)
    taken = shop.world.snapshot()
    file = first_version(taken)
    if lines:
        of_messages = [line for line in encode(taken).split(b"\n") if line.startswith(b'{"queue"')]
        file = b"\n".join((first_version(msgspec.structs.replace(taken, messages={})), *of_messages))
    read = decode(file)
    assert read.version == 1
    assert msgspec.structs.replace(read, version=2) == taken


def test_no_line_has_more_records_than_one_slice_reads(shop: Shop) -> None:
    fifo(shop)
    for number in range(2 * LINE + 10):
        shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody=str(number), MessageGroupId="a")
    lines = [json.loads(line) for line in encode(shop.world.snapshot()).split(b"\n")]
    assert [len(line["sent"]) for line in lines if "sent" in line] == [LINE, LINE, 10]
    assert differences(decode(encode(shop.world.snapshot())), shop.world.snapshot()) == []


def slices_of(work: Generator[None, None, Any]) -> int:
    """How many slices it is done in."""
    count = 0
    try:
        while True:
            next(work)
            count += 1
    except StopIteration:
        return count


def test_much_that_is_no_message_is_read_renamed_and_made_in_slices(shop: Shop) -> None:
    topic = shop.topic()
    for number in range(300):
        shop.subscribe(topic, "sqs", shop.queue(f"shop-{number}"))
    fifo(shop)
    for number in range(LINE):
        shop.sqs("SendMessage", QueueUrl="orders.fifo", MessageBody=str(number), MessageGroupId="a")
    lines = encode(shop.world.snapshot(ACCOUNT)).split(b"\n")
    snapshot, _ = read(lines)
    assert slices_of(reading(lines)) == len([line for line in lines[1:] if not line.startswith(b'{"queue"')])
    assert slices_of(renaming(snapshot, OTHER)) >= 1 + 1 + LINE // 200
    assert slices_of(make(shop.world.sqs, snapshot, (), 0)) >= 3 + 1


def test_a_world_is_watched_on_after_it_was_restored(shop: Shop) -> None:
    """Those who watched before see on time what falls due in a restored queue."""
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    shop.receive("orders", timeout=30)
    taken = written(shop)
    world: World = shop.world
    world.reset()
    events: list[Any] = []
    with world.watched(events.append):
        world.restore(taken)
        world.clock.advance(29.9)
        assert events == []
        world.clock.advance(0.1)
    assert [event.kind for event in events] == ["MessageReturned"]


OTHER = "222222222222"


def full(shop: Shop, account: str) -> None:
    """Gives an account something of every kind."""
    fifo_queue = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    shop.queue("orders", account)
    shop.queue("orders.fifo", account, **fifo_queue)
    shop.sqs("SendMessage", account, QueueUrl="orders", MessageBody=f"for {account}")
    for body in ("a", "b"):
        shop.sqs("SendMessage", account, QueueUrl="orders.fifo", MessageBody=body, MessageGroupId=body)
        shop.advance(1)
        shop.sqs("ReceiveMessage", account, QueueUrl="orders.fifo", ReceiveRequestAttemptId=body, MaxNumberOfMessages=1)
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true", "ArchivePolicy": DAY}
    news = shop.sns("CreateTopic", account, Name="news.fifo", Attributes=attributes)["TopicArn"]
    for text in ("open", "closed"):
        shop.advance(1)
        shop.sns("Publish", account, TopicArn=news, Message=text, MessageGroupId="a")
    topic = shop.sns("CreateTopic", account, Name="news")["TopicArn"]
    for protocol, endpoint in (("sms", "+15555550142"), ("http", "http://127.0.0.1:9/hook")):
        shop.sns("Subscribe", account, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    shop.sns("Publish", account, TopicArn=topic, Message="open")
    given: dict[str, Any] = {"Name": "shop", "Platform": "GCM", "Attributes": {"PlatformCredential": "key"}}
    application = shop.sns("CreatePlatformApplication", account, **given)["PlatformApplicationArn"]
    shop.sns("CreatePlatformEndpoint", account, PlatformApplicationArn=application, Token="phone")
    shop.sns("SetSMSAttributes", account, attributes={"DefaultSenderID": "Coffee"})


DAY = '{"MessageRetentionPeriod":"1"}'
LISTS = (
    "queues",
    "messages",
    "orders",
    "sent",
    "attempts",
    "topics",
    "subscriptions",
    "archived",
    "deliveries",
    "applications",
    "endpoints",
    "regions",
    "inbox",
)


def test_a_snapshot_of_one_account_has_all_of_it_and_nothing_of_others(shop: Shop) -> None:
    full(shop, ACCOUNT)
    alone = written(shop, ACCOUNT)
    full(shop, OTHER)
    both = written(shop)
    mine, theirs = written(shop, ACCOUNT), written(shop, OTHER)
    assert differences(mine, alone) == []
    assert (mine.account, theirs.account, both.account) == (ACCOUNT, OTHER, None)
    for name in LISTS:
        counts = [len(getattr(each, name)) for each in (mine, theirs, both)]
        assert counts == [counts[0], counts[0], 2 * counts[0]], name
        assert counts[0] > 0, name
        assert OTHER.encode() not in msgspec.json.encode(getattr(mine, name)), name


def test_the_order_of_a_files_lists_does_not_matter_where_times_and_numbers_tell_it(shop: Shop) -> None:
    full(shop, ACCOUNT)
    taken = written(shop)
    mixed = msgspec.structs.replace(
        taken, sent=taken.sent[::-1], attempts=taken.attempts[::-1], archived=taken.archived[::-1]
    )
    shop.world.restore(mixed)
    assert differences(written(shop), taken) == []


def test_deliveries_are_in_the_order_of_their_times() -> None:
    shop = Shop(retry_jitter=0)
    topic = shop.topic()
    for number in range(2):
        shop.subscribe(topic, "http", f"http://127.0.0.1:9/{number}")
        shop.advance(1)
    first, second = shop.world.courier.deliveries()
    first.due = START + 100
    assert [each.due for each in written(shop).deliveries] == [second.due, START + 100]
    second.due = None  # it is done, and its end is not noted yet
    assert [each.due for each in written(shop).deliveries] == [START + 100]


def test_what_names_something_missing_is_left_out(shop: Shop) -> None:
    full(shop, ACCOUNT)
    taken = written(shop)
    shop.world.restore(msgspec.structs.replace(taken, topics=(), queues=(), messages={}, applications=()))
    left = written(shop)
    gone = ("sent", "attempts", "subscriptions", "archived", "deliveries", "endpoints")
    assert [len(getattr(left, name)) for name in gone] == [0] * len(gone)
    assert len(left.inbox) == len(taken.inbox)


def test_an_endpoint_that_is_subscribed_twice_is_so_once(shop: Shop) -> None:
    full(shop, ACCOUNT)
    taken = written(shop)
    twice = taken.subscriptions + tuple(
        msgspec.structs.replace(each, arn=f"{each.arn}-again") for each in taken.subscriptions
    )
    shop.world.restore(msgspec.structs.replace(taken, subscriptions=twice))
    assert [each.arn for each in written(shop).subscriptions] == [each.arn for each in taken.subscriptions]


def test_an_archive_that_was_removed_takes_no_messages(shop: Shop) -> None:
    full(shop, ACCOUNT)
    taken = written(shop)
    topics = tuple(msgspec.structs.replace(each, archive=None) for each in taken.topics)
    shop.world.restore(msgspec.structs.replace(taken, topics=topics))
    assert written(shop).archived == ()


def test_the_notice_that_a_subscription_ended_is_still_delivered(shop: Shop) -> None:
    topic = shop.topic()
    arn = shop.subscribe(topic, "http", "http://127.0.0.1:9/hook")
    pending = next(iter(shop.world.store.region(ACCOUNT, "us-east-1").subscriptions.values()))
    shop.sns("ConfirmSubscription", TopicArn=topic, Token=pending.token)
    shop.world.courier.drop()
    shop.click(arn)
    other = twin(shop, LATER)
    (delivery,) = other.world.courier.deliveries()
    assert isinstance(delivery, SubscriptionDelivery)
    assert isinstance(delivery.sent, Confirmation)
    assert (str(delivery.subscription.arn), delivery.sent.kind) == (arn, "UnsubscribeConfirmation")
    assert delivery.due == shop.world.courier.deliveries()[0].due + LATER  # type: ignore[operator]
