"""A disk that is full or broken for a while: nothing is answered that is not kept, and nothing is lost."""

from __future__ import annotations

import errno
import itertools
import queue
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from decaf.control.route import Refused
from tests.decaf.http.alike import exchange
from tests.decaf.http.wire import answers, call
from tests.durable.calls import Calls, Refusal
from tests.durable.disk import FaultyDisk
from tests.durable.process import Process

FAULTS: dict[str, dict[str, int]] = {
    "full": {"write": errno.ENOSPC},
    "full in the middle of a write": {"write": errno.ENOSPC, "room": 3_000},
    "unwritable": {"write": errno.EIO},
    "unsynced": {"sync": errno.EIO},
    "both": {"write": errno.EIO, "sync": errno.EIO},
}


@pytest.fixture(params=FAULTS)
def fail(request: pytest.FixtureRequest, disk: FaultyDisk) -> Callable[[], None]:
    """Breaks the disk."""
    fault = FAULTS[request.param]
    return lambda: disk.fail(**fault)


def _bodies(calls: Calls, name: str) -> list[str]:
    got = calls.sqs("ReceiveMessage", QueueUrl=name, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in got.get("Messages", ())]


TOPIC = "arn:aws:sns:us-east-1:000000000000:news"


@contextmanager
def _refused() -> Iterator[None]:
    with pytest.raises(Refusal, match="ServiceUnavailable") as refusal:
        yield
    assert refusal.value.status == 503


def _make_everything(calls: Calls) -> None:
    for name in ("kept", "told", "empty"):
        calls.sqs("CreateQueue", QueueName=name)
    calls.sns("CreateTopic", Name="news")
    calls.sns("Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:told")
    calls.sqs("SendMessage", QueueUrl="kept", MessageBody="before")


def test_calls_are_refused_until_the_disk_can_be_written_and_nothing_is_half_done(
    tmp_path: Path, disk: FaultyDisk, fail: Callable[[], None]
) -> None:
    with Process(tmp_path / "data", environment=disk.environment) as server:
        with Calls(server.port) as calls, Calls(server.port) as parked:
            _make_everything(calls)
            parked.ask_sqs("ReceiveMessage", QueueUrl="empty", WaitTimeSeconds=20)
            calls.sqs("SendMessage", QueueUrl="kept", MessageBody="before")
            fail()
            with _refused():
                calls.sqs("SendMessage", QueueUrl="kept", MessageBody="refused")
            with _refused():
                parked.answer()
            for _ in range(2):
                with _refused():
                    calls.sqs("ReceiveMessage", QueueUrl="kept")
                with _refused():
                    calls.query("SendMessage", QueueUrl=f"{server.url}/000000000000/kept", MessageBody="refused")
                with _refused():
                    calls.sns("Publish", TopicArn=TOPIC, Message="refused")
                with pytest.raises(Refused, match="cannot be written"):
                    server.control.advance(10)
            disk.recover()
            there = _bodies(calls, "kept")
            assert there[:2] == ["before", "before"]
            assert _bodies(calls, "told") == []
            calls.sns("Publish", TopicArn=TOPIC, Message="after")
            calls.sqs("SendMessage", QueueUrl="kept", MessageBody="after")
        server.wait_for("can be written again")  # the log is written a moment later
        server.kill()
        server.start()
        with Calls(server.port) as calls:
            assert _bodies(calls, "kept") == [*there, "after"]
            assert len(_bodies(calls, "told")) == 1
        server.stop()
    assert server.log.count("cannot be written") == 1
    assert server.log.count("can be written again") == 1


def test_what_goes_on_by_itself_goes_on_without_a_call_once_the_disk_can_be_written(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    with Process(tmp_path / "data", environment=disk.environment) as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        disk.fail(write=errno.ENOSPC)
        with _refused():
            calls.sqs("SendMessage", QueueUrl="kept", MessageBody="refused")
        disk.recover()
        server.wait_for("can be written again")


def test_a_disk_that_can_be_written_and_not_read_is_a_broken_disk(tmp_path: Path, disk: FaultyDisk) -> None:
    """After a failed write the state is read again: until that succeeds, calls are refused."""
    with Process(tmp_path / "data", environment=disk.environment) as server, Calls(server.port) as calls:
        _make_everything(calls)
        disk.fail(write=errno.EIO, read=errno.EIO)
        with _refused():
            calls.sqs("SendMessage", QueueUrl="kept", MessageBody="refused")
        disk.fail(read=errno.EIO)
        for _ in range(3):
            with _refused():
                calls.sqs("ReceiveMessage", QueueUrl="kept")
        disk.recover()
        assert _bodies(calls, "kept") == ["before"]


def test_a_disk_that_cannot_be_read_at_the_start_is_named(tmp_path: Path, disk: FaultyDisk) -> None:
    with Process(tmp_path / "data", environment=disk.environment) as server:
        with Calls(server.port) as calls:
            _make_everything(calls)
        server.stop()
        disk.fail(read=errno.EIO)
        with pytest.raises(AssertionError, match=r"Error: .*decaf\.sqlite cannot be used: disk I/O error"):
            server.start()
        disk.recover()
        server.start()
        with Calls(server.port) as calls:
            assert _bodies(calls, "kept") == ["before"]


def test_a_client_that_sends_no_more_is_refused_as_others(tmp_path: Path, disk: FaultyDisk) -> None:
    with Process(tmp_path / "data", environment=disk.environment) as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        disk.fail(write=errno.ENOSPC)
        send = call("SendMessage", "000000000000", QueueUrl="kept", MessageBody="refused")
        for _ in range(3):
            assert [one.status for one in answers(exchange(server.url, send))] == [503]


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (200_000, hard))
        sent = 0
        while _is_sent(calls, f"{sent} " * 1_000):
            sent += 1
        with _refused():
            calls.sqs("SendMessage", QueueUrl="kept", MessageBody="refused " * 30_000)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert server.control.queues()[0].visible == sent
        calls.sqs("SendMessage", QueueUrl="kept", MessageBody="after")
        server.kill()
        server.start()
        assert server.control.queues()[0].visible == sent + 1


def _is_sent(calls: Calls, body: str) -> bool:
    try:
        calls.sqs("SendMessage", QueueUrl="kept", MessageBody=body)
    except Refusal:
        return False
    return True


def test_clients_at_once_are_all_told_and_lose_nothing(tmp_path: Path, disk: FaultyDisk) -> None:
    """The disk fails and recovers again and again under many clients."""
    with Process(tmp_path / "data", environment=disk.environment) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="kept")
        promised: set[str] = set()
        asked: set[str] = set()
        events: queue.SimpleQueue[bool] = queue.SimpleQueue()
        over = threading.Event()

        def send(name: int) -> None:
            with Calls(server.port) as calls:
                for number in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
                    body = f"{name}-{number}"
                    asked.add(body)
                    sent = _is_sent(calls, body)
                    if sent:
                        promised.add(body)
                    events.put(sent)

        def wait_for(count: int, sent: bool) -> None:
            while count:
                count -= events.get(timeout=30) is sent

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for fault in FAULTS.values():
            disk.fail(**fault)
            wait_for(10, sent=False)
            disk.recover()
            wait_for(10, sent=True)
        over.set()
        for thread in threads:
            thread.join(30)
        there = sorted(message.body for message in server.control.messages("kept"))
        assert len(there) == len(set(there))
        assert promised <= set(there) <= asked
        server.kill()
        server.start()
        assert sorted(message.body for message in server.control.messages("kept")) == there
