"""What those who listen to events keep of them, measured: long messages that are gone leave at most their start."""

from __future__ import annotations

import gc
import itertools
import json
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from decaf.base.settings import Settings
from decaf.observe.history import KEPT_OF_BODIES
from tests.decaf.control.bench import Bench
from tests.live import Live

ROUNDS = 30
LONG = 200_000  # characters
FACTS = 2_000  # bytes: what an event needs besides the start of a body
SLACK = 100_000  # bytes, in all

_texts = (f"{number} " + "latte " * (LONG // 6) for number in itertools.count())


def _to_queue(**attributes: str) -> Callable[[Bench], Callable[[], None]]:
    """Publishes to a queue, from where the message is received and deleted."""

    def prepare(bench: Bench) -> Callable[[], None]:
        topic, queue = bench.topic(), bench.queue()
        bench.subscribe(topic, "sqs", queue, **attributes)

        def act() -> None:
            bench.sns("Publish", TopicArn=topic, Message=next(_texts))
            bench.drop(queue, bench.receive(queue))

        return act

    return prepare


def _never_read(bench: Bench) -> Callable[[], None]:
    topic = bench.topic()
    bench.subscribe(topic, "sqs", bench.queue())

    def act() -> None:
        bench.sns("Publish", TopicArn=topic, Message=next(_texts))
        bench.post("/clock/advance", seconds=61)
        bench.sqs("PurgeQueue", QueueUrl="kitchen")

    return act


def _filtered_out(**attributes: str) -> Callable[[Bench], Callable[[], None]]:
    def prepare(bench: Bench) -> Callable[[], None]:
        topic = bench.topic()
        bench.subscribe(topic, "sqs", bench.queue(), **attributes)
        sold = {"kind": {"DataType": "String", "StringValue": "cold"}}

        def act() -> None:
            text = json.dumps({"kind": "cold", "text": next(_texts)})
            bench.sns("Publish", TopicArn=topic, Message=text, MessageAttributes=sold)

        return act

    return prepare


def _long_attribute(bench: Bench) -> Callable[[], None]:
    topic, queue = bench.topic(), bench.queue()
    bench.subscribe(topic, "sqs", queue)

    def act() -> None:
        long = {"kind": {"DataType": "String", "StringValue": next(_texts)}}
        bench.sns("Publish", TopicArn=topic, Message="short", MessageAttributes=long)
        bench.drop(queue, bench.receive(queue))

    return act


def _text_per_protocol(bench: Bench) -> Callable[[], None]:
    topic, queue = bench.topic(), bench.queue()
    bench.subscribe(topic, "sqs", queue)

    def act() -> None:
        texts = json.dumps({"default": next(_texts), "sqs": "short"})
        bench.sns("Publish", TopicArn=topic, Message=texts, MessageStructure="json")
        bench.drop(queue, bench.receive(queue))

    return act


def _no_queue(bench: Bench) -> Callable[[], None]:
    topic = bench.topic()
    bench.subscribe(topic, "sqs", bench.queue())
    bench.sqs("DeleteQueue", QueueUrl="kitchen")
    return lambda: bench.sns("Publish", TopicArn=topic, Message=next(_texts))


def _sent(bench: Bench) -> Callable[[], None]:
    queue = bench.queue()

    def act() -> None:
        bench.send(queue, next(_texts))
        bench.drop(queue, bench.receive(queue))

    return act


SITUATIONS = {
    "sent": _sent,
    "delivered": _to_queue(),
    "delivered raw": _to_queue(RawMessageDelivery="true"),
    "never read": _never_read,
    "filtered out by an attribute": _filtered_out(FilterPolicy='{"kind": ["hot"]}'),
    "filtered out by the body": _filtered_out(FilterPolicy='{"kind": ["hot"]}', FilterPolicyScope="MessageBody"),
    "a long attribute": _long_attribute,
    "a text per protocol": _text_per_protocol,
    "not delivered": _no_queue,
}


def _growth(act: Callable[[], Any]) -> int:
    """Returns the bytes that ROUNDS of `act` leave behind."""
    act()
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(ROUNDS):
            act()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_history_keeps_the_start_of_each_body(situation: str) -> None:
    bench = Bench()
    act = SITUATIONS[situation](bench)
    before = bench.world.history.mark
    growth = _growth(act)
    events = bench.world.history.mark - before
    assert growth <= events * (KEPT_OF_BODIES + FACTS) + SLACK


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_watches_keeps_nothing(situation: str) -> None:
    bench = Bench(max_history=0)
    act = SITUATIONS[situation](bench)
    with bench.world.watched(lambda _: None):
        assert _growth(act) <= SLACK


@pytest.mark.parametrize("raw", ["false", "true"])
def test_the_data_directory_keeps_nothing_in_memory_once_it_is_written(tmp_path: Path, raw: str) -> None:
    live = Live(Settings(port=0, max_history=0, max_calls=0, data_dir=str(tmp_path)))
    try:
        with closing(live.client("sqs")) as sqs, closing(live.client("sns")) as sns:
            url = sqs.create_queue(QueueName="kitchen")["QueueUrl"]
            topic = sns.create_topic(Name="orders")["TopicArn"]
            arn = "arn:aws:sqs:us-east-1:000000000000:kitchen"
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": raw})

            def act() -> None:
                sns.publish(TopicArn=topic, Message=next(_texts))
                (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

            assert _growth(act) <= 5 * LONG
    finally:
        live.stop()


def test_events_of_recipients_that_were_forgotten_are_not_kept() -> None:
    """One record stands for an event of each subscription, and counts as so many."""
    bench = Bench(max_history=10)
    topic = bench.topic()
    for number in range(4):
        bench.subscribe(topic, "sqs", bench.queue(f"kitchen-{number}"), FilterPolicy='{"kind": ["hot"]}')

    def act() -> None:
        bench.sns("Publish", TopicArn=topic, Message="cold " * 800)

    for _ in range(20):
        act()
    assert len(bench.world.history.since(0)) == 10
    assert _growth(act) <= SLACK
