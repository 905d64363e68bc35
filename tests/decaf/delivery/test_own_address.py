"""Deliveries to Decaf itself: never to the control API, and to AWS calls only so many times in a row."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp.abc import AbstractResolver
from yarl import URL

from decaf.base.arn import read_arn
from decaf.base.events import (
    Event,
    FunctionFailed,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationFailed,
    NotificationPublished,
)
from decaf.base.settings import BadSetting, Settings
from decaf.delivery.own_address import MOST, OwnAddress
from decaf.functions.function import Function
from tests.live import Live

NO_CALL = "the endpoint is Decaf itself, and no AWS call: deliveries cannot call the control API"
LOOP = "a loop: 16 deliveries to AWS calls of Decaf itself or to functions have led to this one"
ACCOUNT = "000000000000"


@pytest.fixture
def alone() -> Iterator[Live]:
    """A server of the test's own: what it sends to itself is unsigned, and so of the default account."""
    with Live(Settings(port=0)) as server:
        yield server


@pytest.fixture
def events(alone: Live) -> list[Event]:
    seen: list[Event] = []
    alone.call(alone.world.events.listeners.append, seen.append)
    return seen


@pytest.fixture
def client(alone: Live) -> Iterator[Any]:
    with closing(alone.client("sns", ACCOUNT)) as sns:
        yield sns


def _confirmed(server: Live, sns: Any, topic: str, endpoint: str, **attributes: str) -> str:
    """The ARN of a subscription whose endpoint could not confirm it by itself."""
    arn: str = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    subscription = server.call(server.world.store.find_subscription, read_arn(arn))
    assert subscription is not None
    sns.confirm_subscription(TopicArn=topic, Token=subscription.token)
    return arn


def _publish_url(server: Live, topic: str) -> str:
    return f"{server.url}/?{urlencode({'Action': 'Publish', 'TopicArn': topic, 'Message': 'again'})}"


def _reasons(events: list[Event]) -> list[str]:
    return [str(event.subject.outcome.reason) for event in events if type(event) is NotificationFailed]


