"""Events that fall due by themselves: in the order of time, each at its own time, however the clock is moved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.due import LEISURE
from decaf_protocol import AWSError
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import START

Emitted = list[tuple[float, str, str, str | None]]


def events_of(bench: Bench) -> Emitted:
    """The events: when (seconds since the start), kind, where, to which message's body."""
    records = bench.world.history.since(0)
    return [(round(r.at - START, 6), r.kind, r.arn.rpartition(":")[2], r.body) for r in records]


def test_queues_that_nobody_touches_do_their_work_in_the_order_of_time() -> None:
    bench = Bench()
    for name in ("one", "two"):
        bench.send(bench.queue(name), name)
    bench.receive("two", VisibilityTimeout=10)
    bench.receive("one", VisibilityTimeout=20)
    bench.move_clock(30)
    assert events_of(bench)[-2:] == [(10, "MessageReturned", "two", "two"), (20, "MessageReturned", "one", "one")]


def test_what_comes_back_and_then_expires_does_so_each_at_its_time() -> None:
    bench = Bench()
    bench.send(bench.queue(MessageRetentionPeriod="60"))
    bench.receive("kitchen", VisibilityTimeout=50)
    bench.move_clock(3_600)
    assert [(at, kind) for at, kind, *_ in events_of(bench)[-2:]] == [(50, "MessageReturned"), (60, "MessageExpired")]


def test_equal_times_in_several_queues_are_no_trouble() -> None:
    bench = Bench()
    for name in ("one", "two", "three"):
        bench.send(bench.queue(name, MessageRetentionPeriod="60"))
    bench.move_clock(60)
    assert [kind for _, kind, *_ in events_of(bench)[-3:]] == ["MessageExpired"] * 3


def test_a_message_that_a_move_task_brings_expires_in_its_new_queue_in_time() -> None:
    bench = Bench()
    dead = bench.queue("dead")
    policy = json.dumps({"maxReceiveCount": 1, "deadLetterTargetArn": dead})
    source = bench.queue("source", MessageRetentionPeriod="60", RedrivePolicy=policy)
    bench.send(dead)
    bench.sqs("StartMessageMoveTask", SourceArn=dead, DestinationArn=source)
    bench.move_clock(3_600)
    assert events_of(bench)[-1][:3] == (60.1, "MessageExpired", "source")


def test_a_shortened_retention_period_expires_messages_in_time_while_events_are_watched() -> None:
    bench = Bench()
    queue = bench.queue()
    bench.send(queue)
    with bench.world.watched(lambda _: None):
        url = queue.split(":")[-1]
        bench.sqs("SetQueueAttributes", QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
        bench.move_clock(3_600)
        assert events_of(bench)[-1][:2] == (60, "MessageExpired")


def test_nothing_listens_once_nobody_watches() -> None:
    bench = Bench(max_history=0)
    with bench.world.watched(lambda _: None):
        bench.send(bench.queue())
        assert bench.world.clock.next_due() is not None
    assert not bench.world.events.listeners
    assert not bench.world.events.state_listeners
    assert bench.world.clock.next_due() is None


_QUEUES = ("plain", "slow", "ordered.fifo")
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "receive", "change", "delete", "wait"]), st.sampled_from(_QUEUES), st.integers(0, 90)
    ),
    max_size=25,
)


def do(bench: Bench, step: str, queue: str, number: int, handles: dict[str, str]) -> None:
    """One call of a client; `handles` has the latest receipt handle by queue."""
    if step == "wait":
        bench.move_clock(number / 10)
    elif step == "send":
        group = {"MessageGroupId": str(number % 3)} if queue.endswith(".fifo") else {"DelaySeconds": number}
        bench.send(queue, f"{queue} {number} {bench.world.history.mark}", **group)
    elif step == "receive":
        for message in bench.sqs("ReceiveMessage", QueueUrl=queue, VisibilityTimeout=number)["Messages"]:
            handles[queue] = message["ReceiptHandle"]
    elif queue in handles:
        params: dict[str, Any] = {"QueueUrl": queue, "ReceiptHandle": handles[queue]}
        with suppress(AWSError):  # the handle may be of a message that is gone, or has come back
            if step == "delete":
                bench.sqs("DeleteMessage", **params)
            else:
                bench.sqs("ChangeMessageVisibility", VisibilityTimeout=number, **params)


def world_after(
    steps: Sequence[tuple[str, str, int]], moves: Sequence[float], looked_at: bool = False
) -> tuple[Emitted, Any]:
    """What happened in a world that `steps` were done in, once the clock was moved by `moves`; and what it holds."""
    bench = Bench()
    if looked_at:
        with bench.world.looked_at(lambda _: None, lambda: None):
            return _after(bench, steps, moves)
    return _after(bench, steps, moves)


def _after(bench: Bench, steps: Sequence[tuple[str, str, int]], moves: Sequence[float]) -> tuple[Emitted, Any]:
    dead = bench.queue("dead", MessageRetentionPeriod="120")
    policy = json.dumps({"maxReceiveCount": 2, "deadLetterTargetArn": dead})
    bench.queue("plain", MessageRetentionPeriod="90", RedrivePolicy=policy)
    bench.queue("slow", DelaySeconds="15", MessageRetentionPeriod="75")
    bench.queue("ordered.fifo", FifoQueue="true", ContentBasedDeduplication="true", MessageRetentionPeriod="100")
    handles: dict[str, str] = {}
    for step, queue, number in steps:
        do(bench, step, queue, number, handles)
    for seconds in moves:
        bench.move_clock(seconds)
    held = [bench.get("/messages", queue=queue)["messages"] for queue in ("dead", *_QUEUES)]
    return events_of(bench), [[(m["id"], m["state"], m["receive_count"]) for m in messages] for messages in held]


@given(_STEPS, st.lists(st.integers(1, 40).map(float), max_size=8))
@settings(deadline=None, max_examples=60)
def test_many_small_moves_do_what_one_large_one_does(steps: Sequence[tuple[str, str, int]], moves: list[float]) -> None:
    assert world_after(steps, moves) == world_after(steps, [sum(moves)])


@given(_STEPS, st.lists(st.integers(1, 40).map(float), max_size=8))
@settings(deadline=None, max_examples=60)
def test_an_onlooker_at_leisure_changes_nothing(steps: Sequence[tuple[str, str, int]], moves: list[float]) -> None:
    assert world_after(steps, moves, looked_at=True) == world_after(steps, moves)


def test_an_onlooker_at_leisure_sees_what_falls_due_with_its_own_time() -> None:
    bench = Bench()
    seen: list[tuple[float, str]] = []
    with bench.world.looked_at(lambda event: seen.append((event.at - START, type(event).__name__)), lambda: None):
        bench.send(bench.queue())
        bench.receive("kitchen", VisibilityTimeout=10)
        bench.world.clock.advance(LEISURE)
        bench.world.clock.advance(10 - LEISURE)
        assert seen[-1] == (10, "MessageReturned")


def test_for_an_onlooker_at_leisure_many_calls_cost_one_look() -> None:
    bench = Bench()
    queue = bench.queue()
    with bench.world.looked_at(lambda _: None, lambda: None):
        for _ in range(10):
            bench.send(queue)
        looks = [timer for timer in bench.world.clock._timers if timer.when == START + LEISURE]
        assert len(looks) == 1
