"""SendMessage: bodies, delays, message attributes, system attributes, their MD5s, and what is refused."""

from __future__ import annotations

from ..trace import Client, Trace, saw


def bodies(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    cases = {
        "plain": "This is a test message",
        "all of Unicode": "caf\u00e9 \u2615 \U0001f680",
        "white space": " \t\r\n ",
        "marked up": '<a href="x">&amp;</a>',
        "1 MiB": "x" * 1_048_576,
    }
    return {case: saw(sqs.send_message, QueueUrl=url, MessageBody=body) for case, body in cases.items()}


def bodies_come_back_as_sent(sqs: Client) -> Trace:
    trace: Trace = {}
    for number, body in enumerate(("caf\u00e9 \u2615 \U0001f680", " \t\r\n ", '<a>&amp;\\n"</a>', "]]>")):
        url = sqs.create_queue(QueueName=f"orders-{number}")["QueueUrl"]
        trace[f"send {number}"] = saw(sqs.send_message, QueueUrl=url, MessageBody=body)
        trace[f"receive {number}"] = saw(sqs.receive_message, QueueUrl=url)
    return trace


def bad_bodies(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    cases = {
        "empty": "",
        "a control character": "a\u0000b",
        "no character": "a\uffff",
        "too long": "x" * 1_048_577,
    }
    return {case: saw(sqs.send_message, QueueUrl=url, MessageBody=body) for case, body in cases.items()}


def a_queue_of_short_messages(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    return {
        "fits": saw(sqs.send_message, QueueUrl=url, MessageBody="x" * 1024),
        "one more": saw(sqs.send_message, QueueUrl=url, MessageBody="x" * 1025),
        "bytes, not letters": saw(sqs.send_message, QueueUrl=url, MessageBody="\u00e9" * 513),
        "attributes count": saw(sqs.send_message, QueueUrl=url, MessageBody="x" * 1024, MessageAttributes=attributes),
    }


def delays(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "60"})["QueueUrl"]
    return {
        "too long": saw(sqs.send_message, QueueUrl=url, MessageBody="a", DelaySeconds=901),
        "longest": saw(sqs.send_message, QueueUrl=url, MessageBody="later", DelaySeconds=900),
        "the queue's": saw(sqs.send_message, QueueUrl=url, MessageBody="in a minute"),
        "nothing yet": saw(sqs.receive_message, QueueUrl=url),
        "none": saw(sqs.send_message, QueueUrl=url, MessageBody="now", DelaySeconds=0),
        "receive": saw(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10),
        "negative": saw(sqs.send_message, QueueUrl=url, MessageBody="a", DelaySeconds=-1),
    }


def message_attributes(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    attributes = {
        "City": {"DataType": "String", "StringValue": "Any City"},
        "Population": {"DataType": "Number", "StringValue": "1250800"},
        "Greeting": {"DataType": "Binary", "BinaryValue": b"Hello\x00\xff"},
        "Shape": {"DataType": "String.json", "StringValue": "{}"},
        "Area": {"DataType": "Number.km2", "StringValue": "-12.50"},
    }
    return {
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes=attributes),
        "receive": saw(sqs.receive_message, QueueUrl=url, MessageAttributeNames=["All"]),
    }


def bad_message_attributes(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    text = {"DataType": "String", "StringValue": "x"}
    cases = {
        "empty value": {"a": {"DataType": "String", "StringValue": ""}},
        "no value": {"a": {"DataType": "String"}},
        "empty type": {"a": {"DataType": "", "StringValue": "x"}},
        "unknown type": {"a": {"DataType": "Date", "StringValue": "x"}},
        "not a number": {"a": {"DataType": "Number", "StringValue": "ten"}},
        "empty name": {"": text},
        "a space in the name": {"a b": text},
        "reserved name": {"AWS.x": text},
        "a dot at the end": {"a.": text},
        "a name of 257": {"a" * 257: text},
        "eleven": {f"a{number}": text for number in range(11)},
    }
    return {
        case: saw(sqs.send_message, QueueUrl=url, MessageBody="m", MessageAttributes=attributes)
        for case, attributes in cases.items()
    }


def the_trace_header(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    root = "Root=1-5759e988-bd862e3fe1be46a994272793"
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": root}}
    return {
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="a", MessageSystemAttributes=header),
        "receive": saw(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]),
    }


def missing_parameters(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return {
        "no body": saw(sqs.send_message, QueueUrl=url),
        "no queue": saw(sqs.send_message, MessageBody="a"),
        "no handle": saw(sqs.delete_message, QueueUrl=url),
        "no name": saw(sqs.create_queue),
    }
