"""A queue's tags."""

from __future__ import annotations

from ..trace import Client, Trace, saw


def tagging(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", tags={"team": "blue", "stage": "test"})["QueueUrl"]
    return {
        "from the start": saw(sqs.list_queue_tags, QueueUrl=url),
        "tag": saw(sqs.tag_queue, QueueUrl=url, Tags={"team": "red", "empty": ""}),
        "changed": saw(sqs.list_queue_tags, QueueUrl=url),
        "untag": saw(sqs.untag_queue, QueueUrl=url, TagKeys=["stage", "unknown"]),
        "left": saw(sqs.list_queue_tags, QueueUrl=url),
    }


def no_tags(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"a": "b"})
    return {
        "untag": saw(sqs.untag_queue, QueueUrl=url, TagKeys=["a"]),
        "none": saw(sqs.list_queue_tags, QueueUrl=url),
    }


def creating_again_with_other_tags(sqs: Client) -> Trace:
    sqs.create_queue(QueueName="orders", tags={"team": "blue"})
    return {"create": saw(sqs.create_queue, QueueName="orders", tags={"team": "red"})}


def bad_tags(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    cases = {
        "none": {},
        "fifty-one": {f"k{number}": "" for number in range(51)},
        "a key of 129": {"k" * 129: ""},
        "a value of 257": {"k": "x" * 257},
        "a reserved key": {"aws:k": "x"},
    }
    trace = {case: saw(sqs.tag_queue, QueueUrl=url, Tags=tags) for case, tags in cases.items()}
    return trace | {"no keys": saw(sqs.untag_queue, QueueUrl=url, TagKeys=[])}
