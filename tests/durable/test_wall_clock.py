"""A wall clock that is set back, set forward, or jumps because the machine has slept, under a running server."""

from __future__ import annotations

from pathlib import Path

from tests.durable.calls import Calls
from tests.durable.process import Process
from tests.durable.wall_clock import WallClock

HOUR = 3_600


def test_a_wall_clock_set_back_does_not_take_the_servers_clock_back(tmp_path: Path, wall_clock: WallClock) -> None:
    with Process(tmp_path / "data", environment=wall_clock.environment) as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        before = server.control.clock().now
        wall_clock.set(-HOUR)
        shown = [before, *(server.control.clock().now for _ in range(5))]
        assert shown == sorted(set(shown))
        assert shown[-1] - before < HOUR / 2
        wall_clock.set(-2 * HOUR)
        assert server.control.clock().now >= shown[-1]


def test_what_is_due_comes_in_time_after_the_wall_clock_was_set_back(tmp_path: Path, wall_clock: WallClock) -> None:
    with Process(tmp_path / "data", environment=wall_clock.environment) as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        calls.sqs("SendMessage", QueueUrl="kept", MessageBody="soon", DelaySeconds=1)
        wall_clock.set(-HOUR)
        (message,) = calls.sqs("ReceiveMessage", QueueUrl="kept", WaitTimeSeconds=20)["Messages"]
        assert message["Body"] == "soon"


def test_a_restart_under_a_wall_clock_set_back_goes_on_from_the_time_it_was(
    tmp_path: Path, wall_clock: WallClock
) -> None:
    with Process(tmp_path / "data", environment=wall_clock.environment) as server:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="kept")
        wall_clock.set(-HOUR)
        before = server.control.clock().now
        wall_clock.set(-2 * HOUR)
        server.restart()
        assert before <= server.control.clock().now < before + HOUR / 2


def test_the_servers_clock_jumps_forward_with_the_wall_clock(tmp_path: Path, wall_clock: WallClock) -> None:
    with Process(tmp_path / "data", environment=wall_clock.environment) as server, Calls(server.port) as calls:
        calls.sqs("CreateQueue", QueueName="kept")
        calls.sqs("SendMessage", QueueUrl="kept", MessageBody="in flight")
        calls.sqs("ReceiveMessage", QueueUrl="kept", VisibilityTimeout=HOUR)
        before = server.control.clock().now
        wall_clock.set(HOUR)
        assert server.control.clock().now - before >= HOUR
        (message,) = calls.sqs("ReceiveMessage", QueueUrl="kept")["Messages"]
        assert message["Body"] == "in flight"
