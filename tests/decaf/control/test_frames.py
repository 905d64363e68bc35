"""Frames: the counts of queues as they change, how much moved, and the newest events; few, however much happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from decaf.control.frames import MOST_EVENTS, Frame
from decaf.testing import Decaf
from tests.live import Live


@pytest.fixture
def frames(live: Live, account: str) -> Iterator[Iterator[Frame]]:
    with closing(live.control.of(account).frames()) as found:
        yield found


def _after(frames: Iterator[Frame], kind: str) -> list[Frame]:
    """Returns the frames up to the first one in which something of this kind moved."""
    found = []
    for frame in frames:
        found.append(frame)
        if any(move.kind == kind for move in frame.moves):
            break
    return found


def test_the_first_frame_has_all_queues_and_later_ones_what_changed(live: Live, account: str, sqs: Any) -> None:
    orders = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.create_queue(QueueName="quiet")
    with closing(live.control.of(account).frames()) as frames:
        first = next(frames)
        assert {queue.arn.rpartition(":")[2] for queue in first.queues} == {"orders", "quiet"}
        assert (first.resources_changed, first.gap, first.epoch) == (False, False, live.world.epoch)
        sqs.send_message(QueueUrl=orders, MessageBody="latte")
        *_, last = _after(frames, "MessageSent")
    (queue,) = last.queues
    assert (queue.visible, queue.in_flight, queue.delayed, queue.polls) == (1, 0, 0, 0)
    assert [event.kind for event in last.events] == ["MessageSent"]
    assert not last.resources_changed


def test_a_frame_has_the_newest_events_and_the_number_of_the_others(frames: Iterator[Frame], sqs: Any) -> None:
    next(frames)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(10)]
    for _ in range(5):
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    seen, moved, skipped = [], 0, 0
    for frame in frames:
        assert len(frame.events) <= MOST_EVENTS
        seen += frame.events
        skipped += frame.skipped
        moved += sum(move.count for move in frame.moves if move.kind == "MessageSent")
        if moved == 50:
            break
    assert len(seen) + skipped == 51  # with the creation of the queue
    assert seen[-1].body == "9"


def test_new_resources_are_told_of(frames: Iterator[Frame], sns: Any) -> None:
    next(frames)
    sns.create_topic(Name="news")
    *_, last = _after(frames, "TopicCreated")
    assert last.resources_changed


def _first(live: Decaf, since: str, header: str = "") -> Frame:
    connection = HTTPConnection(urlsplit(live.url).netloc)
    with closing(connection):
        query = f"?since={since}" if since else ""
        connection.request("GET", f"/_decaf/frames{query}", headers={"Last-Event-ID": header} if header else {})
        response = connection.getresponse()
        while not (line := response.readline()).startswith(b"data: "):
            pass
        return msgspec.json.decode(line[6:], type=Frame)


def test_a_client_that_comes_back_gets_what_came_meanwhile(live: Live, sqs: Any) -> None:
    before = _first(live, "")
    sqs.create_queue(QueueName="orders")
    again = _first(live, "", f"{before.epoch}.{before.mark}")
    assert [event.kind for event in again.events] == ["QueueCreated"]
    assert not again.gap


@pytest.mark.parametrize("since", ["another.0", "1", "another"])
def test_what_another_server_sent_is_a_gap(live: Live, since: str) -> None:
    assert _first(live, since).gap


def test_a_mark_that_is_to_come_is_a_gap(live: Live) -> None:
    assert _first(live, f"{live.world.epoch}.{10**9}").gap


def test_the_stream_of_events_goes_on_after_the_last_one_that_a_browser_has_seen(live: Live, sqs: Any) -> None:
    mark = live.control.mark()
    sqs.create_queue(QueueName="orders")
    with closing(HTTPConnection(urlsplit(live.url).netloc)) as connection:
        connection.request("GET", "/_decaf/events/stream", headers={"Last-Event-ID": str(mark)})
        response = connection.getresponse()
        while not (line := response.readline()).startswith(b"event: "):
            pass
    assert line == b"event: QueueCreated\n"


def test_a_server_that_stops_ends_its_streams() -> None:
    with Decaf() as decaf:
        frames = decaf.control.frames()
        next(frames)
    assert len(list(frames)) <= 1


def test_the_end_of_a_delay_and_a_dead_letter_are_seen_in_the_counts(live: Live, account: str, sqs: Any) -> None:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"RedrivePolicy": f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1}}'}
    url = sqs.create_queue(QueueName="orders", Attributes=redrive)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="latte", DelaySeconds=60)
    with closing(live.control.of(account).frames()) as frames:
        next(frames)
        live.advance(60)
        counts = (queue for frame in frames for queue in frame.queues)
        assert next(queue.visible for queue in counts if not queue.delayed) == 1
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
        sqs.receive_message(QueueUrl=url)
        assert next(queue.visible for queue in counts if queue.arn == arn) == 1


def test_a_moved_and_a_stopped_clock_are_seen_without_an_event(live: Live, frames: Iterator[Frame]) -> None:
    first = next(frames)
    live.advance(1_000)
    assert next(frames).now >= first.now + 1_000
    live.control.freeze()
    assert next(frames).frozen
    live.control.thaw()
