"""Message move tasks: what they refuse, and how they run."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from decaf.base.clock import Clock
from tests.live import Live
from tests.refusals import refusal

VALUE = "InvalidParameterValue"
NOT_FOUND = "ResourceNotFoundException"
FORM = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
NOT_THERE = "The resource that you specified for the {} parameter doesn't exist."
ALREADY = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
Advance = Callable[[float], None]

STARTING: list[tuple[dict[str, Any], str, str]] = [
    ({"SourceArn": "junk"}, VALUE, f"You must use this format to specify the SourceArn: {FORM}"),
    ({"DestinationArn": ""}, VALUE, f"You must use this format to specify the DestinationArn: {FORM}"),
    ({"SourceArn": "ARN:gone"}, NOT_FOUND, NOT_THERE.format("SourceArn")),
    ({"DestinationArn": "ARN:gone"}, NOT_FOUND, NOT_THERE.format("DestinationArn")),
    ({"SourceArn": "ARN:spare"}, VALUE, "Source queue must be configured as a Dead Letter Queue."),
    ({"DestinationArn": "ARN:dead"}, VALUE, "Source queue arn and destination queue arn cannot be the same."),
    (
        {"DestinationArn": "ARN:spare.fifo"},
        VALUE,
        "The source queue and destination queue must be of the same queue type.",
    ),
    *(
        (
            {"MaxNumberOfMessagesPerSecond": rate},
            VALUE,
            "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: "
            "You must enter a number that's between 1 and 500.",
        )
        for rate in (0, 501)
    ),
]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A server whose clock stands still unless it is moved: what a task has done does not depend on the machine."""
    server = Live(clock=Clock(lambda: 1_700_000_000.0))
    yield server
    server.stop()


@pytest.fixture
def dead(sqs: Any, url: str, arn: str) -> str:
    """The ARN of the dead-letter queue of orders; spare and spare.fifo are other queues."""
    sqs.create_queue(QueueName="dead")
    sqs.create_queue(QueueName="spare")
    sqs.create_queue(QueueName="spare.fifo", Attributes={"FifoQueue": "true"})
    policy = json.dumps({"deadLetterTargetArn": f"{arn}dead", "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    return f"{arn}dead"


def _fill(sqs: Any, url: str, count: int) -> None:
    for start in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, min(start + 10, count))]
        sqs.send_message_batch(QueueUrl=url.replace("orders", "dead"), Entries=entries)


def _dead_letter(sqs: Any, url: str, advance: Advance) -> None:
    """Receive what is in a queue until all of it is in the dead-letter queue."""
    while "Messages" in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1):
        advance(1)


def _count(sqs: Any, url: str, name: str = "orders") -> int:
    attribute = "ApproximateNumberOfMessages"
    found = sqs.get_queue_attributes(QueueUrl=url.replace("orders", name), AttributeNames=[attribute])
    return int(found["Attributes"][attribute])


def _task(sqs: Any, dead: str) -> dict[str, Any]:
    results: list[dict[str, Any]] = sqs.list_message_move_tasks(SourceArn=dead)["Results"]
    return results[0]


@pytest.mark.parametrize(("params", "code", "text"), STARTING)
def test_start_message_move_task_says(
    sqs: Any, dead: str, arn: str, params: dict[str, Any], code: str, text: str
) -> None:
    given = {name: v.replace("ARN:", arn) if isinstance(v, str) else v for name, v in params.items()}
    assert refusal(sqs.start_message_move_task, **{"SourceArn": dead, **given}) == (code, text)


def test_the_handle_is_base64_of_the_task_and_its_source(sqs: Any, dead: str) -> None:
    named = json.loads(b64decode(sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]))
    assert set(named) == {"taskId", "sourceArn"}
    assert named["sourceArn"] == dead


def test_cancel_says(sqs: Any, dead: str, advance: Advance) -> None:
    handle = sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]
    named = json.loads(b64decode(handle))
    for changed, code, text in (
        ([], VALUE, "Value for parameter TaskHandle is invalid."),
        ({**named, "sourceArn": dead + "x"}, NOT_FOUND, NOT_THERE.format("SourceArn")),
        ({**named, "taskId": "other"}, NOT_FOUND, "Task does not exist."),
    ):
        other = b64encode(json.dumps(changed).encode()).decode()
        assert refusal(sqs.cancel_message_move_task, TaskHandle=other) == (code, text)
    advance(1)
    done = refusal(sqs.cancel_message_move_task, TaskHandle=handle)
    assert done == (VALUE, "Only active tasks can be cancelled.")


