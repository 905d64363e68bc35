"""The record of calls: all that was answered, within bounds of number and bytes."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from decaf.base.events import Events
from decaf.observe.call_record import LONG, MOST_BYTES, CallRecord, NotedCall
from decaf.observe.history import History
from decaf.sns.inbox import Inbox
from decaf.store import Store
from decaf.testing import Decaf, Drop, Error, Match, Settings, everywhere
from decaf_protocol import Call, Codec, Dialect, Reply
from decaf_protocol import Request as Sent

ACCOUNT, OTHER = "111122223333", "444455556666"
SQS = Dialect("sqs", Codec.JSON)


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf() as started:
        yield started


@pytest.fixture
def sqs(decaf: Decaf) -> Iterator[Any]:
    client = decaf.client("sqs", ACCOUNT)
    yield client
    client.close()


def recorded(decaf: Decaf) -> list[NotedCall]:
    return list(decaf.world.calls.newest_first())[::-1]


def facts(noted: NotedCall) -> tuple[Any, ...]:
    return noted.operation, noted.account, None if noted.reply is None else noted.reply.status, noted.error


def note(record: CallRecord, body: bytes = b"", account: str = ACCOUNT, returned: bytes = b"") -> None:
    """Note a call with bodies of this length."""
    call = Call(SQS, "SendMessage", {"QueueUrl": "orders", "MessageBody": "?"}, account, None, "", None)
    record.note(Sent("POST", "/", {}, body), call, Reply(200, (), returned), None, 1.0, 1.0, 0.0, 0.001)


def test_each_call_is_recorded_with_its_request_and_response(decaf: Decaf, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    (noted,) = recorded(decaf)
    assert facts(noted) == ("CreateQueue", ACCOUNT, 200, None)
    assert noted.reply is not None
    assert url.encode() in noted.reply.body
    assert b"orders" in noted.request.body
    assert noted.took is not None
    assert noted.took > 0


def test_an_empty_receive_is_recorded(decaf: Decaf, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.receive_message(QueueUrl=url)
    assert facts(recorded(decaf)[-1]) == ("ReceiveMessage", ACCOUNT, 200, None)


def test_a_refused_call_is_recorded(decaf: Decaf, sqs: Any) -> None:
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="orders")
    assert facts(recorded(decaf)[0]) == ("GetQueueUrl", ACCOUNT, 400, "QueueDoesNotExist")


def test_a_request_that_no_call_can_be_read_from_is_recorded(decaf: Decaf) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(decaf.url, b"Version=1", {"Content-Type": "application/x-www-form-urlencoded"}), timeout=10)
    refused.value.close()
    (noted,) = recorded(decaf)
    assert facts(noted) == ("", None, 400, "MissingAction")
    assert noted.service == "sqs"


def test_a_request_that_is_too_long_is_recorded_without_its_body() -> None:
    with Decaf(Settings(port=0, max_body=2_000)) as decaf:
        client = decaf.client("sqs")
        with pytest.raises(ClientError):
            client.send_message(QueueUrl="orders", MessageBody="x" * 3_000)
        client.close()
        (noted,) = recorded(decaf)
        assert facts(noted) == ("", None, 413, "RequestEntityTooLarge")
        assert noted.request.body == b""


def test_an_injected_error_and_a_dropped_call_are_recorded(decaf: Decaf, sqs: Any) -> None:
    decaf.control.set_fault(Error(code="OverLimit", status=503), Match(operation="ListQueues"))
    decaf.control.set_fault(Drop(), Match(operation="CreateQueue"))
    with pytest.raises(ClientError):
        sqs.list_queues()
    with pytest.raises(HTTPClientError):
        sqs.create_queue(QueueName="orders")
    assert [facts(noted) for noted in recorded(decaf)] == [
        ("ListQueues", ACCOUNT, 503, "OverLimit"),
        ("CreateQueue", ACCOUNT, None, "dropped"),
    ]


def test_a_long_poll_is_recorded_when_it_is_answered_with_both_times(decaf: Decaf, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    decaf.control.freeze()
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        while not decaf.control.queues()[0].polls:
            assert len(recorded(decaf)) == 1
        decaf.control.advance(20)
        poll.result()
    noted = recorded(decaf)[-1]
    assert noted.answered_at - noted.at == pytest.approx(20)


def test_a_call_in_the_process_is_recorded(decaf: Decaf) -> None:
    import boto3

    with everywhere(decaf=decaf):
        boto3.client("sqs").list_queues()
    assert [noted.operation for noted in recorded(decaf)] == ["ListQueues"]


def test_a_reset_forgets_the_calls_of_its_account(decaf: Decaf, sqs: Any) -> None:
    other = decaf.client("sqs", OTHER)
    sqs.list_queues()
    other.list_queues()
    other.close()
    decaf.control.of(ACCOUNT).reset()
    assert [noted.account for noted in recorded(decaf)] == [OTHER]
    decaf.control.reset()
    assert recorded(decaf) == []
    assert decaf.world.calls.mark == 2


def record_of(most: int) -> CallRecord:
    events = Events()
    return CallRecord(most, History(0, events, Store(Inbox(0))))


def test_the_latest_calls_are_kept() -> None:
    record = record_of(3)
    for _ in range(5):
        note(record)
    assert [noted.mark for noted in record.newest_first()] == [5, 4, 3]
    assert [noted.mark for noted in record.newest_first(4)] == [5]
    assert record.find(2) is None
    assert (record.remembers(1), record.remembers(2)) == (False, True)


def note_at(record: CallRecord, began: float, error: str | None = None) -> None:
    """Note a call that began then, in seconds of real time."""
    record.note(Sent("POST", "/", {}, b""), None, Reply(200, (), b""), error, 1.0, 1.0, began, 0.001)


def test_of_more_calls_than_can_be_kept_in_a_second_the_first_and_the_last_are() -> None:
    record = record_of(10)
    for number in range(100):
        note_at(record, 7.0 + number / 1_000)
    assert [noted.mark for noted in record.newest_first()][::-1] == [*range(3, 11), 99, 100]
    assert (record.remembers(97), record.remembers(98)) == (False, True)
    assert record.find(50) is None


def test_with_the_next_second_calls_are_kept_again() -> None:
    record = record_of(20)
    for number in range(100):
        note_at(record, 7.0 + number / 1_000)
    for _ in range(5):
        note_at(record, 8.1)
    assert [noted.mark for noted in record.newest_first()][::-1] == [*range(8, 21), *range(99, 106)]


def test_an_error_is_kept_with_what_came_before_it_however_many_calls_there_are() -> None:
    record = record_of(20)
    for number in range(1, 101):
        note_at(record, 7.0, "OverLimit" if number == 50 else None)
    assert [noted.mark for noted in record.newest_first()][::-1] == [*range(6, 21), *range(48, 51), 99, 100]
    assert [noted.mark for noted in record.newest_first() if noted.error] == [50]


def test_older_calls_make_room_for_later_ones() -> None:
    record = record_of(1_000)
    for _ in range(400):
        note(record, bytes(25_000), returned=bytes(50_000))
    kept = list(record.newest_first())
    assert MOST_BYTES / 2 < 100_000 * len(kept) <= MOST_BYTES
    assert kept[0].mark == 400
    assert (record.remembers(kept[-1].mark - 1), record.remembers(kept[-1].mark - 2)) == (True, False)


def test_long_bodies_are_the_first_to_make_room() -> None:
    record = record_of(1_000)
    note(record, bytes(10))
    while not (long := record.find(2)) or not long.cut:
        note(record, bytes(LONG), returned=bytes(7))
    assert long.cut == (LONG, 7)
    assert long.request.body == b""
    assert long.reply == Reply(200, (), b"")
    assert long.call is not None
    assert long.call.params == {"QueueUrl": "orders"}
    first = record.find(1)
    assert first is not None
    assert (first.cut, first.request.body) == (None, bytes(10))


def test_the_record_can_be_switched_off() -> None:
    with Decaf(Settings(port=0, max_calls=0)) as decaf:
        client = decaf.client("sqs")
        client.list_queues()
        client.close()
        assert recorded(decaf) == []
        assert not decaf.world.calls.remembers(0)


def test_calls_are_counted_by_account() -> None:
    record = record_of(10)
    for account in (ACCOUNT, OTHER, ACCOUNT):
        note(record, account=account)
    assert (record.count(0, None), record.count(0, ACCOUNT), record.count(1, ACCOUNT)) == (3, 2, 1)


def test_the_memory_of_a_full_record_is_bounded() -> None:
    record = record_of(1_000)
    tracemalloc.start()
    try:
        for number in range(3_000):
            note(record, bytes(number * 97 % 200_000))
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < MOST_BYTES / 2 + 2_000_000
    finally:
        tracemalloc.stop()
