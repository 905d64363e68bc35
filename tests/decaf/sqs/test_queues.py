"""Queues: how they are addressed, listed, found and created again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from decaf.base.identity import default_user
from tests.live import Live
from tests.refusals import refusal

NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize(
    "form",
    [
        "{endpoint}/{account}/orders",
        "{endpoint}/{account}/orders/",
        "{endpoint}/us-east-1/{account}/orders",
        "{endpoint}/queue/us-east-1/{account}/orders",
        "http://sqs.us-east-1.localhost:4566/{account}/orders",
        "https://sqs.us-east-1.amazonaws.com/{account}/orders",
        "https://sqs.us-east-1.amazonaws.com/{account}/orders/",
        "https://us-east-1.queue.amazonaws.com/{account}/orders",
        "https://queue.amazonaws.com/{account}/orders",
        "https://sqs.us-east-1.api.aws/{account}/orders",
        "{account}/orders",
        "orders",
    ],
)
def test_a_queue_is_addressed_in_every_usual_form(sqs: Any, url: str, endpoint: str, account: str, form: str) -> None:
    sqs.send_message(QueueUrl=form.format(endpoint=endpoint, account=account), MessageBody="latte")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


@pytest.mark.parametrize(
    "form",
    [
        "https://sqs.eu-west-1.amazonaws.com/{account}/orders",
        "{endpoint}/eu-west-1/{account}/orders",
        "{endpoint}/999999999999/orders",
        "{endpoint}/{account}/Orders",
        "http://whatever",
        "{endpoint}/",
    ],
)
def test_an_address_of_no_queue(sqs: Any, url: str, endpoint: str, account: str, form: str) -> None:
    wrong = form.format(endpoint=endpoint, account=account)
    assert refusal(sqs.send_message, QueueUrl=wrong, MessageBody="x") == (
        NO_QUEUE,
        "The specified queue does not exist.",
    )


def test_queues_of_one_name_in_two_regions_have_different_urls(live: Live, account: str, endpoint: str) -> None:
    urls = {}
    for region in ("us-east-1", "eu-west-1"):
        client = live.client("sqs", account, region)
        urls[region] = client.create_queue(QueueName="orders")["QueueUrl"]
        client.send_message(QueueUrl=urls[region], MessageBody=region)
        client.close()
    assert urls == {
        "us-east-1": f"{endpoint}/{account}/orders",
        "eu-west-1": f"{endpoint}/eu-west-1/{account}/orders",
    }
    client = live.client("sqs", account)
    assert client.receive_message(QueueUrl=urls["eu-west-1"])["Messages"][0]["Body"] == "eu-west-1"
    client.close()


def test_the_queue_of_another_account_is_found_and_used(sqs: Any, url: str, live: Live, account: str) -> None:
    other = live.client("sqs", "888888888888")
    found = other.get_queue_url(QueueName="orders", QueueOwnerAWSAccountId=account)["QueueUrl"]
    assert found == url
    other.send_message(QueueUrl=found, MessageBody="latte")
    received = sqs.receive_message(QueueUrl=url, AttributeNames=["SenderId"])["Messages"][0]
    assert received["Attributes"] == {"SenderId": default_user("888888888888").id}
    assert "QueueUrls" not in other.list_queues()
    other.close()


def test_queues_are_listed_by_prefix_and_in_pages(sqs: Any, url: str) -> None:
    urls = [sqs.create_queue(QueueName=f"bar-{n}")["QueueUrl"] for n in range(3)]
    assert sqs.list_queues()["QueueUrls"] == [*urls, url]
    assert sqs.list_queues(QueueNamePrefix="bar-")["QueueUrls"] == urls
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="Bar-")
    first = sqs.list_queues(QueueNamePrefix="bar-", MaxResults=2)
    assert first["QueueUrls"] == urls[:2]
    rest = sqs.list_queues(QueueNamePrefix="bar-", MaxResults=2, NextToken=first["NextToken"])
    assert rest["QueueUrls"] == urls[2:]
    assert "NextToken" not in rest
    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1})
    assert [page["QueueUrls"] for page in pages] == [[one] for one in [*urls, url]]


def test_a_list_follows_what_is_created_and_deleted(sqs: Any, url: str) -> None:
    before = sqs.list_queues()["QueueUrls"]
    made = sqs.create_queue(QueueName="mocha")["QueueUrl"]
    assert sqs.list_queues()["QueueUrls"] == sorted([*before, made])
    sqs.delete_queue(QueueUrl=url)
    other = sqs.create_queue(QueueName="americano")["QueueUrl"]
    assert sqs.list_queues()["QueueUrls"] == [other, made]
    assert sqs.list_queues(QueueNamePrefix="m")["QueueUrls"] == [made]
    assert sqs.list_queues()["QueueUrls"] == [other, made]


def test_without_max_results_there_is_no_token(sqs: Any) -> None:
    for number in range(12):
        sqs.create_queue(QueueName=f"bar-{number}")
    listed = sqs.list_queues()
    assert len(listed["QueueUrls"]) == 12
    assert "NextToken" not in listed


def test_a_purge_takes_what_is_in_flight_and_delayed_too(sqs: Any, url: str, advance: Callable[[float], None]) -> None:
    for delay in (0, 0, 10):
        sqs.send_message(QueueUrl=url, MessageBody="latte", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert {value for name, value in counts.items() if name.startswith("Approximate")} == {"0"}
    advance(60)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)


def test_last_modified_follows_changes_of_attributes(sqs: Any, url: str, advance: Callable[[float], None]) -> None:
    names = ["CreatedTimestamp", "LastModifiedTimestamp"]
    advance(100)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert int(found["LastModifiedTimestamp"]) >= int(found["CreatedTimestamp"]) + 100


def test_each_attribute_that_a_queue_has_can_be_asked_for_alone(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    for name, value in shown.items():
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        assert asked == {name: value}
