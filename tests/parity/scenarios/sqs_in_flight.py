"""DeleteMessage and ChangeMessageVisibility, and the receipt handles they go by."""

from __future__ import annotations

from ..trace import Client, Trace, saw


def deleting(sqs: Client) -> Trace:
    url, handle = _in_flight(sqs)
    return {
        "ReceiptHandle": handle,
        "delete": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle),
        "again": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle),
        "change": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0),
        "receive": saw(sqs.receive_message, QueueUrl=url),
    }


def deleting_once_visible_again(sqs: Client) -> Trace:
    url, handle = _in_flight(sqs)
    return {
        "free": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0),
        "delete": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle),
        "receive": saw(sqs.receive_message, QueueUrl=url),
    }


def handles_that_are_none(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    handle = "no handle of ours"
    return {
        "delete": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle),
        "change": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1),
    }


def a_handle_of_another_queue(sqs: Client) -> Trace:
    url, handle = _in_flight(sqs)
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    return {
        "ReceiptHandle": handle,
        "delete": saw(sqs.delete_message, QueueUrl=other, ReceiptHandle=handle),
        "still there": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5),
    }


def a_timeout_of_0_frees_the_message(sqs: Client) -> Trace:
    url, handle = _in_flight(sqs)
    return {
        "hidden": saw(sqs.receive_message, QueueUrl=url),
        "free": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0),
        "receive": saw(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"]),
    }


def a_visible_message_can_be_hidden_again(sqs: Client) -> Trace:
    url, handle = _in_flight(sqs)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return {
        "hide": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=600),
        "receive": saw(sqs.receive_message, QueueUrl=url),
    }


def every_receive_gives_a_new_handle(sqs: Client) -> Trace:
    url, first = _in_flight(sqs)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first, VisibilityTimeout=0)
    second = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    return {
        "another": first != second,
        "delete by the newer": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=second),
        "delete by the older": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle=first),
        "receive": saw(sqs.receive_message, QueueUrl=url),
    }


def timeouts_out_of_bounds(sqs: Client) -> Trace:
    url, handle = _in_flight(sqs)
    return {
        f"{seconds}": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=seconds)
        for seconds in (-1, 43_201, 43_200)
    }


def _in_flight(sqs: Client) -> tuple[str, str]:
    """The URL of a queue with one message, and the handle of that message's first receive."""
    url: str = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    handle: str = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    return url, handle
