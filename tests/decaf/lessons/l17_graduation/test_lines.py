"""Each line of the graduation turns red for what it is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from decaf.lessons.l17_graduation import requirements as lines
from decaf.lessons.wire import Wire
from tests.decaf.lessons.fan_out import subscribe, wire_of
from tests.live import Live

FIFO = {"FifoQueue": "true"}


@pytest.fixture
def wire(live: Live, account: str) -> Callable[[], Wire]:
    return lambda: wire_of(live, account)


@pytest.fixture
def urls(sqs: Any) -> dict[str, str]:
    """The queues of the shop, whose orders are lent for three seconds."""
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes=FIFO)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2}),
        "VisibilityTimeout": "3",
    }
    attributes = {"orders.fifo": FIFO | redrive, "made.fifo": FIFO, "log": {}, "later": {}}
    return {name: sqs.create_queue(QueueName=name, Attributes=of)["QueueUrl"] for name, of in attributes.items()}


@pytest.fixture
def program(account: str, endpoint: str) -> Iterator[Callable[[str], Any]]:
    """Returns a client whose calls have the name of a program."""
    clients: list[Any] = []

    def client(name: str) -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "x"}
        config = Config(user_agent_appid=name)
        clients.append(boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", config=config, **keys))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


def send(sqs: Any, url: str, order: int, again: str = "") -> str:
    """Send an order in its customer's group. Returns the id of the message."""
    sent: str = sqs.send_message(
        QueueUrl=url,
        MessageBody=json.dumps({"order": order}),
        MessageGroupId=lines.customer_of(order),
        MessageDeduplicationId=f"{order}{again}",
    )["MessageId"]
    return sent


def words(missing: lines.Missing | None) -> str:
    assert missing is not None
    return missing.words


def test_an_order_that_is_made_too_late_is_lost(wire: Callable[[], Wire], sqs: Any, urls: dict[str, str]) -> None:
    for order in sorted(lines.USUAL - {7}):
        send(sqs, urls["made.fifo"], order)
    sqs.send_message(QueueUrl=urls["log"], MessageBody='{"note": "later"}')
    send(sqs, urls["made.fifo"], 7)
    assert words(lines.lost(wire())).startswith("order 7 ")


def test_made_twice(wire: Callable[[], Wire], sqs: Any, urls: dict[str, str]) -> None:
    send(sqs, urls["made.fifo"], 1)
    assert lines.twice(wire()) is None
    send(sqs, urls["made.fifo"], 1)  # dropped as a duplicate
    assert lines.twice(wire()) is None
    send(sqs, urls["made.fifo"], 1, "again")
    assert words(lines.twice(wire())) == "order 1 made 2 times"


def test_the_order_of_a_customer(wire: Callable[[], Wire], sqs: Any, urls: dict[str, str]) -> None:
    for order in (2, 1, 5, 4):  # of ben and ada in turn
        send(sqs, urls["made.fifo"], order)
    assert lines.in_order(wire()) is None
    send(sqs, urls["made.fifo"], 10)
    send(sqs, urls["made.fifo"], 7)
    assert words(lines.in_order(wire())) == "Ada's order 10 was made before order 7"


@pytest.mark.parametrize(("order", "expected"), [(13, None), (2, "order 2 set aside, and nothing was wrong with it")])
def test_what_is_set_aside(
    wire: Callable[[], Wire],
    sqs: Any,
    urls: dict[str, str],
    advance: Callable[[float], None],
    order: int,
    expected: str,
) -> None:
    send(sqs, urls["orders.fifo"], order)
    assert words(lines.poison(wire())) == "order 13 cannot be made, and nobody set it aside"
    for _ in range(3):
        sqs.receive_message(QueueUrl=urls["orders.fifo"])
        advance(3)
    missing = lines.poison(wire())
    assert (missing and missing.words) == expected


def test_set_aside_and_brought_back(
    wire: Callable[[], Wire], sqs: Any, urls: dict[str, str], advance: Callable[[float], None]
) -> None:
    send(sqs, urls["orders.fifo"], 13)
    assert words(lines.brought_back(wire())) == "order 13 was never set aside, so it could not be brought back"
    for _ in range(3):
        sqs.receive_message(QueueUrl=urls["orders.fifo"])
        advance(3)
    assert words(lines.brought_back(wire())) == "order 13 was set aside, and is still not made"
    send(sqs, urls["made.fifo"], 13)
    assert lines.brought_back(wire()) is None


def test_the_right_readers(wire: Callable[[], Wire], sns: Any, sqs: Any, urls: dict[str, str]) -> None:
    topic = sns.create_topic(Name="ready")["TopicArn"]
    for customer in lines.CUSTOMERS:
        subscribe(sns, sqs, topic, customer, FilterPolicy={"for": [customer]})
    send(sqs, urls["made.fifo"], 1)
    assert words(lines.readers(wire())) == "ada was not sent order 1"
    for customer in ("ada", "cleo"):
        about = {"for": {"DataType": "String", "StringValue": customer}}
        sns.publish(TopicArn=topic, Message='{"order": 1}', MessageAttributes=about)
    assert words(lines.readers(wire())) == "cleo got order 1, not theirs"