def test_list_says(sqs: Any, dead: str) -> None:
    assert refusal(sqs.list_message_move_tasks, SourceArn=dead, MaxResults=11) == (
        VALUE,
        "Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and 10.",
    )
    assert refusal(sqs.list_message_move_tasks, SourceArn=dead + "x") == (NOT_FOUND, NOT_THERE.format("SourceArn"))
    assert "Results" not in sqs.list_message_move_tasks(SourceArn=dead)


def test_a_task_keeps_its_rate_to_the_second(sqs: Any, url: str, arn: str, dead: str, advance: Advance) -> None:
    _fill(sqs, url, 40)
    handle = sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare", MaxNumberOfMessagesPerSecond=15)[
        "TaskHandle"
    ]
    task = _task(sqs, dead)
    assert task.pop("StartedTimestamp") >= 1_700_000_000_000  # milliseconds
    assert task == {
        "TaskHandle": handle,
        "Status": "RUNNING",
        "SourceArn": dead,
        "DestinationArn": f"{arn}spare",
        "MaxNumberOfMessagesPerSecond": 15,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 40,
    }
    for moved in (15, 30):
        advance(1)
        assert _count(sqs, url, "spare") == moved == _task(sqs, dead)["ApproximateNumberOfMessagesMoved"]
    advance(1)
    task = _task(sqs, dead)
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 40)
    assert "TaskHandle" not in task
    assert (_count(sqs, url, "dead"), _count(sqs, url, "spare")) == (0, 40)


def test_a_task_without_a_rate_moves_500_a_second(sqs: Any, url: str, dead: str, arn: str, advance: Advance) -> None:
    _fill(sqs, url, 60)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare")
    advance(0.1)
    assert _task(sqs, dead)["ApproximateNumberOfMessagesMoved"] == 50
    assert "MaxNumberOfMessagesPerSecond" not in _task(sqs, dead)


def test_a_task_moves_as_many_messages_as_there_were_when_it_started(
    sqs: Any, url: str, arn: str, dead: str, advance: Advance
) -> None:
    _fill(sqs, url, 3)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare")
    _fill(sqs, url, 3)
    advance(60)
    task = _task(sqs, dead)
    assert (task["Status"], task["ApproximateNumberOfMessagesToMove"]) == ("COMPLETED", 3)
    assert task["ApproximateNumberOfMessagesMoved"] == 3
    assert (_count(sqs, url, "dead"), _count(sqs, url, "spare")) == (3, 3)


