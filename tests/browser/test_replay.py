"""The replay of a trace, in a browser: at every moment it counts what the server counted at that moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from decaf.base.settings import Settings
from decaf.page.bundle import bundled
from decaf.testing import Decaf
from decaf.testing.decaf import new_account

STANDARD, FIFO, DEAD, DEAD_FIFO = "orders", "orders.fifo", "dead", "dead.fifo"
COUNTS = ("visible", "in_flight", "delayed")

REPLAYED = (
    "([data, moments]) => {"
    + bundled("trace/replay.js")
    + """
    const replay = new $trace_replay.Replay(data);
    return {
        differences: replay.differences().map((queue) => queue.name),
        counts: moments.map(([now, mark]) => {
            const count = replay.events.filter((event) => event.at <= now && event.mark <= mark).length;
            const counts = [...replay.at(count).queues].map(([arn, contents]) => [arn, contents.counts()]);
            return Object.fromEntries(counts);
        }),
    };
}"""
)


class Shop:
    """Queues and a topic in an account of their own, what is done to them, and what the server counts after each."""

    def __init__(self, decaf: Decaf, seen_from: int = 0) -> None:
        self.account = new_account()
        self.control = decaf.control.of(self.account)
        self.sqs, self.sns = decaf.client("sqs", self.account), decaf.client("sns", self.account)
        self.handles: list[tuple[str, str]] = []
        self.moments: list[tuple[float, int]] = []
        self.counts: list[dict[str, dict[str, int]]] = []
        self.control.freeze()
        for dead, queue in ((DEAD, STANDARD), (DEAD_FIFO, FIFO)):
            fifo = {"FifoQueue": "true"} if queue is FIFO else {}
            delay = {"DelaySeconds": "7"} if dead is DEAD_FIFO else {}
            redrive = {"deadLetterTargetArn": self._create(dead, fifo | delay), "maxReceiveCount": 2}
            self._create(queue, fifo | {"RedrivePolicy": json.dumps(redrive)})
        topic = self.sns.create_topic(Name="placed")["TopicArn"]
        self.topic = topic
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self._arn(STANDARD))

    def close(self) -> None:
        self.sqs.close()
        self.sns.close()

    def do(self, what: str, number: int) -> None:
        name = (STANDARD, FIFO, DEAD, DEAD_FIFO)[number % 4]
        with suppress(ClientError):  # what AWS refuses changes nothing
            getattr(self, f"_{what}")(name, number)
        self.look()

    def look(self) -> None:
        found = self.control.queues()
        self.counts.append({each.arn: {name: getattr(each, name) for name in COUNTS} for each in found})
        self.moments.append((self.control.clock().now, self.control.mark()))

    def _create(self, name: str, attributes: dict[str, str]) -> str:
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        return self._arn(name)

    def _arn(self, name: str) -> str:
        return f"arn:aws:sqs:us-east-1:{self.account}:{name}"

    def _url(self, name: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _send(self, name: str, number: int) -> None:
        more: dict[str, Any] = {"DelaySeconds": number % 20}
        if name.endswith(".fifo"):
            more = {"MessageGroupId": str(number % 3), "MessageDeduplicationId": str(number)}
        self.sqs.send_message(QueueUrl=self._url(name), MessageBody=f"latte {number}", **more)

    def _publish(self, _: str, number: int) -> None:
        self.sns.publish(TopicArn=self.topic, Message=f"mocha {number}")

    def _receive(self, name: str, number: int) -> None:
        url = self._url(name)
        found = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1 + number % 5, VisibilityTimeout=number % 3 * 9
        )
        self.handles += [(url, message["ReceiptHandle"]) for message in found.get("Messages", [])]

    def _delete(self, _: str, number: int) -> None:
        if self.handles:
            url, handle = self.handles[number % len(self.handles)]
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)

    def _change(self, _: str, number: int) -> None:
        if self.handles:
            url, handle = self.handles[number % len(self.handles)]
            self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=number % 4 * 11)

    def _advance(self, _: str, number: int) -> None:
        self.control.advance((0.5, 5, 12, 40, 400_000)[number % 5])

    def _purge(self, name: str, _: int) -> None:
        self.sqs.purge_queue(QueueUrl=self._url(name))

    def _delay(self, _: str, number: int) -> None:
        self.sqs.set_queue_attributes(QueueUrl=self._url(FIFO), Attributes={"DelaySeconds": str(number % 3 * 8)})

    def _redrive(self, name: str, _: int) -> None:
        self.sqs.start_message_move_task(SourceArn=self._arn(name))

    def _remove(self, name: str, number: int) -> None:
        if number % 7 == 0:
            self.sqs.delete_queue(QueueUrl=self._url(name))


@pytest.fixture(scope="module")
def decaf() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, purge_cooldown=0, access="off")) as server:
        yield server


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


USUAL = ("send", "send", "publish", "receive", "receive", "delete", "advance")
ALL = (*USUAL, "change", "purge", "delay", "redrive", "remove")


def steps(kinds: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 10_000)), min_size=5, max_size=40)


many = settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@many
@given(steps(ALL))
def test_the_replay_counts_as_the_server_did(decaf: Decaf, blank: Page, done: list[tuple[str, int]]) -> None:
    shop = Shop(decaf)
    for what, number in done:
        shop.do(what, number)
    data = msgspec.to_builtins(shop.control.trace())
    shop.close()
    replayed = blank.evaluate(REPLAYED, [data, shop.moments])
    for step, seen, counted in zip(done, replayed["counts"], shop.counts, strict=True):
        assert seen == counted, step
    assert replayed["differences"] == []


@many
@given(steps(ALL))
def test_it_does_so_where_messages_come_twice(decaf: Decaf, blank: Page, done: list[tuple[str, int]]) -> None:
    shop = Shop(decaf)
    shop.control.set_profile("realistic", seed=7, duplicates=0.5)
    for what, number in done:
        shop.do(what, number)
    data = msgspec.to_builtins(shop.control.trace())
    shop.close()
    replayed = blank.evaluate(REPLAYED, [data, shop.moments])
    for step, seen, counted in zip(done, replayed["counts"], shop.counts, strict=True):
        assert seen == counted, step


def test_a_dead_letter_of_a_fifo_queue_is_delayed_by_its_new_queue(decaf: Decaf, blank: Page) -> None:
    shop = Shop(decaf)
    for what, number in (("send", 1), *[("receive", 9), ("advance", 1)] * 3, ("advance", 2)):
        shop.do(what, number)
    data = msgspec.to_builtins(shop.control.trace())
    shop.close()
    dead = f"arn:aws:sqs:us-east-1:{shop.account}:{DEAD_FIFO}"
    assert [each[dead]["delayed"] for each in shop.counts[-3:]] == [1, 1, 0]
    assert blank.evaluate(REPLAYED, [data, shop.moments])["counts"] == shop.counts


@many
@given(steps(USUAL), steps(ALL))
def test_a_replay_from_a_state_that_was_read_counts_as_the_server_did(
    decaf: Decaf, blank: Page, before: list[tuple[str, int]], done: list[tuple[str, int]]
) -> None:
    shop = Shop(decaf)
    for what, number in before:
        shop.do(what, number)
    start = msgspec.to_builtins(shop.control.trace(since=shop.control.mark()))
    shop.counts, shop.moments = [], []
    for what, number in done:
        shop.do(what, number)
    data = msgspec.to_builtins(shop.control.trace(since=start["mark"]))
    shop.close()
    assert blank.evaluate(REPLAYED, [data | {"start": start}, shop.moments])["counts"] == shop.counts


@many
@given(steps(("send", "receive", "delete", "advance")), steps(("send", "receive", "delete", "advance")))
def test_without_the_beginning_the_start_follows_from_the_end(
    decaf: Decaf, blank: Page, before: list[tuple[str, int]], done: list[tuple[str, int]]
) -> None:
    shop = Shop(decaf)
    for what, number in before:
        shop.do(what, number)
    mark = shop.control.mark()
    shop.counts, shop.moments = [], []
    for what, number in done:
        shop.do(what, number)
    data = msgspec.to_builtins(shop.control.trace(since=mark))
    shop.close()
    seen = blank.evaluate(REPLAYED, [data, shop.moments])
    # Which messages were still delayed at the start is not known: they count as visible. Nor is whether a message that
    # is deleted was in flight: an earlier receive's handle deletes it, too.
    knows_flights = all(what != "delete" for what, _ in done)
    assert [_known(each, knows_flights) for each in seen["counts"]] == [
        _known(each, knows_flights) for each in shop.counts
    ]
    assert seen["differences"] == []


def _known(counts: dict[str, dict[str, int]], knows_flights: bool) -> dict[str, tuple[int, int]]:
    return {arn: (each["in_flight"] if knows_flights else 0, sum(each.values())) for arn, each in counts.items()}
