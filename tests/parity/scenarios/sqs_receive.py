"""ReceiveMessage: what comes with a message, how many come, and how long a call waits."""

from __future__ import annotations

from ..trace import Client, Trace, saw


def an_empty_queue(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return {
        "at once": saw(sqs.receive_message, QueueUrl=url),
        "after a second": saw(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=1),
    }


def a_message_and_nothing_more(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    attributes = {"a": {"DataType": "String", "StringValue": "x"}}
    return {
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="m", MessageAttributes=attributes),
        "receive": saw(sqs.receive_message, QueueUrl=url),
        "in flight": saw(sqs.receive_message, QueueUrl=url),
    }


def system_attributes(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    trace: Trace = {}
    for names in (["All"], ["SentTimestamp", "ApproximateReceiveCount"], ["SequenceNumber"]):
        trace[" ".join(names)] = saw(
            sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=names, VisibilityTimeout=0
        )
    trace["the older parameter"] = saw(
        sqs.receive_message, QueueUrl=url, AttributeNames=["ApproximateReceiveCount"], VisibilityTimeout=0
    )
    trace["unknown"] = saw(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=["Colour"])
    return trace


def message_attributes_by_name(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    names = ("PostalCode", "City", "foo.a", "foo.b")
    attributes = {name: {"DataType": "String", "StringValue": f"value of {name}"} for name in names}
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageAttributes=attributes)
    asked = (["PostalCode"], ["PostalCode", "City"], ["All"], [".*"], ["foo.*"], ["postalcode"], ["none"])
    return {
        " ".join(wanted): saw(sqs.receive_message, QueueUrl=url, MessageAttributeNames=wanted, VisibilityTimeout=0)
        for wanted in asked
    }


def how_many(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    return {
        "none": saw(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=0),
        "eleven": saw(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11),
        "by default": len(sqs.receive_message(QueueUrl=url)["Messages"]),
        "ten": len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]),
        "the rest": len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]),
    }


def bad_times(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return {
        "a wait of -1": saw(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=-1),
        "a wait of 21": saw(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21),
        "a timeout of -1": saw(sqs.receive_message, QueueUrl=url, VisibilityTimeout=-1),
        "a timeout of 43201": saw(sqs.receive_message, QueueUrl=url, VisibilityTimeout=43_201),
    }


def a_long_poll_returns_what_is_there(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", Attributes={"ReceiveMessageWaitTimeSeconds": "20"})["QueueUrl"]
    return {
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="m"),
        "receive": saw(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10),
        "a wait of 0 overrides the queue's": saw(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=0),
    }


def receives_are_counted(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    names = ["ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"]
    return {
        f"receive {number}": saw(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=names)
        for number in (1, 2, 3)
    }
