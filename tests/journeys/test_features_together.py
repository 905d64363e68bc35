"""What the features of SQS do to each other: FIFO queues, dead letters and the way back, polls, purges, limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from tests.live import Live
from tests.refusals import refusal

IN_FLIGHT = 5
Advance = Callable[[float], None]
BY_CONTENT = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A server whose clock stands still unless it is moved, with queues that have few messages in flight."""
    server = Live(Settings(port=0, max_in_flight=IN_FLIGHT), Clock(lambda: 1_700_000_000.0))
    yield server
    server.stop()


@pytest.fixture
def arn(account: str) -> str:
    """The start of the ARNs of the test's queues: the name follows."""
    return f"arn:aws:sqs:us-east-1:{account}:"


def create(sqs: Any, name: str, **attributes: str) -> str:
    """The URL of a new queue; a FIFO queue takes a body for its deduplication id."""
    fifo = BY_CONTENT if name.endswith(".fifo") else {}
    url: str = sqs.create_queue(QueueName=name, Attributes={**fifo, **attributes})["QueueUrl"]
    return url


def with_dead_letters(sqs: Any, arn: str, name: str, dead: str, **attributes: str) -> tuple[str, str]:
    """The URLs of a queue whose messages are received once, and of its dead-letter queue."""
    dead_url = create(sqs, dead)
    policy = json.dumps({"deadLetterTargetArn": f"{arn}{dead}", "maxReceiveCount": 1})
    return create(sqs, name, RedrivePolicy=policy, **attributes), dead_url


def send(sqs: Any, url: str, *bodies: str) -> None:
    """Send bodies to the groups that their first letters name."""
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])


def receive(sqs: Any, url: str, **params: Any) -> list[dict[str, Any]]:
    asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], **params}
    messages: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, **asked).get("Messages", [])
    return messages


def bodies(sqs: Any, url: str, **params: Any) -> list[str]:
    return [message["Body"] for message in receive(sqs, url, **params)]


def delete(sqs: Any, url: str, *messages: dict[str, Any]) -> None:
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def fail(sqs: Any, url: str) -> None:
    """Receive what there is without deleting it, then again: what was received too often is moved."""
    while receive(sqs, url, VisibilityTimeout=0):
        pass


# --- FIFO dead letters, and the way back ---------------------------------------------------------------------


def test_dead_letters_of_a_fifo_queue_go_back_in_order(sqs: Any, arn: str, advance: Advance) -> None:
    url, dead = with_dead_letters(sqs, arn, "orders.fifo", "dead.fifo")
    send(sqs, url, "a1", "b1", "a2", "b2")
    fail(sqs, url)
    moved = receive(sqs, dead, VisibilityTimeout=0)
    assert [message["Body"] for message in moved] == ["a1", "a2", "b1", "b2"]
    sqs.start_message_move_task(SourceArn=f"{arn}dead.fifo")
    advance(1)
    back = receive(sqs, url)
    assert [message["Body"] for message in back] == ["a1", "a2", "b1", "b2"]
    assert {message["MessageId"] for message in back}.isdisjoint(message["MessageId"] for message in moved)
    for new, old in zip(back, moved, strict=True):
        assert new["Attributes"]["MessageDeduplicationId"] == old["MessageId"]
        assert new["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_message_can_go_round_and_round_within_the_deduplication_interval(
    sqs: Any, arn: str, advance: Advance
) -> None:
    url, dead = with_dead_letters(sqs, arn, "orders.fifo", "dead.fifo")
    send(sqs, url, "a1")
    for _ in range(3):
        fail(sqs, url)
        assert bodies(sqs, dead, VisibilityTimeout=0) == ["a1"]
        sqs.start_message_move_task(SourceArn=f"{arn}dead.fifo")
        advance(1)
    assert bodies(sqs, url) == ["a1"]


