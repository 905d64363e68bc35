"""A queue's attributes: their defaults, reading, setting, and what they count."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw


def defaults(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return {"all": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All"])}


def reading_some(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return {
        "two": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["QueueArn", "DelaySeconds"]),
        "none asked for": saw(sqs.get_queue_attributes, QueueUrl=url),
        "one that is not set": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"]),
        "unknown": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Colour"]),
        "known and unknown": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["QueueArn", "Colour"]),
    }


def setting(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    attributes = {
        "DelaySeconds": "900",
        "MaximumMessageSize": "1024",
        "MessageRetentionPeriod": "1209600",
        "ReceiveMessageWaitTimeSeconds": "20",
        "VisibilityTimeout": "43200",
    }
    return {
        "set": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes=attributes),
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=list(attributes)),
    }


def setting_bad_values(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    wrong = [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "901"),
        ("DelaySeconds", "now"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "1209601"),
        ("ReceiveMessageWaitTimeSeconds", "-1"),
        ("Colour", "red"),
    ]
    trace = {
        f"{name}={value}": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: value})
        for name, value in wrong
    }
    unchanged = ["VisibilityTimeout", "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod"]
    return trace | {"read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=unchanged)}


def a_policy_set_and_taken_away(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    statement = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        "set": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": policy}),
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"]),
        "take away": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": ""}),
        "read nothing": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"]),
    }


def a_key_of_ones_own_ends_managed_encryption(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders", Attributes={"KmsMasterKeyId": "alias/mine"})["QueueUrl"]
    names = ["KmsMasterKeyId", "SqsManagedSseEnabled"]
    return {
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names),
        "take away": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"KmsMasterKeyId": ""}),
        "read again": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["SqsManagedSseEnabled"]),
    }


def counts(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for body in ("a", "b", "c"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    taken = sqs.receive_message(QueueUrl=url)["Messages"][0]
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    trace = {"one in flight": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names)}
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    return trace | {"deleted": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names)}