@pytest.mark.parametrize("mode", ["warn", "enforce"])
def test_strangers(live: Live, account: str, wire: Callable[[], Wire], sns: Any, sqs: Any, mode: Any) -> None:
    live.control.of(account).set_access(mode)
    topic = sns.create_topic(Name="rumours")["TopicArn"]
    subscribe(sns, sqs, topic, "ada")
    assert words(lines.strangers(wire())) == "no stranger has tried it yet"
    sns.publish(TopicArn=topic, Message='{"order": 666}')
    missing = lines.strangers(wire())
    assert (missing is None) == (mode == "enforce")


def test_calls_that_return_nothing(wire: Callable[[], Wire], sqs: Any, urls: dict[str, str]) -> None:
    for _ in range(lines.MOST_EMPTY):
        sqs.receive_message(QueueUrl=urls["orders.fifo"])
    assert lines.calls(wire()) is None
    sqs.receive_message(QueueUrl=urls["orders.fifo"])
    assert words(lines.calls(wire())) == "61 calls of ReceiveMessage returned nothing, 60 are allowed"


def test_the_cake_comes_back_once(
    wire: Callable[[], Wire], sqs: Any, urls: dict[str, str], advance: Callable[[float], None]
) -> None:
    send(sqs, urls["orders.fifo"], lines.CAKE)
    sqs.receive_message(QueueUrl=urls["orders.fifo"])
    assert words(lines.heartbeat(wire())) == "order 5, the cake, never came back from the barista who died"
    advance(3)
    [message] = sqs.receive_message(QueueUrl=urls["orders.fifo"])["Messages"]
    assert lines.heartbeat(wire()) is None
    sqs.change_message_visibility(
        QueueUrl=urls["orders.fifo"], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60
    )
    assert words(lines.heartbeat(wire())) == "order 5 was lent for 60 s: too long when its barista dies"


def test_the_cake_comes_back_in_work(
    wire: Callable[[], Wire], sqs: Any, urls: dict[str, str], advance: Callable[[float], None]
) -> None:
    sqs.set_queue_attributes(QueueUrl=urls["orders.fifo"], Attributes={"RedrivePolicy": ""})
    send(sqs, urls["orders.fifo"], lines.CAKE)
    for _ in range(3):
        sqs.receive_message(QueueUrl=urls["orders.fifo"])
        advance(3)
    assert words(lines.heartbeat(wire())) == "order 5, the cake, came back while somebody worked on it"


def test_the_same_messages_after_the_restart(wire: Callable[[], Wire], sqs: Any, urls: dict[str, str]) -> None:
    assert words(lines.restart(wire())) == "no order was waiting when the server was killed"
    message_id = send(sqs, urls["orders.fifo"], 1)
    sqs.send_message(QueueUrl=urls["log"], MessageBody=json.dumps({"note": "killed", "ids": {"1": message_id}}))
    assert lines.restart(wire()) is None


def test_other_messages_after_the_restart(wire: Callable[[], Wire], sqs: Any, urls: dict[str, str]) -> None:
    sqs.send_message(QueueUrl=urls["log"], MessageBody=json.dumps({"note": "killed", "ids": {"1": "a", "2": "b"}}))
    assert words(lines.restart(wire())) == "orders 1 and 2 gone after the restart"
    send(sqs, urls["orders.fifo"], 1)
    sqs.receive_message(QueueUrl=urls["orders.fifo"])
    assert words(lines.restart(wire())) == "order 1 came out as another message than before"


@pytest.mark.parametrize(
    ("names", "at_once"), [(("barista-2", "barista-3"), True), (("barista-2", "barista-2"), False)]
)
def test_baristas_at_once(
    wire: Callable[[], Wire],
    sqs: Any,
    urls: dict[str, str],
    program: Callable[[str], Any],
    names: tuple[str, str],
    at_once: bool,
) -> None:
    for order in (1, 2):
        send(sqs, urls["orders.fifo"], order)
    for name in names:
        program(name).receive_message(QueueUrl=urls["orders.fifo"], MaxNumberOfMessages=1)
    assert (lines.scale(wire()) is None) == at_once


def test_an_order_for_later(
    wire: Callable[[], Wire], sqs: Any, urls: dict[str, str], advance: Callable[[float], None], live: Live
) -> None:
    assert words(lines.delay(wire())) == "order 20 was not waiting when the server was killed"
    now = live.control.clock().now
    sqs.send_message(QueueUrl=urls["log"], MessageBody=json.dumps({"note": "killed", "later_sent_at": now}))
    assert words(lines.delay(wire())) == "order 20, for in ten minutes, was never made"
    send(sqs, urls["orders.fifo"], lines.LATER)
    advance(600)
    sqs.receive_message(QueueUrl=urls["orders.fifo"])
    send(sqs, urls["made.fifo"], lines.LATER)
    assert lines.delay(wire()) is None


def test_an_order_for_later_that_is_taken_at_once(
    wire: Callable[[], Wire], sqs: Any, urls: dict[str, str], live: Live
) -> None:
    now = live.control.clock().now
    sqs.send_message(QueueUrl=urls["log"], MessageBody=json.dumps({"note": "killed", "later_sent_at": now}))
    send(sqs, urls["orders.fifo"], lines.LATER)
    sqs.receive_message(QueueUrl=urls["orders.fifo"])
    assert words(lines.delay(wire())) == "order 20, for in ten minutes, was received after 0 s"
