"""POST /_decaf/wait and /never: they end as soon as it is known, by an event, by the clock, or by real time."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from decaf.control.event_filter import MAX_WATCHERS
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import START


def test_a_wait_ends_with_its_events(bench: Bench) -> None:
    queue = bench.queue()
    answer = bench.meanwhile(
        "/wait",
        {"kind": "MessageSent", "queue": "kitchen", "body_contains": "two", "timeout": 60},
        partial(bench.send, queue, "one"),
        partial(bench.send, queue, "two"),
    )
    assert answer["happened"]
    assert [event["body"] for event in answer["events"]] == ["two"]
    assert answer["mark"] == bench.mark()


def test_a_wait_is_for_as_many_as_are_counted(bench: Bench) -> None:
    queue = bench.queue()
    send = partial(bench.send, queue)
    answer = bench.meanwhile("/wait", {"kind": "MessageSent", "count": 2, "timeout": 60}, send, send)
    assert (answer["happened"], len(answer["events"])) == (True, 2)


def test_earlier_events_count_only_since_a_mark(bench: Bench) -> None:
    queue = bench.queue()
    mark = bench.mark()
    bench.send(queue, "before")
    since = bench.meanwhile("/wait", {"kind": "MessageSent", "since": mark})
    assert [event["body"] for event in since["events"]] == ["before"]
    now = bench.meanwhile("/wait", {"kind": "MessageSent", "timeout": 60}, partial(bench.send, queue, "after"))
    assert [event["body"] for event in now["events"]] == ["after"]


def test_a_wait_ends_when_real_time_is_over_though_the_clock_stands_still(bench: Bench) -> None:
    assert bench.meanwhile("/wait", {"kind": "MessageSent", "timeout": 0.01}) == {
        "happened": False,
        "events": [],
        "mark": 0,
    }


def test_a_wait_ends_when_the_clock_is_moved_past_its_timeout(bench: Bench) -> None:
    answer = bench.meanwhile("/wait", {"kind": "MessageSent", "timeout": 60}, partial(bench.world.advance, 61))
    assert answer["happened"] is False


def test_the_move_that_ends_a_wait_still_counts(bench: Bench) -> None:
    bench.send(bench.queue())
    bench.receive("kitchen", VisibilityTimeout=600)
    answer = bench.meanwhile("/wait", {"kind": "MessageReturned", "timeout": 10}, partial(bench.world.advance, 3_600))
    assert [event["at"] for event in answer["events"]] == [START + 600]


def test_a_visibility_timeout_ends_in_time_while_somebody_waits_though_nobody_touches_the_queue(
    bench: Bench,
) -> None:
    bench.send(bench.queue())

    def receive() -> None:
        bench.receive("kitchen", VisibilityTimeout=30)

    def clock_alone() -> None:
        bench.world.clock.advance(30)

    answer = bench.meanwhile("/wait", {"kind": "MessageReturned", "timeout": 60}, receive, clock_alone)
    assert [event["at"] for event in answer["events"]] == [START + 30]


def test_more_can_happen_in_one_move_than_the_history_keeps() -> None:
    bench = Bench(max_history=1)
    bench.queue(MessageRetentionPeriod="60")
    for text in ("first", "last"):
        bench.send("kitchen", text)
    body = {"kind": "MessageExpired", "body_contains": "first", "timeout": 60}
    assert bench.meanwhile("/wait", body, partial(bench.world.advance, 60))["happened"]


def test_never_holds_for_events_that_have_not_happened(bench: Bench) -> None:
    queue = bench.queue()
    mark = bench.mark()
    assert bench.meanwhile("/never", {"kind": "MessageSent", "since": mark})["none"] is True
    bench.send(queue, "once")
    answer = bench.meanwhile("/never", {"kind": "MessageSent", "since": mark})
    assert (answer["none"], [event["body"] for event in answer["events"]]) == (False, ["once"])


def test_never_can_go_on_looking(bench: Bench) -> None:
    queue = bench.queue()
    answer = bench.meanwhile("/never", {"kind": "MessageSent", "timeout": 60}, partial(bench.send, queue))
    assert answer["none"] is False


def test_never_looks_no_further_than_its_timeout(bench: Bench) -> None:
    bench.send(bench.queue())
    bench.receive("kitchen", VisibilityTimeout=30)
    move = partial(bench.world.advance, 3_600)
    assert bench.meanwhile("/never", {"kind": "MessageReturned", "timeout": 20}, move)["none"] is True
    bench.receive("kitchen", VisibilityTimeout=30)
    assert bench.meanwhile("/never", {"kind": "MessageReturned", "timeout": 40}, move)["none"] is False


def test_waits_work_without_a_history() -> None:
    bench = Bench(max_history=0)
    bench.queue()
    answer = bench.meanwhile("/wait", {"kind": "MessageSent", "timeout": 60}, partial(bench.send, "kitchen"))
    assert answer["happened"]
    assert bench.meanwhile("/never", {"since": 0}) == (
        409,
        "the history does not go back to mark 0: it keeps 0 events",
    )


def test_the_end_of_the_server_ends_waits(bench: Bench) -> None:
    answer = bench.meanwhile("/wait", {"kind": "MessageSent", "timeout": 60}, bench.world.stop_waiting)
    assert answer["happened"] is False


def test_waits_are_bounded(bench: Bench) -> None:
    assert bench.post("/wait", timeout=61)[0] == 400
    assert bench.post("/wait", count=0)[0] == 400
    assert bench.post("/wait", tmeout=1) == (400, "Object contains unknown field `tmeout`")


def test_the_number_of_waiting_calls_is_limited(bench: Bench) -> None:
    with ExitStack() as watching:
        for _ in range(MAX_WATCHERS):
            watching.enter_context(bench.world.watched(lambda _: None))
        full = (429, "1000 calls wait for events already")
        assert bench.post("/wait") == full
        assert bench.post("/never") == full
        assert bench.get("/events/stream") == full
    assert bench.meanwhile("/never", {})["none"] is True