def test_messages_go_back_to_the_queues_they_came_from(
    sqs: Any, url: str, arn: str, dead: str, advance: Advance
) -> None:
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    other = sqs.create_queue(QueueName="other", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    for source in (url, other):
        sqs.send_message(QueueUrl=source, MessageBody=source)
        _dead_letter(sqs, source, advance)
    sqs.start_message_move_task(SourceArn=dead)
    assert "DestinationArn" not in _task(sqs, dead)
    advance(1)
    for source in (url, other):
        assert sqs.receive_message(QueueUrl=source)["Messages"][0]["Body"] == source


def test_a_moved_message_is_a_new_one(sqs: Any, url: str, dead: str, advance: Advance) -> None:
    attributes = {"Size": {"DataType": "Number", "StringValue": "3"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-abc-def"}}
    old = sqs.send_message(
        QueueUrl=url, MessageBody="latte", MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    sent = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"][0]["Attributes"]
    advance(30)
    _dead_letter(sqs, url, advance)
    sqs.start_message_move_task(SourceArn=dead)
    advance(1)
    new = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"][0]
    assert (new["Body"], new["MessageAttributes"]) == ("latte", attributes)
    assert new["MessageId"] != old["MessageId"]
    assert new["MD5OfMessageAttributes"] == old["MD5OfMessageAttributes"]
    assert new["Attributes"]["ApproximateReceiveCount"] == "1"
    assert int(new["Attributes"]["SentTimestamp"]) >= int(sent["SentTimestamp"]) + 30_000
    assert new["Attributes"]["AWSTraceHeader"] == "Root=1-abc-def"
    assert "DeadLetterQueueSourceArn" not in new["Attributes"]


def test_a_message_moved_in_a_fifo_queue_is_deduplicated_by_the_id_that_it_had(sqs: Any, advance: Advance) -> None:
    names = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    dead_url, orders_url = (
        sqs.create_queue(QueueName=name, Attributes=names)["QueueUrl"] for name in ("dead.fifo", "orders.fifo")
    )
    found = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": found, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=orders_url, Attributes={"RedrivePolicy": policy})
    old = sqs.send_message(QueueUrl=orders_url, MessageBody="latte", MessageGroupId="a")["MessageId"]
    _dead_letter(sqs, orders_url, advance)
    sqs.start_message_move_task(SourceArn=found)
    advance(1)
    moved = sqs.receive_message(QueueUrl=orders_url, AttributeNames=["All"])["Messages"][0]
    assert moved["MessageId"] != old
    assert moved["Attributes"]["MessageDeduplicationId"] == old


def test_a_message_of_unknown_source_fails_the_task_and_stays(sqs: Any, url: str, dead: str, advance: Advance) -> None:
    _fill(sqs, url, 1)
    sqs.start_message_move_task(SourceArn=dead)
    advance(1)
    task = _task(sqs, dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert (task["ApproximateNumberOfMessagesMoved"], _count(sqs, url, "dead")) == (0, 1)


def test_deleting_the_destination_fails_the_task(sqs: Any, url: str, arn: str, dead: str, advance: Advance) -> None:
    _fill(sqs, url, 5)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare", MaxNumberOfMessagesPerSecond=1)
    advance(2)
    sqs.delete_queue(QueueUrl=url.replace("orders", "spare"))
    advance(1)
    task = _task(sqs, dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert (task["ApproximateNumberOfMessagesMoved"], _count(sqs, url, "dead")) == (2, 3)


def test_a_cancelled_task_leaves_moved_what_was_moved(
    sqs: Any, url: str, arn: str, dead: str, advance: Advance
) -> None:
    _fill(sqs, url, 5)
    start = {"SourceArn": dead, "DestinationArn": f"{arn}spare", "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs.start_message_move_task(**start)["TaskHandle"]
    advance(2)
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 2
    assert _task(sqs, dead)["Status"] == "CANCELLING"
    assert refusal(sqs.start_message_move_task, **start) == (VALUE, ALREADY)
    advance(60)
    assert _task(sqs, dead)["Status"] == "CANCELLED"
    assert (_count(sqs, url, "dead"), _count(sqs, url, "spare")) == (3, 2)


def test_one_task_at_a_time_and_the_latest_first(sqs: Any, url: str, arn: str, dead: str, advance: Advance) -> None:
    _fill(sqs, url, 1)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare", MaxNumberOfMessagesPerSecond=1)
    assert refusal(sqs.start_message_move_task, SourceArn=dead) == (VALUE, ALREADY)
    advance(1)
    sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=2)
    rates = [
        task["MaxNumberOfMessagesPerSecond"]
        for task in sqs.list_message_move_tasks(SourceArn=dead, MaxResults=10)["Results"]
    ]
    assert rates == [2, 1]


def test_ten_tasks_are_remembered(sqs: Any, dead: str, advance: Advance) -> None:
    for rate in range(1, 13):
        sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=rate)
        advance(1)
    results = sqs.list_message_move_tasks(SourceArn=dead, MaxResults=10)["Results"]
    assert [task["MaxNumberOfMessagesPerSecond"] for task in results] == list(range(12, 2, -1))


def test_a_message_in_flight_is_moved_if_it_returns_in_time(
    sqs: Any, url: str, arn: str, dead: str, advance: Advance
) -> None:
    _fill(sqs, url, 3)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare", MaxNumberOfMessagesPerSecond=1)
    sqs.receive_message(QueueUrl=url.replace("orders", "dead"), VisibilityTimeout=1)
    advance(1)
    assert _count(sqs, url, "spare") == 1
    advance(2)
    assert _count(sqs, url, "spare") == 3
    assert _task(sqs, dead)["Status"] == "COMPLETED"


def test_a_task_is_done_when_nothing_is_left_to_move(sqs: Any, url: str, dead: str, arn: str, advance: Advance) -> None:
    _fill(sqs, url, 3)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare", MaxNumberOfMessagesPerSecond=1)
    sqs.purge_queue(QueueUrl=url.replace("orders", "dead"))
    advance(1)
    task = _task(sqs, dead)
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 0)


def test_a_task_ends_with_its_source_queue(sqs: Any, url: str, dead: str, arn: str, advance: Advance) -> None:
    _fill(sqs, url, 3)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=f"{arn}spare", MaxNumberOfMessagesPerSecond=1)
    sqs.delete_queue(QueueUrl=url.replace("orders", "dead"))
    advance(60)
    sqs.create_queue(QueueName="dead")
    assert "Results" not in sqs.list_message_move_tasks(SourceArn=dead)
    assert _count(sqs, url, "spare") == 0
