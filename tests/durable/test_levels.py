"""What each durability promises."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.durable.calls import Calls, Refusal
from tests.durable.disk import FaultyDisk
from tests.durable.process import Process


def _bodies(server: Process) -> list[str]:
    return [message.body for message in server.control.messages("orders")]


@pytest.mark.parametrize("level", ["commit", "second", "none"])
def test_a_server_that_is_stopped_keeps_everything(tmp_path: Path, level: str) -> None:
    with Process(tmp_path, "--durability", level) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            for number in range(20):
                calls.sqs("SendMessage", QueueUrl="orders", MessageBody=str(number))
        assert server.stop() == 0
        server.start()
        assert _bodies(server) == [str(number) for number in range(20)]


def test_with_second_answers_do_not_wait_and_what_is_older_outlives_a_kill(tmp_path: Path, disk: FaultyDisk) -> None:
    with Process(tmp_path / "data", "--durability", "second", environment=disk.environment) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            calls.sqs("SendMessage", QueueUrl="orders", MessageBody="older")
            server.control.backup(tmp_path / "copy")  # waits for what is not written yet
            written = disk.calls
            calls.sqs("SendMessage", QueueUrl="orders", MessageBody="younger")
            assert disk.calls == written
        server.kill()
        server.start()
        assert _bodies(server)[0] == "older"


def test_with_second_what_was_answered_outlives_a_full_disk(tmp_path: Path, disk: FaultyDisk) -> None:
    """It is written once it can be: nobody was told that it was not done."""
    with Process(tmp_path / "data", "--durability", "second", environment=disk.environment) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
            disk.fail(write=errno.ENOSPC)
            answered = 0
            while _is_sent(calls, str(answered)):
                answered += 1
            disk.recover()
            calls.sqs("SendMessage", QueueUrl="orders", MessageBody="after")
        server.stop()
        server.start()
        assert _bodies(server) == [*map(str, range(answered)), "after"]


def _is_sent(calls: Calls, body: str) -> bool:
    try:
        calls.sqs("SendMessage", QueueUrl="orders", MessageBody=body)
    except Refusal as refusal:
        assert refusal.status == 503  # noqa: PT017  others are raised
        return False
    return True


def test_a_clock_that_was_moved_and_stopped_stands_there_still(tmp_path: Path) -> None:
    with Process(tmp_path) as server:
        server.control.freeze()
        stands = server.control.advance(86_400)
        server.kill()
        server.start()
        assert server.control.clock() == stands
        server.control.thaw()
        server.kill()
        server.start()
        clock = server.control.clock()
        assert (clock.frozen, clock.now >= stands.now) == (False, True)
