"""FIFO queues: what they need, their order, deduplication, and what they refuse."""

from __future__ import annotations

from typing import Any

from ..trace import Client, Trace, saw

_ATTRIBUTES = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def creating(sqs: Client) -> Trace:
    names = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"]
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    high = {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"}
    return {
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names),
        "high throughput": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes=high),
        "read again": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names),
        "no suffix": saw(sqs.create_queue, QueueName="orders", Attributes={"FifoQueue": "true"}),
    }


def sending_and_receiving(sqs: Client) -> Trace:
    url = _queue(sqs)
    trace: Trace = {}
    for body in ("latte", "mocha"):
        trace[f"send {body}"] = _less_sequence(
            saw(sqs.send_message, QueueUrl=url, MessageBody=body, MessageGroupId="g")
        )
    received = saw(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
    for message in received["Messages"]:
        _less_sequence(message["Attributes"])
    return trace | {"receive": received, "nothing more": saw(sqs.receive_message, QueueUrl=url)}


def duplicates(sqs: Client) -> Trace:
    url = _queue(sqs)
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "1"}
    first = saw(sqs.send_message, QueueUrl=url, MessageBody="latte", **ids)
    again = saw(sqs.send_message, QueueUrl=url, MessageBody="mocha", **ids)
    same = first["SequenceNumber"] == again["SequenceNumber"]
    return {
        "first": _less_sequence(first),
        "again": _less_sequence(again),
        "one sequence number": same,
        "received": [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]],
    }


def a_group_waits_for_its_messages_in_flight(sqs: Client) -> Trace:
    url = _queue(sqs)
    for body in ("a1", "a2"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    trace = {"held": saw(sqs.receive_message, QueueUrl=url)}
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    return trace | {"free": saw(sqs.receive_message, QueueUrl=url)}


def a_group_does_not_wait_for_another(sqs: Client) -> Trace:
    url = _queue(sqs)
    for body in ("a1", "a2", "b1"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    return {
        "one": [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]],
        "another": [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]],
    }


def what_is_refused(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    cases: dict[str, dict[str, Any]] = {
        "no group": {"MessageDeduplicationId": "1"},
        "nothing to deduplicate by": {"MessageGroupId": "g"},
        "a delay": {"MessageGroupId": "g", "MessageDeduplicationId": "1", "DelaySeconds": 2},
        "a group of two words": {"MessageGroupId": "two words", "MessageDeduplicationId": "1"},
        "a group of 129": {"MessageGroupId": "g" * 129, "MessageDeduplicationId": "1"},
    }
    return {case: saw(sqs.send_message, QueueUrl=url, MessageBody="m", **params) for case, params in cases.items()}


def fifo_parameters_on_a_standard_queue(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    send = {"QueueUrl": url, "MessageBody": "m"}
    return {
        "a deduplication id": saw(sqs.send_message, MessageDeduplicationId="1", **send),
        "an attempt id": saw(sqs.receive_message, QueueUrl=url, ReceiveRequestAttemptId="1"),
        "a scope": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"DeduplicationScope": "queue"}),
    }


def a_handle_that_has_expired(sqs: Client) -> Trace:
    url = _queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="g")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    handle = message["ReceiptHandle"]
    return {
        "ReceiptHandle": handle,
        "delete": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle),
        "change": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1),
    }


def _queue(sqs: Client) -> str:
    url: str = sqs.create_queue(QueueName="orders.fifo", Attributes=_ATTRIBUTES)["QueueUrl"]
    return url


def _less_sequence(seen: Trace) -> Trace:
    """Sequence numbers are never the same: only their lengths can be."""
    if "SequenceNumber" in seen:
        seen["SequenceNumber"] = len(seen["SequenceNumber"])
    return seen