def test_moving_to_another_fifo_queue_is_not_taken_for_sending_twice(sqs: Any, arn: str, advance: Advance) -> None:
    url, _ = with_dead_letters(sqs, arn, "orders.fifo", "dead.fifo")
    other = create(sqs, "other.fifo")
    send(sqs, url, "a1")
    send(sqs, other, "a1")
    fail(sqs, url)
    sqs.start_message_move_task(SourceArn=f"{arn}dead.fifo", DestinationArn=f"{arn}other.fifo")
    advance(1)
    (task,) = sqs.list_message_move_tasks(SourceArn=f"{arn}dead.fifo")["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert bodies(sqs, other) == ["a1", "a1"]


def test_a_task_moves_nothing_past_a_message_in_flight(sqs: Any, arn: str, advance: Advance) -> None:
    url, dead = with_dead_letters(sqs, arn, "orders.fifo", "dead.fifo")
    send(sqs, dead, "a1", "a2", "b1")
    (head,) = receive(sqs, dead, MaxNumberOfMessages=1)
    sqs.start_message_move_task(SourceArn=f"{arn}dead.fifo", DestinationArn=f"{arn}orders.fifo")
    advance(1)
    assert bodies(sqs, url) == ["b1"]
    delete(sqs, dead, head)
    advance(1)
    assert bodies(sqs, url) == ["a2"]


def test_the_delay_of_a_destination_holds_for_moved_messages(sqs: Any, arn: str, advance: Advance) -> None:
    url, dead = with_dead_letters(sqs, arn, "orders.fifo", "dead.fifo", DelaySeconds="60")
    send(sqs, dead, "a1")
    sqs.start_message_move_task(SourceArn=f"{arn}dead.fifo", DestinationArn=f"{arn}orders.fifo")
    advance(1)
    assert bodies(sqs, url) == []
    advance(60)
    assert bodies(sqs, url) == ["a1"]


def test_a_fifo_dead_letter_queue_says_who_may_name_it(sqs: Any, arn: str) -> None:
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{arn}orders.fifo"]})
    create(sqs, "dead.fifo", RedriveAllowPolicy=allow)
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{arn}dead.fifo", "maxReceiveCount": 1})}
    create(sqs, "orders.fifo", **policy)
    assert refusal(create, sqs=sqs, name="others.fifo", **policy)[0] == "InvalidParameterValue"


# --- fair queues ---------------------------------------------------------------------------------------------


def test_a_fair_queue_dead_letters_each_groups_own(sqs: Any, arn: str, advance: Advance) -> None:
    url, dead = with_dead_letters(sqs, arn, "orders", "dead")
    send(sqs, url, "a1", "b1", "a2")
    (first,) = receive(sqs, url, MaxNumberOfMessages=1)
    delete(sqs, url, first)
    fail(sqs, url)
    received = receive(sqs, dead)
    assert [(message["Body"], message["Attributes"]["MessageGroupId"]) for message in received] == [
        ("b1", "b"),
        ("a2", "a"),
    ]
    advance(30)
    sqs.start_message_move_task(SourceArn=f"{arn}dead")
    advance(1)
    assert {message["Attributes"]["MessageGroupId"] for message in receive(sqs, url)} == {"a", "b"}


# --- limits --------------------------------------------------------------------------------------------------


def test_a_full_standard_queue_is_an_error_and_a_full_fifo_queue_is_empty(sqs: Any) -> None:
    for name in ("orders", "orders.fifo"):
        url = create(sqs, name)
        send(sqs, url, *(f"{group}1" for group in "abcdefg"))
        taken = receive(sqs, url)
        assert len(taken) == IN_FLIGHT
        if name == "orders":
            assert refusal(sqs.receive_message, QueueUrl=url)[0] == "OverLimit"
        else:
            assert receive(sqs, url) == []
        delete(sqs, url, *taken[:2])
        assert len(receive(sqs, url)) == 2


# --- purging -------------------------------------------------------------------------------------------------


def test_a_purge_of_a_fifo_queue_takes_delayed_messages_and_the_memory_of_what_was_sent(
    sqs: Any, advance: Advance
) -> None:
    url = create(sqs, "orders.fifo", DelaySeconds="10")
    send(sqs, url, "a1", "a2")
    advance(10)
    assert bodies(sqs, url, MaxNumberOfMessages=1) == ["a1"]
    send(sqs, url, "a3")
    sqs.purge_queue(QueueUrl=url)
    counts = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    assert set(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"].values()) == {"0"}
    send(sqs, url, "a1")
    advance(10)
    assert bodies(sqs, url) == ["a1"]


# --- long polls ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("freed_by", ["a delete", "an ended timeout", "a timeout that runs out", "a purge"])
def test_a_poll_at_a_fifo_queue_gets_what_a_group_gives_once_it_is_free(
    live: Live, account: str, sqs: Any, advance: Advance, freed_by: str
) -> None:
    url = create(sqs, "orders.fifo")
    send(sqs, url, "a1", "a2")
    (head,) = receive(sqs, url, MaxNumberOfMessages=1, VisibilityTimeout=5)
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(bodies, sqs, url, WaitTimeSeconds=20)
        live.until_somebody_waits(account, "orders.fifo")
        if freed_by == "a delete":
            delete(sqs, url, head)
        elif freed_by == "an ended timeout":
            handle = head["ReceiptHandle"]
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        elif freed_by == "a timeout that runs out":
            advance(5)
        else:
            sqs.purge_queue(QueueUrl=url)
            send(sqs, url, "a3")
        expected = {"a delete": ["a2"], "a purge": ["a3"]}
        assert poll.result() == expected.get(freed_by, ["a1", "a2"])


def test_a_receive_made_again_starts_its_timeout_anew(sqs: Any, advance: Advance) -> None:
    url = create(sqs, "orders.fifo")
    send(sqs, url, "a1")
    ask = {"VisibilityTimeout": 30, "ReceiveRequestAttemptId": "try-1"}
    (first,) = receive(sqs, url, **ask)
    advance(20)
    assert receive(sqs, url, **ask) == [first]
    advance(20)
    assert receive(sqs, url) == []
    delete(sqs, url, first)
    send(sqs, url, "a2")
    assert bodies(sqs, url, **ask) == ["a2"]


# --- deduplication -------------------------------------------------------------------------------------------


def test_a_queue_made_to_deduplicate_by_group_goes_on_doing_so(sqs: Any) -> None:
    url = create(sqs, "orders.fifo", DeduplicationScope="messageGroup")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "queue"})
    for group in "aba":
        sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId=group)
    assert [message["Attributes"]["MessageGroupId"] for message in receive(sqs, url)] == ["a", "b"]
