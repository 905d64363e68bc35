"""A record that cannot be written keeps back no other: the call that made it is refused, and the others are kept."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from decaf.base.arn import Arn
from decaf.base.settings import Settings
from decaf.handling import Handling
from decaf.persistence import disk
from decaf.persistence.batch import Batch, Document, Inserted, Remembered
from decaf.persistence.durable_store import DurableStore
from decaf.persistence.errors import NotWritten
from decaf.persistence.records import ClockRecord, InboxRecord, MessageRecord, OptionalFields, SentRecord
from decaf.persistence.unwritable import NOTHING, names, separate, write
from decaf.store import Region
from decaf.world import World
from decaf_protocol import AWSError, Reply, Request
from tests.again import check_followed
from tests.conformance.strategies import inputs, operation_names, seeded_examples, service_model
from tests.decaf.sns.cloud import Cloud
from tests.decaf.sqs.machine import a_message
from tests.follower import Follower

BAD = "Root=1;A=\udcff"  # half of a surrogate pair, as no edge lets it in


def _request(operation: str, trace: str = "", **params: Any) -> Request:
    headers = {"host": "decaf", "x-amz-target": f"AmazonSQS.{operation}", "x-amzn-trace-id": trace}
    return Request("POST", "/", headers, json.dumps(params).encode())


class Server:
    """A world on a data directory, and its answers."""

    def __init__(self, directory: Path, durability: str) -> None:
        self.world = World(Settings(data_dir=str(directory), durability=durability))  # type: ignore[arg-type]  # one of the three
        self._handling = Handling(self.world)

    async def __aenter__(self) -> Server:
        self.world.open("decaf")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.world.close(5)

    @property
    def store(self) -> DurableStore:
        assert self.world.durable_store is not None
        return self.world.durable_store

    async def committed(self) -> None:
        """Return when all changes so far are on the disk, or left out."""
        await self.store.load()

    async def ask(self, operation: str, trace: str = "", **params: Any) -> Reply:
        reply = self._handling.handle(_request(operation, trace, **params))
        return reply if isinstance(reply, Reply) else await reply

    async def bodies(self, url: str) -> set[str]:
        reply = await self.ask("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return {message["Body"] for message in json.loads(reply.body).get("Messages", [])}


@pytest.mark.parametrize("durability", ["commit", "second", "none"])
def test_calls_beside_one_that_cannot_be_written_are_kept(
    tmp_path: Path, durability: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> list[int]:
        async with Server(tmp_path, durability) as server:
            url = json.loads((await server.ask("CreateQueue", QueueName="orders")).body)["QueueUrl"]
            sends = [("before", ""), ("bad", BAD), ("after", "")]
            replies = await asyncio.gather(
                *(server.ask("SendMessage", trace, QueueUrl=url, MessageBody=body) for body, trace in sends)
            )
            later = await server.ask("SendMessage", QueueUrl=url, MessageBody="later")
            await server.committed()
            assert await server.bodies(url) == {"before", "after", "later"}, "memory has what the disk has"
            assert server.store.down is False
        async with Server(tmp_path, durability) as again:
            assert await again.bodies(url) == {"before", "after", "later"}
        return [reply.status for reply in (*replies, later)]

    statuses = asyncio.run(go())
    assert statuses == ([200, 503, 200, 200] if durability == "commit" else [200] * 4)
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said.startswith("a record cannot be written: that of ")


@pytest.mark.parametrize("durability", ["commit", "second", "none"])
def test_what_a_call_that_cannot_be_written_would_change_stays_as_it_was(tmp_path: Path, durability: str) -> None:
    """A queue whose attributes cannot be written has those that it had."""

    async def go() -> None:
        async with Server(tmp_path, durability) as server:
            url = json.loads((await server.ask("CreateQueue", QueueName="orders")).body)["QueueUrl"]
            await server.ask("TagQueue", QueueUrl=url, Tags={"kind": "coffee"})
            queue = server.world.queues()[0]
            await server.committed()
            queue.tags["broken"] = "\udcff"
            await server.ask("TagQueue", QueueUrl=url, Tags={"more": "tea"})
            await server.committed()
            tags = json.loads((await server.ask("ListQueueTags", QueueUrl=url)).body)["Tags"]
            assert tags == {"kind": "coffee"}

    asyncio.run(go())


def test_calls_made_during_the_commit_that_leaves_a_record_out_are_kept_and_a_poll_is_asked_to_come_again(
    tmp_path: Path,
) -> None:
    async def go() -> None:
        async with Server(tmp_path, "commit") as server:
            url = json.loads((await server.ask("CreateQueue", QueueName="orders")).body)["QueueUrl"]
            empty = json.loads((await server.ask("CreateQueue", QueueName="empty")).body)["QueueUrl"]
            poll = asyncio.create_task(server.ask("ReceiveMessage", QueueUrl=empty, WaitTimeSeconds=20))
            await asyncio.sleep(0)
            bad = asyncio.create_task(server.ask("SendMessage", BAD, QueueUrl=url, MessageBody="bad"))
            sent = 0
            while not bad.done() or not sent:
                await asyncio.sleep(0)
                reply = await server.ask("SendMessage", QueueUrl=url, MessageBody=str(sent))
                assert reply.status == 200
                sent += 1
            assert (await bad).status == 503
            assert (await poll).status == 503
            await server.committed()
            assert await server.bodies(url) == set(map(str, range(sent)))

    asyncio.run(go())


def test_calls_made_meanwhile_are_refused_when_the_disk_fails_then(tmp_path: Path) -> None:
    directory, away = tmp_path / "data", tmp_path / "away"

    async def go() -> None:
        async with Server(directory, "commit") as server:
            url = json.loads((await server.ask("CreateQueue", QueueName="orders")).body)["QueueUrl"]
            directory.rename(away)  # what is open is written, and cannot be opened again
            sends = (("bad", BAD), ("beside", ""))
            replies = await asyncio.gather(
                *(server.ask("SendMessage", trace, QueueUrl=url, MessageBody=body) for body, trace in sends)
            )
            assert [reply.status for reply in replies] == [503, 503]
            away.rename(directory)
            assert (await server.ask("SendMessage", QueueUrl=url, MessageBody="later")).status == 200
            assert await server.bodies(url) == {"later"}

    asyncio.run(go())


WRITABLE = SentRecord(owner="a", group=None, deduplication_id="1", at=1.0, message_id="id", sequence_number="2")
UNWRITABLE = SentRecord(owner="a", group=None, deduplication_id=BAD, at=1.0, message_id="id", sequence_number="2")
HUGE = 1 << 63  # more than SQLite's integers can be


def _inserted(id_: str, body: Any = "latte", key: int = 1, optional: Any = None) -> Inserted:
    return (key, 1, 0.0, 0, 0, None, 0.0, id_, 1.0, "AIDA", body, optional)


def _entry(body: str) -> InboxRecord:
    return InboxRecord(
        account="1",
        protocol="sms",
        recipient="1",
        topic_arn=None,
        message_id="1",
        subject=None,
        body=body,
        at=1.0,
        kind="",
    )


def test_only_the_records_that_cannot_be_written_are_left_out_and_named() -> None:
    good = Batch(
        documents=[Document("topic", "kept topic", "1", WRITABLE), Document("topic", "deleted", "1", None)],
        inserted=[_inserted("kept"), _inserted("made late", lambda: "mocha", optional=OptionalFields(group_id="a"))],
        remembered=[Remembered("sent", "kept owner", "1", "1", 1.0, WRITABLE)],
        archived=[("kept archive", 1, "1", WRITABLE)],
        inbox=[(1, _entry("latte"))],
        deleted=[(7,)],
        inbox_size=3,
    )
    assert separate(good) == (good, NOTHING)
    bad = Batch(
        documents=[*good.documents, Document("topic", "topic", "1", UNWRITABLE), Document("topic", BAD, "1", WRITABLE)],
        inserted=[
            *good.inserted,
            _inserted("body", BAD),
            _inserted("late", lambda: BAD),
            _inserted("huge", key=HUGE),
            _inserted("optional", optional=OptionalFields(trace_header=BAD)),
            _inserted("raises", lambda: str(1 / 0)),
        ],
        remembered=[
            *good.remembered,
            Remembered("sent", "owner", "1", "1", 1.0, UNWRITABLE),
            Remembered("sent", "owner of a key", BAD, "1", 1.0, WRITABLE),
        ],
        archived=[*good.archived, ("archive", 1, "1", UNWRITABLE), ("huge archive", HUGE, "1", WRITABLE)],
        inbox=[*good.inbox, (2, _entry(BAD))],
        deleted=[(7,)],
        inbox_size=3,
    )
    rest, left_out = separate(bad)
    assert rest == good
    messages = {"body", "late", "huge", "optional", "raises"}
    others = {"topic", BAD, "owner", "owner of a key", "archive", "huge archive", "inbox entry 2"}
    assert left_out == messages | others


def test_what_is_not_of_a_record_is_raised_and_nothing_is_tried_again() -> None:
    tried: list[Batch] = []

    def fail(batch: Batch) -> None:
        tried.append(batch)
        raise NotWritten("no space left on device")

    with pytest.raises(NotWritten):
        write(Batch(documents=[Document("topic", "topic", "1", UNWRITABLE)]), fail)
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (sqlite3.InterfaceError(), sqlite3.InterfaceError),
        (sqlite3.ProgrammingError(), sqlite3.ProgrammingError),
        (sqlite3.DataError(), sqlite3.DataError),
        (UnicodeEncodeError("utf-8", BAD, 0, 1, "surrogates"), UnicodeEncodeError),
        (OverflowError(), OverflowError),
        (sqlite3.OperationalError(), NotWritten),
        (sqlite3.DatabaseError(), NotWritten),
        (OSError(), NotWritten),
    ],
)
def test_an_error_is_of_a_record_or_of_the_disk(error: Exception, raised: type[Exception]) -> None:
    with pytest.raises(Exception) as found, disk._written():  # noqa: PT011 - of any kind
        raise error
    assert type(found.value) is raised


# What JSON can state and a record cannot have, and what is near it.
_HOSTILE = (
    *('"\\ud800"', '["\\udfff"]', '{"\\ud800":1}', '"\\u0000"', "1e999", "[-1e999]", "1e308", "-0.0", "1.5"),
    *("NaN", "Infinity", "9223372036854775808", "1" + 40 * "0", '{"a":[1e999,"\\udc00"]}'),
)
_DEAD = "arn:aws:sqs:us-east-1:111111111111:dead"
_STATEMENT = '"Effect":"Allow","Principal":"*","Action":"{}","Resource":"*"'
_OF_QUEUES = (
    ("Policy", '{"Version":"2012-10-17","Id":%s,"Statement":[{' + _STATEMENT.format("sqs:*") + "}]}"),
    ("Policy", '{"Statement":[{"Sid":%s,' + _STATEMENT.format("sqs:*") + "}]}"),
    ("Policy", '{"Statement":[{' + _STATEMENT.format("sqs:*") + ',"Condition":{"NumericEquals":{"aws:x":%s}}}]}'),
    ("RedrivePolicy", f'{{"deadLetterTargetArn":"{_DEAD}","maxReceiveCount":%s}}'),
    ("RedrivePolicy", '{"deadLetterTargetArn":%s,"maxReceiveCount":3}'),
    ("RedriveAllowPolicy", '{"redrivePermission":"byQueue","sourceQueueArns":[%s]}'),
    ("KmsMasterKeyId", "%s"),
)
_OF_TOPICS = (
    ("Policy", '{"Version":"2012-10-17","Id":%s,"Statement":[{' + _STATEMENT.format("sns:Publish") + "}]}"),
    ("Policy", '{"Statement":[{' + _STATEMENT.format("sns:Publish") + ',"Condition":{"NumericEquals":{"aws:x":%s}}}]}'),
    ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{"numRetries":%s}}}'),
    ("DeliveryPolicy", '{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":%s}}}'),
    ("DeliveryPolicy", '{"http":{"defaultRequestPolicy":{"headerContentType":%s}}}'),
    ("DisplayName", "%s"),
)
_OF_SUBSCRIPTIONS = (
    ("FilterPolicy", '{"a":[%s]}'),
    ("FilterPolicy", '{"a":[{"numeric":[">",%s]}]}'),
    ("FilterPolicy", '{"a":[{"prefix":%s}]}'),
    ("RedrivePolicy", '{"deadLetterTargetArn":%s}'),
    ("DeliveryPolicy", '{"healthyRetryPolicy":{"numRetries":%s}}'),
)
_PROTECTION = (
    '{"Name":%s,"Description":%s,"Version":"2021-06-01","Statement":[{"Sid":%s,"DataDirection":"Inbound","Principal":["*"],'
    '"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/Address"],"Operation":{"Deny":{}}}]}'
)


class Written:
    """A cloud each of whose changes is written, and has to be."""

    def __init__(self) -> None:
        self.cloud = Cloud(access="off")
        self._follower = Follower(self.cloud.world, lambda write: None)
        self.accepted = 0

    def check(self, service: str, operation: str, **params: Any) -> None:
        """Make a call. Fails unless what it has changed can be written, and read."""
        call = {"sqs": self.cloud.sqs, "sns": self.cloud.sns}[service]
        with suppress(AWSError):
            call(operation, **params)
            self.accepted += 1
        batch = self._follower._journal.take()
        if batch is not None:
            assert separate(batch)[1] == NOTHING, (operation, params)
            self._follower._disk.apply(batch)
            self._follower.load()

    def check_all(self) -> None:
        """Fails unless what was written makes the state that there is."""
        check_followed(self._follower)


def test_no_document_that_a_call_has_makes_a_record_that_cannot_be_written() -> None:
    written = Written()
    cloud = written.cloud
    queue, topic = cloud.queue("orders"), cloud.topic("news")
    subscription = cloud.subscribe(topic, "sqs", queue)
    for value in _HOSTILE:
        for name, form in _OF_QUEUES:
            written.check("sqs", "SetQueueAttributes", QueueUrl="orders", Attributes={name: form % value})
        for name, form in _OF_TOPICS:
            named = {"TopicArn": topic, "AttributeName": name, "AttributeValue": form % value}
            written.check("sns", "SetTopicAttributes", **named)
        for name, form in _OF_SUBSCRIPTIONS:
            named = {"SubscriptionArn": subscription, "AttributeName": name, "AttributeValue": form % value}
            written.check("sns", "SetSubscriptionAttributes", **named)
        protection = _PROTECTION % (value, value, value)
        written.check("sns", "PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy=protection)
        texts = json.dumps({"default": value, "sms": value, "GCM": f'{{"time_to_live":{value}}}'})
        written.check("sns", "Publish", TopicArn=topic, Message=texts, MessageStructure="json")
        for kind in ("Number", "String.Array"):
            attributes = {"n": {"DataType": kind, "StringValue": value}}
            written.check("sns", "Publish", TopicArn=topic, Message="latte", MessageAttributes=attributes)
        written.check("sns", "SetSMSAttributes", attributes={"MonthlySpendLimit": value})
        written.check_all()
    assert written.accepted > len(_HOSTILE)


@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_no_call_of_any_operation_makes_a_record_that_cannot_be_written(service: str) -> None:
    written = Written()
    cloud = written.cloud
    cloud.subscribe(cloud.topic("news"), "sqs", cloud.queue("orders"))
    here = {"QueueUrl": "orders", "TopicArn": cloud.topic("news"), "ResourceArn": cloud.topic("news")}
    for operation in operation_names(service):
        shape = service_model(service).operation_model(operation).input_shape
        ours = {name: value for name, value in here.items() if shape is not None and name in shape.members}
        for params in seeded_examples(inputs(service, operation), 15):
            written.check(service, operation, **params)
            if operation not in ("DeleteQueue", "DeleteTopic"):
                written.check(service, operation, **params | ours)
        written.check_all()
    assert written.accepted > 20


@pytest.mark.parametrize("change", [{"number": -1}, {"number": 1 << 40}])
def test_a_message_of_a_snapshot_has_a_number_that_a_disk_has_room_for(change: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "a", "body": "b", "sender_id": "c", "sent_at": 1.0} | change, MessageRecord)


def test_a_snapshot_is_of_a_time_that_leaves_others_finite() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"at": -1e308}, ClockRecord)


def test_what_has_changed_has_the_names_of_what_is_left_out() -> None:
    arn, cloud = Arn("sqs", "us-east-1", "1", "orders"), Cloud()
    cloud.queue("orders")
    (queue,) = cloud.world.queues()
    message = a_message("latte", 1.0)
    changed = [arn, queue, message, (queue, message), (queue, "attempt"), Region("1", "us-east-1"), None]
    assert names(changed) == {str(arn), str(queue.arn), message.id, "attempt", "1/us-east-1", "None"}
