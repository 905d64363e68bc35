"""A fault hits the calls of clients that have everything that its match names, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.decaf.conftest import FaultsOverHttp
from tests.live import Live

OTHER = "222222222222"


def _calls(live: Live, account: str, sqs: Any, sns: Any) -> dict[str, Callable[[], Any]]:
    """Calls of every kind that a match tells apart, by what they are."""
    orders, drinks = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders", "drinks"))
    news, gossip = (sns.create_topic(Name=name)["TopicArn"] for name in ("news", "gossip"))
    western = live.client("sqs", account, "eu-west-1")
    other = live.client("sqs", OTHER)
    others = other.create_queue(QueueName="orders")["QueueUrl"]
    return {
        "send to orders": lambda: sqs.send_message(QueueUrl=orders, MessageBody="latte"),
        "send to drinks": lambda: sqs.send_message(QueueUrl=drinks, MessageBody="latte"),
        "receive from orders": lambda: sqs.receive_message(QueueUrl=orders),
        "list queues": lambda: sqs.list_queues(),
        "list queues in the west": lambda: western.list_queues(),
        "publish to news": lambda: sns.publish(TopicArn=news, Message="latte"),
        "publish to gossip": lambda: sns.publish(TopicArn=gossip, Message="latte"),
        "another account's send to orders": lambda: other.send_message(QueueUrl=others, MessageBody="latte"),
    }


SQS_CALLS = {"send to orders", "send to drinks", "receive from orders", "list queues", "list queues in the west"}
SNS_CALLS = {"publish to news", "publish to gossip"}


@pytest.mark.parametrize(
    ("match", "met"),
    [
        ({}, SQS_CALLS | SNS_CALLS),
        ({"service": "sqs"}, SQS_CALLS),
        ({"service": "sns"}, SNS_CALLS),
        ({"operation": "SendMessage"}, {"send to orders", "send to drinks"}),
        ({"operation": ["ReceiveMessage", "Publish"]}, SNS_CALLS | {"receive from orders"}),
        ({"queue": "orders"}, {"send to orders", "receive from orders"}),
        ({"queue": "orders", "operation": "ReceiveMessage"}, {"receive from orders"}),
        ({"queue": "/{account}/drinks"}, {"send to drinks"}),
        ({"queue": "arn:aws:sqs:us-east-1:{account}:drinks"}, {"send to drinks"}),
        ({"topic": "news"}, {"publish to news"}),
        ({"topic": "arn:aws:sns:us-east-1:{account}:gossip"}, {"publish to gossip"}),
        ({"region": "eu-west-1"}, {"list queues in the west"}),
        ({"account": OTHER}, {"another account's send to orders"}),
        ({"account": "999999999999"}, set()),
    ],
)
def test_those_it_names_and_nobody_else(
    faults: FaultsOverHttp, live: Live, account: str, sqs: Any, sns: Any, match: dict[str, Any], met: set[str]
) -> None:
    calls = _calls(live, account, sqs, sns)
    named = {key: value.format(account=account) if isinstance(value, str) else value for key, value in match.items()}
    fault = faults.set("throttle", named)
    struck: set[str] = set()
    for what, call in calls.items():
        try:
            call()
        except ClientError as error:
            struck.update({what} if "hrottl" in error.response["Error"]["Code"] else ())
    assert struck == met
    assert faults.counts(fault) == (len(met), len(met))
    faults.ask("DELETE", {"id": fault})
