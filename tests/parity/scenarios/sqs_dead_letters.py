"""Dead-letter queues: the redrive policy, the move it causes, and who uses a queue as one."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw


def a_message_received_too_often_moves(sqs: Client) -> Trace:
    dead, arn = _queue(sqs, "dead")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    attributes = {"VisibilityTimeout": "0", "RedrivePolicy": policy}
    url = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
    return {
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="m"),
        "first": saw(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=["All"]),
        "second": saw(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=["All"]),
        "third": saw(sqs.receive_message, QueueUrl=url),
        "dead": saw(sqs.receive_message, QueueUrl=dead, MessageSystemAttributeNames=["All"]),
    }


def the_policy_reads_back(sqs: Client) -> Trace:
    _, arn = _queue(sqs, "dead")
    url, _ = _queue(sqs, "orders")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1000"})
    names = ["RedrivePolicy"]
    return {
        "set": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy}),
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names),
        "take away": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": ""}),
        "read nothing": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names),
    }


def policies_that_are_none(sqs: Client) -> Trace:
    _, arn = _queue(sqs, "dead")
    url, _ = _queue(sqs, "orders")
    cases = {
        "no target": '{"maxReceiveCount":1}',
        "no count": f'{{"deadLetterTargetArn":"{arn}"}}',
        "an unknown target": json.dumps({"deadLetterTargetArn": f"{arn}-2", "maxReceiveCount": 1}),
        "a count of 0": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 0}),
        "a count of 1001": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1001}),
        "no JSON": "dead",
    }
    return {
        case: saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy})
        for case, policy in cases.items()
    } | {"read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["RedrivePolicy"])}


def sources(sqs: Client) -> Trace:
    dead, arn = _queue(sqs, "dead")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    before = sqs.list_dead_letter_source_queues(QueueUrl=dead).get("queueUrls", [])
    for name in ("orders", "payments"):
        sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
    after = saw(sqs.list_dead_letter_source_queues, QueueUrl=dead)
    after["queueUrls"].sort()
    return {"none": before, "two": after}


def dead_letters_of_a_fifo_queue(sqs: Client) -> Trace:
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={**fifo, **policy, "VisibilityTimeout": "0"})["QueueUrl"]
    for body in ("a1", "a2"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
    return {
        "first": [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]],
        "second": saw(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10),
        "dead": [m["Body"] for m in sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]],
        "a standard queue names it": saw(sqs.create_queue, QueueName="others", Attributes=policy),
    }


def who_may_redrive_here(sqs: Client) -> Trace:
    url, arn = _queue(sqs, "dead")
    policy = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{arn}-source"]})
    names = ["RedriveAllowPolicy"]
    return {
        "set": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedriveAllowPolicy": policy}),
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names),
    }


def _queue(sqs: Client, name: str) -> tuple[str, str]:
    """A new queue's URL and ARN."""
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]
