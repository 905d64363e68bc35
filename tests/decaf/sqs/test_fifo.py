"""FIFO queues and message groups as clients see them, through boto3: what is accepted, refused, and shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from decaf.base.settings import Settings
from tests.decaf.sqs.fifo_machine import FifoMachine
from tests.decaf.sqs.machine import START, a_message
from tests.live import Live
from tests.refusals import refusal

NOT_FOR_THIS_TYPE = "The request include parameter that is not valid for this queue type"
NO_GROUP = "The request must contain the parameter MessageGroupId."
NO_DEDUPLICATION = (
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)
ID_CHARACTERS = "can only include alphanumeric and punctuation characters. 1 to 128 in length"
FIFO_NAME = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length."
)
STANDARD_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


def fifo(sqs: Any, name: str = "orders.fifo", **attributes: str) -> str:
    """The URL of a new FIFO queue."""
    url: str = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true", **attributes})["QueueUrl"]
    return url


def by_content(sqs: Any, **attributes: str) -> str:
    return fifo(sqs, ContentBasedDeduplication="true", **attributes)


def standard(sqs: Any) -> str:
    url: str = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return url


# --- creating ----------------------------------------------------------------------------------------------


def test_a_fifo_queue_shows_its_own_attributes(sqs: Any) -> None:
    shown = sqs.get_queue_attributes(QueueUrl=fifo(sqs), AttributeNames=["All"])["Attributes"]
    assert {name: shown[name] for name in shown if "ifo" in name or "edup" in name} == {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
    }


def test_a_fifo_queue_needs_both_its_attribute_and_its_suffix(sqs: Any) -> None:
    assert refusal(sqs.create_queue, QueueName="orders", Attributes={"FifoQueue": "true"}) == (
        "InvalidParameterValue",
        FIFO_NAME,
    )
    assert refusal(sqs.create_queue, QueueName="orders.fifo") == ("InvalidParameterValue", STANDARD_NAME)
    assert refusal(sqs.create_queue, QueueName="orders", Attributes={"FifoQueue": "false"}) == (
        "InvalidAttributeName",
        "Unknown Attribute FifoQueue.",
    )


def test_the_type_of_a_queue_cannot_be_changed(sqs: Any) -> None:
    url = fifo(sqs)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "false"}) == (
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    )
    assert refusal(sqs.set_queue_attributes, QueueUrl=standard(sqs), Attributes={"FifoQueue": "true"}) == (
        "InvalidAttributeName",
        "Unknown Attribute FifoQueue.",
    )


def test_high_throughput_needs_deduplication_by_group(sqs: Any) -> None:
    high = {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"}
    url = fifo(sqs, **high)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(high))["Attributes"] == high
    code, text = refusal(fifo, sqs=sqs, name="other.fifo", FifoThroughputLimit="perMessageGroupId")
    assert code == "InvalidAttributeValue"
    assert text.startswith("Invalid value for the parameter FifoThroughputLimit.")
    code, _ = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"DeduplicationScope": "queue"})
    assert code == "InvalidAttributeValue"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={**high, "FifoThroughputLimit": "perQueue"})


@pytest.mark.parametrize("name", ["DeduplicationScope", "FifoThroughputLimit", "ContentBasedDeduplication"])
def test_values_outside_the_lists_are_refused(sqs: Any, name: str) -> None:
    code, text = refusal(fifo, sqs=sqs, **{name: "sometimes"})
    assert (code, text) == ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


# --- sending -----------------------------------------------------------------------------------------------


def test_a_message_tells_its_group_its_deduplication_id_and_its_sequence_number(sqs: Any) -> None:
    url = fifo(sqs)
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar", MessageDeduplicationId="1")
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Attributes"]["SequenceNumber"] == sent["SequenceNumber"]
    assert message["Attributes"]["MessageGroupId"] == "bar"
    assert message["Attributes"]["MessageDeduplicationId"] == "1"
    assert len(sent["SequenceNumber"]) == 20
    moment = (int(sent["SequenceNumber"]) - 2**64) // 256  # microseconds since the epoch, as in AWS's numbers
    assert moment // 1_000 == int(message["Attributes"]["SentTimestamp"])


def test_a_body_can_stand_for_its_id_and_an_explicit_id_equal_to_it_is_a_duplicate(sqs: Any) -> None:
    url = by_content(sqs)
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar")
    digest = hashlib.sha256(b"latte").hexdigest()
    again = sqs.send_message(QueueUrl=url, MessageBody="mocha", MessageGroupId="bar", MessageDeduplicationId=digest)
    assert (again["MessageId"], again["SequenceNumber"]) == (sent["MessageId"], sent["SequenceNumber"])
    assert again["MD5OfMessageBody"] == hashlib.md5(b"mocha").hexdigest(), "clients check it against what they sent"
    (message,) = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageDeduplicationId"]
    )["Messages"]
    assert message["Attributes"] == {"MessageDeduplicationId": digest}


def test_a_batch_is_deduplicated_too_and_keeps_its_order(sqs: Any) -> None:
    url = by_content(sqs)
    bodies = ["latte", "mocha", "latte"]
    entries = [{"Id": str(index), "MessageBody": body, "MessageGroupId": "bar"} for index, body in enumerate(bodies)]
    first, second, third = sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    assert first["SequenceNumber"] < second["SequenceNumber"]
    assert (third["MessageId"], third["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["latte", "mocha"]


def test_a_message_without_a_group_is_refused(sqs: Any) -> None:
    url = by_content(sqs)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="latte") == ("MissingParameter", NO_GROUP)


def test_a_message_that_nothing_deduplicates_is_refused(sqs: Any) -> None:
    refused = refusal(sqs.send_message, QueueUrl=fifo(sqs), MessageBody="latte", MessageGroupId="bar")
    assert refused == ("InvalidParameterValue", NO_DEDUPLICATION)


@pytest.mark.parametrize(
    ("lacking", "text"), [("MessageGroupId", NO_GROUP), ("MessageDeduplicationId", NO_DEDUPLICATION)]
)
def test_one_entry_that_lacks_an_id_fails_the_whole_batch(sqs: Any, lacking: str, text: str) -> None:
    url = fifo(sqs)
    whole = {"Id": "1", "MessageBody": "latte", "MessageGroupId": "bar", "MessageDeduplicationId": "1"}
    partial = {name: value for name, value in whole.items() if name != lacking} | {"Id": "2"}
    refused = refusal(sqs.send_message_batch, QueueUrl=url, Entries=[whole, partial])
    assert refused == ("InvalidParameterValue", text)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_delay_of_its_own_is_refused_unless_it_is_none(sqs: Any) -> None:
    url = by_content(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar", DelaySeconds=0)
    refused = refusal(sqs.send_message, QueueUrl=url, MessageBody="mocha", MessageGroupId="bar", DelaySeconds=2)
    assert refused == (
        "InvalidParameterValue",
        f"Value 2 for parameter DelaySeconds is invalid. Reason: {NOT_FOR_THIS_TYPE}.",
    )
    entry = {"Id": "1", "MessageBody": "mocha", "MessageGroupId": "bar", "DelaySeconds": 2}
    assert sqs.send_message_batch(QueueUrl=url, Entries=[entry])["Failed"] == [
        {"Id": "1", "SenderFault": True, "Code": "InvalidParameterValue", "Message": NOT_FOR_THIS_TYPE}
    ]


@pytest.mark.parametrize("value", ["two words", "grün", "x" * 129])
@pytest.mark.parametrize("parameter", ["MessageGroupId", "MessageDeduplicationId"])
def test_ids_are_of_printable_ascii(sqs: Any, parameter: str, value: str) -> None:
    params = {"MessageGroupId": "bar", "MessageDeduplicationId": "1", parameter: value}
    assert refusal(sqs.send_message, QueueUrl=fifo(sqs), MessageBody="latte", **params) == (
        "InvalidParameterValue",
        f"Value {value} for parameter {parameter} is invalid. Reason: {parameter} {ID_CHARACTERS}.",
    )


def test_a_deduplication_id_is_refused_on_a_standard_queue(sqs: Any) -> None:
    refused = refusal(sqs.send_message, QueueUrl=standard(sqs), MessageBody="latte", MessageDeduplicationId="1")
    assert refused == (
        "InvalidParameterValue",
        f"Value 1 for parameter MessageDeduplicationId is invalid. Reason: {NOT_FOR_THIS_TYPE}.",
    )


def test_a_group_id_is_kept_on_a_standard_queue_and_adds_no_sequence_number(sqs: Any) -> None:
    url = standard(sqs)
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar")
    assert "SequenceNumber" not in sent
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "bar"
    assert "SequenceNumber" not in message["Attributes"]


def test_the_scope_of_deduplication_stays_what_it_was_at_creation(sqs: Any) -> None:
    url = fifo(sqs)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
    for group in ("bar", "kitchen"):
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="1")
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DeduplicationScope"])["Attributes"]
    assert shown == {"DeduplicationScope": "messageGroup"}
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert message["Body"] == "bar"


# --- receiving ---------------------------------------------------------------------------------------------


def test_a_receive_with_the_same_attempt_id_returns_the_same_handles(sqs: Any) -> None:
    url = by_content(sqs)
    for body in ("latte", "mocha"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="bar")
    ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "ReceiveRequestAttemptId": "try-1"}
    first = sqs.receive_message(**ask)["Messages"]
    assert [message["Body"] for message in first] == ["latte", "mocha"]
    assert sqs.receive_message(**ask)["Messages"] == first
    assert "Messages" not in sqs.receive_message(**{**ask, "ReceiveRequestAttemptId": "try-2"})


def test_attempt_ids_are_of_printable_ascii_and_for_fifo_queues_only(sqs: Any) -> None:
    refused = refusal(sqs.receive_message, QueueUrl=fifo(sqs), ReceiveRequestAttemptId="two words")
    assert refused == (
        "InvalidParameterValue",
        "Value two words for parameter ReceiveRequestAttemptId is invalid. "
        f"Reason: ReceiveRequestAttemptId {ID_CHARACTERS}.",
    )
    refused = refusal(sqs.receive_message, QueueUrl=standard(sqs), ReceiveRequestAttemptId="1")
    assert refused == (
        "InvalidParameterValue",
        f"Value 1 for parameter ReceiveRequestAttemptId is invalid. Reason: {NOT_FOR_THIS_TYPE}.",
    )


def test_a_changed_delay_reaches_the_messages_already_there(sqs: Any, advance: Callable[[float], None]) -> None:
    url = by_content(sqs, DelaySeconds="900")
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5"})
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    advance(5)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


def test_too_many_in_flight_is_no_error() -> None:
    live = Live(Settings(port=0, max_in_flight=1))
    try:
        sqs = live.client("sqs")
        url = by_content(sqs)
        for group in ("bar", "kitchen"):
            sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group)
        assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        sqs.close()
    finally:
        live.stop()


# --- finishing ---------------------------------------------------------------------------------------------


def test_an_expired_handle_deletes_and_changes_nothing(sqs: Any, advance: Callable[[float], None]) -> None:
    url = by_content(sqs, VisibilityTimeout="5")
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    advance(5)
    assert refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
    entry = {"Id": "1", "ReceiptHandle": handle}
    assert sqs.delete_message_batch(QueueUrl=url, Entries=[entry])["Failed"] == [
        {
            "Id": "1",
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": "The receipt handle has expired",
        }
    ]
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. "
        "Reason: Message does not exist or is not available for visibility timeout change.",
    )
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


def test_a_long_poll_gets_the_next_message_of_a_group_when_the_one_before_is_deleted(
    live: Live, sqs: Any, account: str
) -> None:
    url = by_content(sqs)
    for body in ("latte", "mocha"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="bar")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        live.until_somebody_waits(account, "orders.fifo")
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        assert poll.result()["Messages"][0]["Body"] == "mocha"


def test_a_dead_letter_queue_of_a_fifo_queue_is_one_too(sqs: Any) -> None:
    target = f"arn:aws:sqs:us-east-1:{standard(sqs).split('/')[-2]}:orders"
    policy = f'{{"deadLetterTargetArn":"{target}","maxReceiveCount":1}}'
    code, text = refusal(fifo, sqs=sqs, RedrivePolicy=policy)
    assert code == "InvalidParameterValue"
    assert text.endswith("Reason: Dead-letter queue must be same type of queue as the source.")


def test_dead_letters_are_deduplicated_by_their_message_id(sqs: Any) -> None:
    dead = fifo(sqs, "dead.fifo")
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = by_content(sqs, RedrivePolicy=f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}')
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="bar")
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    (message,) = sqs.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["MessageDeduplicationId"] == sent["MessageId"]
    assert message["Attributes"]["MessageGroupId"] == "bar"
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_sequence_numbers_are_those_that_aws_gives_at_the_time() -> None:
    """The Lambda guide's event of a FIFO queue has this number, and SentTimestamp 1573251510774."""
    machine = FifoMachine()
    message = a_message("a", 1573251510.774002, group_id="a")
    machine.queue.send(message, 1573251510.774002, 0)
    assert message.sequence_number == "18849496460467696128"


def test_sequence_numbers_grow_within_a_moment_and_when_the_clock_went_back() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1", "a2")
    numbers = [int(str(message.sequence_number)) for message in machine.queue.messages.values()]
    assert numbers == sorted(set(numbers))
    again = FifoMachine()
    again.queue.restore(list(machine.queue.messages.values()), 3)
    again.queue.send(later := a_message("c", START, group_id="c"), START - 3600, 0)
    assert int(str(later.sequence_number)) > numbers[-1]
