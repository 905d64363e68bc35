"""Receives from standard queues out of order, and messages received twice, as AWS warns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from decaf.base.settings import Settings
from tests.decaf.conftest import FaultsOverHttp
from tests.live import Live

BODIES = [f"order {number}" for number in range(10)]


@pytest.fixture
def url(sqs: Any) -> str:
    """A standard queue named orders."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def _send(sqs: Any, url: str) -> None:
    for body in BODIES:
        sqs.send_message(QueueUrl=url, MessageBody=body)


def _receive(sqs: Any, url: str, most: int = 10, **params: Any) -> list[dict[str, Any]]:
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, **params)
    messages: list[dict[str, Any]] = received.get("Messages", [])
    return messages


def _received_by_ones(sqs: Any, url: str) -> list[str]:
    return [message["Body"] for _ in BODIES for message in _receive(sqs, url, 1)]


def test_every_message_comes_once_but_not_in_order(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    _send(sqs, url)
    fault = faults.set("reorder", {"queue": "orders"})
    received = _received_by_ones(sqs, url)
    assert sorted(received) == BODIES
    assert received not in (BODIES, BODIES[::-1])  # by chance, twice in 3.6 million runs
    assert _receive(sqs, url) == []
    assert faults.counts(fault) == (11, 11)


def test_messages_of_one_receive_are_not_in_order(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    _send(sqs, url)
    faults.set("reorder")
    received = [message["Body"] for message in _receive(sqs, url)]
    assert sorted(received) == BODIES
    assert received != BODIES


def test_with_a_seed_the_disorder_repeats() -> None:
    orders = []
    for _ in range(2):
        live = Live(Settings(port=0, seed=7))
        client = live.client("sqs")
        url = client.create_queue(QueueName="orders")["QueueUrl"]
        _send(client, url)
        FaultsOverHttp(live.url, "000000000000").set("reorder")
        orders.append(_received_by_ones(client, url))
        client.close()
        live.stop()
    assert orders[0] == orders[1] != BODIES


def test_messages_that_are_not_received_keep_their_order(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    _send(sqs, url)
    faults.set("reorder", when={"count": 1})
    (first,) = _receive(sqs, url, 1)
    rest = [message["Body"] for message in _receive(sqs, url)]
    assert rest == [body for body in BODIES if body != first["Body"]]


def test_a_message_received_is_received_again_even_after_its_deletion(
    faults: FaultsOverHttp, sqs: Any, url: str
) -> None:
    sent = sqs.send_message(QueueUrl=url, MessageBody="decaf")
    fault = faults.set("duplicate", {"queue": url})
    (first,) = _receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    (second,) = _receive(sqs, url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert first["MessageId"] == second["MessageId"] == sent["MessageId"]
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    assert _receive(sqs, url) == []
    assert faults.counts(fault) == (1, 1)


def test_each_message_of_a_receive_has_its_own_trial(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    _send(sqs, url)
    faults.set("duplicate", when={"nth": [2, 5]})
    assert len(_receive(sqs, url)) == 10
    assert [message["Body"] for message in _receive(sqs, url)] == [BODIES[1], BODIES[4]]


def test_a_message_that_a_long_poll_waited_for_is_doubled_too(
    faults: FaultsOverHttp, sqs: Any, url: str, live: Live, account: str
) -> None:
    faults.set("duplicate")
    pollers = [live.client("sqs", account) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        polls = [pool.submit(_receive, poller, url, WaitTimeSeconds=20) for poller in pollers]
        sent = sqs.send_message(QueueUrl=url, MessageBody="decaf")
        received = [poll.result(timeout=10)[0]["MessageId"] for poll in polls]
    assert received == [sent["MessageId"]] * 2
    for poller in pollers:
        poller.close()


def test_fifo_queues_keep_their_promise(faults: FaultsOverHttp, sqs: Any) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=attributes)["QueueUrl"]
    for body in BODIES:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="table-4")
    set_ones = [faults.set("reorder"), faults.set("duplicate")]
    assert [message["Body"] for message in _receive(sqs, url)] == BODIES
    assert _receive(sqs, url) == []
    assert [faults.counts(fault) for fault in set_ones] == [(0, 0), (0, 0)]
