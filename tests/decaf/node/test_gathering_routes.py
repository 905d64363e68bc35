"""Each call of the control API at two nodes that share out the accounts: answered or refused, as by one server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import boto3
import msgspec
import pytest

from decaf.control import PREFIX
from decaf.control.route import EVENT_STREAM, Route
from decaf.control.routes import ROUTES
from decaf.faults.effects import Error
from decaf.faults.match import Match
from decaf.testing import Decaf
from decaf.testing.control import Control
from tests.decaf.node.nodes import Nodes

PLAIN = [route for route in ROUTES if route.media != EVENT_STREAM]


@pytest.fixture(scope="module")
def alone() -> Iterator[Decaf]:
    with Decaf() as server:
        yield server


READS = (
    *("queues", "topics", "subscriptions", "inbox", "faults", "mappings", "functions", "profile", "access"),
    "snapshots",
)


def test_lists_are_as_one_server_returns_them(nodes: Nodes, alone: Decaf) -> None:
    for url in (nodes.first.url, alone.url):
        for account in (*nodes.accounts, *nodes.neighbours[1:]):
            for name in ("orders", "refunds"):
                _call(url, account, "sqs", "create_queue", QueueName=name)
            topic = _call(url, account, "sns", "create_topic", Name="news")["TopicArn"]
            _call(url, account, "sns", "subscribe", TopicArn=topic, Protocol="sms", Endpoint="+15550100")
            _call(url, account, "sns", "publish", TopicArn=topic, Message=f"of {account}")
        Control(url).set_fault(Error(code="ServiceUnavailable"), Match(operation="SendMessage"))
        Control(url).declare_identity(user="alice", access_key="AKIAALICE", secret="wonderland")
        Control(url).of(nodes.accounts[0]).set_profile("relaxed")
        Control(url).save_snapshot("prepared")
    for path in READS:
        there, here = (_without_chance(_send(url, "GET", f"/_decaf/{path}")[1]) for url in (nodes.first.url, alone.url))
        assert there == here, path
    servers = Control(nodes.first.url), Control(alone.url)
    assert len({repr([event.kind for event in server.events(limit=6)]) for server in servers}) == 1
    assert len({repr([call.operation for call in server.calls(limit=18).calls]) for server in servers}) == 1


def _call(url: str, account: str, service: str, operation: str, **params: Any) -> Any:
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "secret"}
    client = boto3.client(service, "us-east-1", endpoint_url=url, **keys)
    try:
        return getattr(client, operation)(**params)
    finally:
        client.close()


def _without_chance(body: bytes) -> str:
    """Returns a response without what differs from run to run: times, ids at random, sizes."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", body.decode())
    return re.sub(r'"(at|created_at|size)":[\d.]+|"(CreatedTimestamp|LastModifiedTimestamp)":"\d+"', r'"\1\2"', text)


def _ask(url: str, route: Route[Any, Any], fields: dict[str, Any]) -> tuple[int, bytes]:
    query = f"?{urlencode(fields)}" if route.method in ("GET", "PUT") and fields else ""
    body = b"" if route.method in ("GET", "PUT") else json.dumps(fields).encode()
    return _send(url, route.method, PREFIX + route.path + query, body)


def _send(url: str, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
    client = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=30)
    try:
        client.request(method, target, body)
        response = client.getresponse()
        return response.status, response.read()
    finally:
        client.close()


@pytest.mark.parametrize("route", PLAIN, ids=lambda route: f"{route.method} {route.path}")
def test_each_call_is_answered_with_its_response_or_refused_with_a_sentence(
    two_nodes: Nodes, route: Route[Any, Any]
) -> None:
    for fields in ({}, dict(route.example), {"account": two_nodes.accounts[1]}, {"nothing": "x"}):
        hurry = {"timeout": 0} if route.path == "/wait" else {}
        status, body = _ask(two_nodes.first.url, route, fields | hurry)
        if status != 200:
            assert status in (400, 404, 409), body
            assert json.loads(body)["error"]
        elif route.media == "application/json":
            msgspec.json.decode(body, type=route.response)


TARGETS = (
    *("/_decaf", "/_decaf/", "/_decaf//queues", "/_decaf/queues/", "/_decaf/nothing", "/_decaf/queues?limit=x"),
    *("/_decaf/queues?account=", "/_decaf/queues?account=%00", "/_decaf/messages?queue=arn:aws:sqs:::x"),
    *("/_decaf/messages?queue=http://x/1/2/3", "/_decaf/events?since=-1", f"/_decaf/events?since={1 << 217}"),
    *(f"/_decaf/call?mark={(1 << 176 + 40) - 1}", "/_decaf/calls?since=9", f"/_decaf/events?since={'9' * 5_000}"),
    *("/_aws/", "/_aws/sqs/messages?QueueUrl=x", "/_aws/sns/subscription-tokens/x", "/_localstack/init/x"),
    *("/moto-api/x", "/_aws/sns/phone-opt-outs"),
)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target[:60])
def test_a_malformed_request_is_refused_as_by_one_server(
    two_nodes: Nodes, alone: Decaf, method: str, target: str
) -> None:
    body = b'{"account": 7}' if method in ("POST", "DELETE") else b""
    there, here = _send(two_nodes.first.url, method, target, body), _send(alone.url, method, target, body)
    assert there[0] == here[0] or there[0] == 409, (there, here)
    assert there[0] < 500
