"""The three batch calls: what succeeds, what fails entry by entry, and what fails the whole call."""

from __future__ import annotations

from typing import Any

from ..trace import Client, Trace, saw

_TEXT = {"DataType": "String", "StringValue": "x"}


def sending(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    entries = [
        {"Id": "first", "MessageBody": "one"},
        {"Id": "second", "MessageBody": "two", "MessageAttributes": {"a": _TEXT}},
        {"Id": "third", "MessageBody": "three", "DelaySeconds": 900},
    ]
    return {
        "send": _by_id(saw(sqs.send_message_batch, QueueUrl=url, Entries=entries)),
        "receive": sorted(_bodies(sqs, url)),
    }


def some_entries_fail(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    entries = [
        {"Id": "good", "MessageBody": "fine"},
        {"Id": "slow", "MessageBody": "a", "DelaySeconds": 901},
        {"Id": "long", "MessageBody": "x" * 1025},
    ]
    return {
        case: _by_id(saw(sqs.send_message_batch, QueueUrl=url, Entries=[entries[0], entry]))
        for case, entry in zip(("delay", "length"), entries[1:], strict=True)
    }


def a_bad_attribute_fails_its_entry(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    wrong = {"a": {"DataType": "Date", "StringValue": "x"}}
    entries = [
        {"Id": "good", "MessageBody": "fine"},
        {"Id": "bad", "MessageBody": "a", "MessageAttributes": wrong},
    ]
    return {"send": _by_id(saw(sqs.send_message_batch, QueueUrl=url, Entries=entries))}


def sending_is_refused_whole(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    half = "x" * 600_000
    cases: dict[str, list[dict[str, Any]]] = {
        "empty": [],
        "eleven": [{"Id": f"n{number}", "MessageBody": "a"} for number in range(11)],
        "an id twice": [{"Id": "a", "MessageBody": "a"}, {"Id": "a", "MessageBody": "b"}],
        "a space in an id": [{"Id": "a b", "MessageBody": "a"}],
        "an empty id": [{"Id": "", "MessageBody": "a"}],
        "an id of 81": [{"Id": "a" * 81, "MessageBody": "a"}],
        "too long together": [{"Id": "a", "MessageBody": half}, {"Id": "b", "MessageBody": half}],
    }
    trace = {case: saw(sqs.send_message_batch, QueueUrl=url, Entries=entries) for case, entries in cases.items()}
    return trace | {"nothing was sent": saw(sqs.receive_message, QueueUrl=url)}


def deleting(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    entries = [{"Id": m["Body"], "ReceiptHandle": m["ReceiptHandle"]} for m in taken]
    bad = {"Id": "bad", "ReceiptHandle": "no handle of ours"}
    return {
        "delete": _by_id(saw(sqs.delete_message_batch, QueueUrl=url, Entries=[*entries, bad])),
        "again": _by_id(saw(sqs.delete_message_batch, QueueUrl=url, Entries=entries)),
        "counts": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]),
    }


def deleting_is_refused_whole(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    cases = {
        "empty": [],
        "eleven": [f"n{number}" for number in range(11)],
        "an id twice": ["a", "a"],
        "odd": ["!"],
    }
    return {
        case: saw(sqs.delete_message_batch, QueueUrl=url, Entries=[{"Id": i, "ReceiptHandle": "x"} for i in ids])
        for case, ids in cases.items()
    }


def changing_visibility(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    entries = [
        {"Id": "bad-handle", "ReceiptHandle": "no handle of ours", "VisibilityTimeout": 0},
        {"Id": "too-long", "ReceiptHandle": handle, "VisibilityTimeout": 43_201},
        {"Id": "good", "ReceiptHandle": handle, "VisibilityTimeout": 0},
    ]
    return {
        "change": _by_id(saw(sqs.change_message_visibility_batch, QueueUrl=url, Entries=entries)),
        "receive": _bodies(sqs, url),
    }


def changing_visibility_is_refused_whole(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    cases = {"empty": [], "eleven": [f"n{number}" for number in range(11)], "an id twice": ["a", "a"]}
    return {
        case: saw(
            sqs.change_message_visibility_batch,
            QueueUrl=url,
            Entries=[{"Id": i, "ReceiptHandle": "x", "VisibilityTimeout": 0} for i in ids],
        )
        for case, ids in cases.items()
    }


def _by_id(seen: Trace) -> Trace:
    """The entries' results by their ids: AWS promises no order."""
    for list_name in ("Successful", "Failed"):
        if list_name in seen:
            seen[list_name] = {result.pop("Id"): result for result in seen[list_name]}
    return seen


def _bodies(sqs: Client, url: str) -> list[str]:
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in taken]