@pytest.mark.parametrize(
    "path", ["/_decaf/reset", "/moto-api/reset", "/_aws/sqs/messages", "/%5Fdecaf/reset", "/a/../_decaf/reset?x=y"]
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_nothing_is_delivered_to_the_control_api_by_whatever_name(
    alone: Live, client: Any, events: list[Event], host: str, path: str
) -> None:
    topic = client.create_topic(Name="itself")["TopicArn"]
    calls = alone.url.replace("127.0.0.1", host)
    client.subscribe(TopicArn=topic, Protocol="http", Endpoint=calls + path)
    alone.advance(0)
    assert _reasons(events) == [NO_CALL]
    assert len(client.list_topics()["Topics"]) == 1


def test_a_path_that_only_looks_like_the_control_api_is_an_aws_call(
    alone: Live, client: Any, events: list[Event]
) -> None:
    topic = client.create_topic(Name="itself")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{alone.url}//_decaf/reset")
    alone.advance(0)
    assert _reasons(events) == ["the endpoint responded with HTTP status 400"]


def test_a_function_by_url_cannot_call_the_control_api(alone: Live, client: Any, events: list[Event]) -> None:
    topic = client.create_topic(Name="itself")["TopicArn"]
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:reset"
    url = f"{alone.url}/_decaf/reset?x=/invocations"
    alone.call(alone.world.functions.register, Function(arn, url=url))
    client.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    client.publish(TopicArn=topic, Message="latte")
    alone.advance(0)
    (failed,) = [event.subject for event in events if type(event) is FunctionFailed]
    assert (failed.obstacle, failed.reason) == ("refused", NO_CALL)


def test_a_topic_reaches_another_through_an_aws_call(alone: Live, client: Any, events: list[Event]) -> None:
    first, second = (client.create_topic(Name=name)["TopicArn"] for name in ("first", "second"))
    _confirmed(alone, client, first, _publish_url(alone, second))
    alone.advance(0)
    events.clear()
    client.publish(TopicArn=first, Message="latte")
    alone.advance(0)
    published = [event for event in events if type(event) is NotificationPublished]
    assert [(str(event.arn), event.subject.notification.message) for event in published] == [
        (first, "latte"),
        (second, "again"),
    ]


def test_a_loop_of_topics_ends_and_its_last_notification_is_a_dead_letter(
    alone: Live, client: Any, events: list[Event]
) -> None:
    first, second = (client.create_topic(Name=name)["TopicArn"] for name in ("first", "second"))
    with closing(alone.client("sqs", ACCOUNT)) as sqs:
        sqs.create_queue(QueueName="dead")
    dead = f'{{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:{ACCOUNT}:dead"}}'
    _confirmed(alone, client, first, _publish_url(alone, second), RedrivePolicy=dead)
    _confirmed(alone, client, second, _publish_url(alone, first))
    alone.advance(0)
    events.clear()
    client.publish(TopicArn=first, Message="latte")
    alone.advance(0)
    assert len([event for event in events if type(event) is NotificationDelivered]) == MOST
    assert _reasons(events) == [LOOP]
    assert len([event for event in events if type(event) is NotificationDeadLettered]) == 1


def test_a_loop_through_confirmations_ends(alone: Live, client: Any, events: list[Event]) -> None:
    """A notification subscribes an endpoint, and the request to confirm that publishes the next."""
    first, second = (client.create_topic(Name=name)["TopicArn"] for name in ("first", "second"))
    query = {"Action": "Subscribe", "TopicArn": second, "Protocol": "http", "Endpoint": _publish_url(alone, first)}
    _confirmed(alone, client, first, f"{alone.url}/?{urlencode(query, quote_via=quote)}")
    alone.advance(0)
    events.clear()
    client.publish(TopicArn=first, Message="latte")
    alone.advance(0)
    assert _reasons(events).count(LOOP) == 1


AGAIN = """
import boto3

def publish(event, context):
    keys = {{"aws_access_key_id": "000000000000", "aws_secret_access_key": "decaf"}}
    sns = boto3.client("sns", endpoint_url="{url}", region_name="us-east-1", **keys)
    sns.publish(TopicArn=event["Records"][0]["Sns"]["TopicArn"], Message="again")
"""


def test_a_loop_of_a_function_that_publishes_to_its_own_topic_ends(
    alone: Live, client: Any, events: list[Event], tmp_path: Path
) -> None:
    """The SDK of the function passes the count on: the loop begins near its end, since each round starts a process."""
    (tmp_path / "again.py").write_text(AGAIN.format(url=alone.url))
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:again:live"
    alone.call(alone.world.functions.register, Function(arn, "again:publish", str(tmp_path), timeout=60))
    topic = client.create_topic(Name="itself")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    trace = f"Root=1-5759e988-bd862e3fe1be46a994272793;Decaf={MOST - 2};Sampled=1"
    client.meta.events.register(
        "before-send.sns.Publish", lambda request, **_: request.headers.update({"X-Amzn-Trace-Id": trace})
    )
    client.publish(TopicArn=topic, Message="once")
    alone.advance(0)
    published = [event.subject.notification for event in events if type(event) is NotificationPublished]
    root = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    assert [each.trace_header for each in published] == [trace, f"{root};Decaf=15", f"{root};Decaf=16"]
    assert _reasons(events) == [LOOP]


class Names(AbstractResolver):
    """A name server that knows some names."""

    def __init__(self, **addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        if host not in self._addresses:
            raise OSError
        return [{"host": self._addresses[host]}]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("url", "leads_here"),
    [
        ("http://127.0.0.1:4566/", True),
        ("http://127.5.5.5:4566/", True),
        ("http://[::1]:4566/", True),
        ("http://[::]:4566/", True),
        ("https://me:4566/", True),
        ("http://proxy.test/", True),
        ("http://127.0.0.1:4567/", False),
        ("http://127.0.0.1/", False),
        ("http://192.0.2.1:4566/", False),
        ("http://[2001:db8::1]:4566/", False),
        ("http://other:4566/", False),
        ("http://unknown:4566/", False),
        ("http://proxy.test:4567/", False),
        ("nothing", False),
    ],
)
def test_what_leads_here(url: str, leads_here: bool) -> None:
    own = OwnAddress("http://proxy.test")
    own.open("127.0.0.1:4566", ())
    assert asyncio.run(own.leads_to(URL(url), Names(me="127.0.0.1", other="192.0.2.1"))) is leads_here


def test_a_base_url_that_is_none_is_a_bad_setting() -> None:
    with pytest.raises(BadSetting, match="base_url: 'http://a:b' is no URL"):
        OwnAddress("http://a:b")
