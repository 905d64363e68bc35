"""Commands that call SNS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]
NEWS = "arn:aws:sns:us-east-1:000000000000:news"


@pytest.fixture
def news(decaf: Decaf) -> str:
    """The ARN of a topic."""
    arn: str = decaf.client("sns").create_topic(Name="news")["TopicArn"]
    return arn


def test_a_topic_is_created(run: Command, decaf: Decaf) -> None:
    assert run("create-topic", "news", "--attribute", "DisplayName=News").stdout == f"{NEWS}\n"
    found = decaf.client("sns").get_topic_attributes(TopicArn=NEWS)["Attributes"]
    assert found["DisplayName"] == "News"


def test_a_name_with_fifo_is_that_of_a_fifo_topic(run: Command, decaf: Decaf) -> None:
    arn = run("create-topic", "news.fifo", "--account", "111122223333", "--region", "eu-west-1").stdout.strip()
    assert arn == "arn:aws:sns:eu-west-1:111122223333:news.fifo"
    sns = decaf.client("sns", "111122223333", "eu-west-1")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["FifoTopic"] == "true"


def test_a_topic_is_deleted(run: Command, decaf: Decaf, news: str) -> None:
    assert run("delete-topic", "news").output == ""
    assert decaf.control.topics() == []
    assert run("delete-topic", "news").exit_code == 1


def test_a_subscription_is_ended(run: Command, decaf: Decaf, news: str, orders: str) -> None:
    arn = run("subscribe", "news", "orders").stdout.strip()
    assert run("unsubscribe", arn).output == ""
    assert decaf.control.subscriptions() == []


def test_what_is_no_subscription_is_refused(run: Command) -> None:
    refused = run("unsubscribe", "orders")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: InvalidParameter")


def test_a_message_is_published_to_a_subscribed_queue(run: Command, decaf: Decaf, news: str, orders: str) -> None:
    subscribed = run("subscribe", "news", "orders", "--raw", "--filter", '{"kind": ["hot"]}').stdout
    assert subscribed.startswith(f"{NEWS}:")
    run("publish", "news", "one cold brew", "--attribute", "kind=cold")
    published = run("publish", news, "one latte", "--attribute", "kind=hot").stdout
    assert len(published) == 37
    assert [message.body for message in decaf.control.messages("orders")] == ["one latte"]


def test_what_is_published_has_a_subject_and_a_text_for_each_protocol(
    run: Command, decaf: Decaf, news: str, orders: str
) -> None:
    run("subscribe", "news", "orders")
    run("publish", "news", '{"default": "a", "sqs": "b"}', "--subject", "Drinks", "--structure", "json")
    (message,) = decaf.control.messages("orders")
    assert (json.loads(message.body)["Message"], json.loads(message.body)["Subject"]) == ("b", "Drinks")


def test_a_fifo_topic_takes_a_group_and_a_deduplication_id(run: Command, decaf: Decaf) -> None:
    run("create-topic", "news.fifo")
    run("create-queue", "orders.fifo")
    run("subscribe", "news.fifo", "orders.fifo")
    run("publish", "news.fifo", "latte", "--group", "ada", "--deduplication-id", "1")
    (message,) = decaf.control.messages("orders.fifo")
    assert (message.group, message.deduplication_id) == ("ada", "1")


@pytest.mark.parametrize(
    ("endpoint", "protocol"),
    [
        ("ada@example.com", "email"),
        ("+15555550142", "sms"),
        ("http://127.0.0.1:9/", "http"),
        ("https://127.0.0.1:9/", "https"),
        ("arn:aws:lambda:us-east-1:000000000000:function:brew", "lambda"),
        ("orders", "sqs"),
        ("arn:aws:sqs:us-east-1:000000000000:orders", "sqs"),
    ],
)
@pytest.mark.usefixtures("news", "orders")
def test_the_form_of_an_endpoint_tells_its_protocol(run: Command, decaf: Decaf, endpoint: str, protocol: str) -> None:
    assert run("subscribe", "news", endpoint).exit_code == 0
    assert [one.protocol for one in decaf.control.subscriptions()] == [protocol]


@pytest.mark.usefixtures("news")
def test_a_protocol_can_be_named(run: Command, decaf: Decaf) -> None:
    run("subscribe", "news", "ada@example.com", "--protocol", "email-json")
    assert [one.protocol for one in decaf.control.subscriptions()] == ["email-json"]


def test_a_message_is_published_to_a_phone_and_to_a_device(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    attributes = {"PlatformCredential": "any"}
    application = sns.create_platform_application(Name="shop", Platform="GCM", Attributes=attributes)
    device = sns.create_platform_endpoint(PlatformApplicationArn=application["PlatformApplicationArn"], Token="t" * 32)[
        "EndpointArn"
    ]
    for target in ("+15555550142", device):
        assert run("publish", target, "latte").exit_code == 0
    assert [delivery["protocol"] for delivery in run_json("inbox")] == ["sms", "application"]


def test_pending_subscriptions_are_confirmed(run: Command, decaf: Decaf, news: str) -> None:
    decaf.client("sns").create_topic(Name="gossip")
    run("subscribe", "news", "ada@example.com")
    run("subscribe", "gossip", "bob@example.com")
    (confirmed,) = run("confirm", "news").stdout.splitlines()
    assert {one.arn: one.pending for one in decaf.control.subscriptions()}[confirmed] is False
    assert len(run("confirm").stdout.splitlines()) == 1
    assert not any(one.pending for one in decaf.control.subscriptions())


def test_when_none_is_pending_the_exit_code_is_1(run: Command, news: str) -> None:
    result = run("confirm", news)
    assert (result.exit_code, result.output) == (1, "")


def test_a_topic_that_does_not_exist_is_one_clear_line(run: Command) -> None:
    result = run("publish", "news", "latte")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no topic news\n")


def test_an_error_of_sns_is_one_clear_line(run: Command, news: str) -> None:
    result = run("publish", news, "")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: InvalidParameter: ")
    assert result.stderr.count("\n") == 1
