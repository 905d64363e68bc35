"""A queue's life: created, found, listed, purged, deleted."""

from __future__ import annotations

from ..trace import Client, Trace, saw


def create_and_find(sqs: Client) -> Trace:
    return {
        "create": saw(sqs.create_queue, QueueName="orders"),
        "find": saw(sqs.get_queue_url, QueueName="orders"),
        "list": saw(sqs.list_queues),
    }


def creating_again_gives_the_same_queue(sqs: Client) -> Trace:
    attributes = {"VisibilityTimeout": "40", "DelaySeconds": "0"}
    return {
        "create": saw(sqs.create_queue, QueueName="orders", Attributes=attributes),
        "again, the same attributes": saw(sqs.create_queue, QueueName="orders", Attributes=attributes),
        "again, some": saw(sqs.create_queue, QueueName="orders", Attributes={"VisibilityTimeout": "40"}),
        "again, none": saw(sqs.create_queue, QueueName="orders"),
    }


def creating_again_with_other_attributes(sqs: Client) -> Trace:
    sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "40"})
    other = {"VisibilityTimeout": "41"}
    return {
        "other value": saw(sqs.create_queue, QueueName="orders", Attributes=other),
        "not the default": saw(sqs.create_queue, QueueName="orders", Attributes={"DelaySeconds": "1"}),
    }


def queue_names(sqs: Client) -> Trace:
    names = {
        "80 letters": "q" * 80,
        "81 letters": "q" * 81,
        "all kinds": "A-z_0",
        "a space": "my queue",
        "a dot": "my.queue",
        "fifo, not asked for": "orders.fifo",
    }
    return {case: saw(sqs.create_queue, QueueName=name) for case, name in names.items()}


def names_tell_case_apart(sqs: Client) -> Trace:
    sqs.create_queue(QueueName="Orders")
    return {
        "other case": saw(sqs.get_queue_url, QueueName="orders"),
        "same case": saw(sqs.get_queue_url, QueueName="Orders"),
    }


def attributes_at_creation(sqs: Client) -> Trace:
    attributes = {
        "DelaySeconds": "7",
        "MaximumMessageSize": "2048",
        "MessageRetentionPeriod": "60",
        "ReceiveMessageWaitTimeSeconds": "3",
        "VisibilityTimeout": "5",
    }
    url = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
    return {"read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=list(attributes))}


def bad_attributes_at_creation(sqs: Client) -> Trace:
    wrong = [
        ("VisibilityTimeout", "43201"),
        ("VisibilityTimeout", "-1"),
        ("VisibilityTimeout", "soon"),
        ("DelaySeconds", "901"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("Colour", "red"),
    ]
    return {
        f"{name}={value}": saw(sqs.create_queue, QueueName=f"orders-{number}", Attributes={name: value})
        for number, (name, value) in enumerate(wrong)
    } | {"none was made": _listed(saw(sqs.list_queues))}


def finding_an_unknown_queue(sqs: Client) -> Trace:
    return {"find": saw(sqs.get_queue_url, QueueName="nowhere")}


def listing_by_prefix(sqs: Client) -> Trace:
    for name in ("cups", "coffee-in", "coffee-out"):
        sqs.create_queue(QueueName=name)
    return {
        "coffee": _listed(saw(sqs.list_queues, QueueNamePrefix="coffee")),
        "other case": _listed(saw(sqs.list_queues, QueueNamePrefix="Coffee")),
        "all": _listed(saw(sqs.list_queues)),
    }


def listing_nothing(sqs: Client) -> Trace:
    return {"list": saw(sqs.list_queues)}


def listing_in_pages(sqs: Client) -> Trace:
    for name in ("a", "b", "c"):
        sqs.create_queue(QueueName=name)
    first = sqs.list_queues(MaxResults=2)
    second = sqs.list_queues(MaxResults=2, NextToken=first["NextToken"])
    return {
        "pages": [len(first["QueueUrls"]), len(second["QueueUrls"])],
        "all": sorted(first["QueueUrls"] + second["QueueUrls"]),
        "more": "NextToken" in second,
        "no page size, no token": "NextToken" in sqs.list_queues(),
    }


def deleting(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    return {
        "delete": saw(sqs.delete_queue, QueueUrl=url),
        "find": saw(sqs.get_queue_url, QueueName="orders"),
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="late"),
        "list": saw(sqs.list_queues),
        "delete again": saw(sqs.delete_queue, QueueUrl=url),
    }


def creating_within_a_minute_of_deleting(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    return {"create": saw(sqs.create_queue, QueueName="orders")}


def purging(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.receive_message(QueueUrl=url)
    return {
        "purge": saw(sqs.purge_queue, QueueUrl=url),
        "receive": saw(sqs.receive_message, QueueUrl=url),
        "counts": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=_COUNTS),
    }


def purging_twice_within_a_minute(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    return {"purge again": saw(sqs.purge_queue, QueueUrl=url)}


def operations_on_an_unknown_queue(sqs: Client) -> Trace:
    known = sqs.create_queue(QueueName="known")["QueueUrl"]
    url = known.replace("known", "unknown")
    entries = [{"Id": "a", "ReceiptHandle": "x"}]
    return {
        "attributes": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All"]),
        "set": saw(sqs.set_queue_attributes, QueueUrl=url, Attributes={"DelaySeconds": "1"}),
        "send": saw(sqs.send_message, QueueUrl=url, MessageBody="a"),
        "send batch": saw(sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "a"}]),
        "receive": saw(sqs.receive_message, QueueUrl=url),
        "delete": saw(sqs.delete_message, QueueUrl=url, ReceiptHandle="x"),
        "delete batch": saw(sqs.delete_message_batch, QueueUrl=url, Entries=entries),
        "change": saw(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle="x", VisibilityTimeout=1),
        "purge": saw(sqs.purge_queue, QueueUrl=url),
        "tag": saw(sqs.tag_queue, QueueUrl=url, Tags={"a": "b"}),
        "untag": saw(sqs.untag_queue, QueueUrl=url, TagKeys=["a"]),
        "tags": saw(sqs.list_queue_tags, QueueUrl=url),
        "sources": saw(sqs.list_dead_letter_source_queues, QueueUrl=url),
        "delete queue": saw(sqs.delete_queue, QueueUrl=url),
    }


_COUNTS = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]


def _listed(seen: Trace) -> Trace:
    """AWS promises no order for the list."""
    if "QueueUrls" in seen:
        seen["QueueUrls"].sort()
    return seen
