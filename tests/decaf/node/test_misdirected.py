"""Calls that come to the wrong shard, since a node does not know who makes them: what they get, and what they leave.

The first node owns all shards, so it knows the identities that are declared while it runs. The second owns none: it
takes the key of an identity for one of NO_ACCOUNT.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from decaf.access.identity import read_identity
from decaf.base.shard import Misdirected
from decaf.cluster.hop.call import ForwardedCall
from decaf.faults.effects import Error
from decaf.faults.match import Match
from decaf.http.rendering import Stream
from decaf.world import World
from decaf_protocol import NO_ACCOUNT, Reply, Request
from tests.cluster.processes import until
from tests.decaf.node.nodes import REGION, Nodes, arn_of, client, one_idle, received, shards_of, sharing, started
from tests.postgres.server import running

ANN = "000000000001"  # her account
BOB = "000000000004"  # his account
KEY, SECRET = "AKIAANN", "her secret"


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Nodes]:
    with running() as server, one_idle(server.make_database()) as made:
        assert [made.shard(account) for account in (ANN, NO_ACCOUNT, "000000000003", BOB)] == [0, 1, 2, 3]
        yield made


@pytest.fixture
def nodes(two_nodes: Nodes) -> Iterator[Nodes]:
    """The nodes, with nothing but Ann, who is declared at the first and may do everything."""
    allowed = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    two_nodes.control.declare_identity(account=ANN, user="ann", access_key=KEY, secret=SECRET, policies=[allowed])
    yield two_nodes
    two_nodes.control.set_access("warn")
    two_nodes.control.reset()


def _ann(nodes: Nodes, service: str = "sqs", secret: str = SECRET) -> Any:
    """A client that signs as Ann, of the node that does not know her."""
    return client(nodes.second, service, KEY, secret)


def _wrong(nodes: Nodes) -> World:
    """The world that her calls come to first."""
    return nodes.world(NO_ACCOUNT)


def _operations(nodes: Nodes, account: str) -> list[str]:
    """Returns the operations of the calls that the world of an account has noted, in their order."""
    calls = nodes.do(lambda: list(nodes.world(account).calls.newest_first()))
    return [call.operation for call in reversed(calls)]


def test_an_identity_that_was_declared_since_the_start_is_known_at_any_node(nodes: Nodes) -> None:
    queue = _ann(nodes).create_queue(QueueName="hers")["QueueUrl"]
    assert urlsplit(queue).path == f"/{ANN}/hers"
    assert _ann(nodes).list_queues()["QueueUrls"] == [queue]
    who = _ann(nodes, "sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ANN, f"arn:aws:iam::{ANN}:user/ann")
    topic = _ann(nodes, "sns").create_topic(Name="hers")["TopicArn"]
    assert topic == f"arn:aws:sns:{REGION}:{ANN}:hers"
    assert _ann(nodes, "lambda").list_event_source_mappings()["EventSourceMappings"] == []


def test_the_wrong_shard_has_nothing_of_a_call(nodes: Nodes) -> None:
    _ann(nodes).create_queue(QueueName="hers")
    assert _operations(nodes, ANN) == ["CreateQueue"]
    assert _operations(nodes, NO_ACCOUNT) == []
    assert nodes.do(lambda: _wrong(nodes).store.find_region(ANN, REGION)) is None
    assert nodes.do(lambda: _wrong(nodes).store.find_region(NO_ACCOUNT, REGION)) is None


def test_a_message_to_a_fifo_queue_is_sent_once(nodes: Nodes) -> None:
    sqs = _ann(nodes)
    sqs.create_queue(QueueName="line.fifo", Attributes={"FifoQueue": "true"})
    for number in range(5):
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": f"id-{number}"}
        sqs.send_message(QueueUrl="line.fifo", MessageBody=str(number), **fifo)
    found = received(sqs, "line.fifo", 5)
    assert [message["Body"] for message in found] == ["0", "1", "2", "3", "4"]
    assert _operations(nodes, ANN).count("SendMessage") == 5
    assert "Messages" not in sqs.receive_message(QueueUrl="line.fifo")


def test_a_presigned_call_is_answered_at_any_node(nodes: Nodes) -> None:
    topic = _ann(nodes, "sns").create_topic(Name="hers")["TopicArn"]
    with urlopen(_ann(nodes, "sns").generate_presigned_url("list_topics")) as found:
        assert topic in found.read().decode()


def test_a_session_is_known_by_its_key_and_its_token(nodes: Nodes) -> None:
    nodes.control.declare_identity(
        account=BOB, role="barista", session="bob", access_key="ASIABOB", secret="his", session_token="token"
    )
    nodes.control.set_access("enforce")

    def sts(token: str) -> Any:
        keys = {"aws_access_key_id": "ASIABOB", "aws_secret_access_key": "his", "aws_session_token": token}
        return boto3.Session(**keys, region_name=REGION).client("sts", endpoint_url=nodes.second.url)

    who = sts("token").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{BOB}:assumed-role/barista/bob"
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts("another").get_caller_identity()
    with pytest.raises(HTTPError, match="403"):
        urlopen(sts("another").generate_presigned_url("get_caller_identity"))


def test_a_signature_that_is_wrong_is_refused_in_the_right_shard(nodes: Nodes) -> None:
    nodes.control.set_access("enforce")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        _ann(nodes, secret="another secret").list_queues()
    assert (_operations(nodes, ANN), _operations(nodes, NO_ACCOUNT)) == (["ListQueues"], [])


def test_access_is_judged_where_the_policy_of_the_queue_is(nodes: Nodes) -> None:
    made = nodes.control.declare_identity(account=ANN, user="guest")
    url = nodes.make_queue(ANN, "guarded")
    statement = {"Effect": "Allow", "Principal": {"AWS": made.arn}, "Action": "sqs:*"}
    own = nodes.client("sqs", ANN)
    policy = {"Version": "2012-10-17", "Statement": {**statement, "Resource": arn_of(own, url)}}
    own.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    nodes.make_queue(ANN, "closed")
    nodes.control.set_access("enforce")
    guest = client(nodes.second, "sqs", made.access_key, made.secret)
    assert urlsplit(guest.get_queue_url(QueueName="guarded")["QueueUrl"]).path == f"/{ANN}/guarded"
    with pytest.raises(ClientError, match="AccessDenied"):
        guest.get_queue_url(QueueName="closed")


def test_a_fault_hits_a_call_once(nodes: Nodes) -> None:
    nodes.control.set_fault(Error(code="ServiceUnavailable"), Match(operation="ListQueues"))
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        _ann(nodes).list_queues()
    (fault,) = nodes.control.faults()
    assert (fault.matched, fault.fired) == (1, 1)


def test_worlds_that_know_different_identities_refuse_a_call(nodes: Nodes) -> None:
    bob = read_identity({"access_key": "AKIABOB", "secret": "his", "account": BOB, "user": "bob"})
    nodes.do(lambda: _wrong(nodes).access.declare(bob))  # his own world does not know him
    with pytest.raises(ClientError, match="ServiceUnavailable") as refused:
        client(nodes.second, "sqs", "AKIABOB", "his").create_queue(QueueName="his")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    for account in (BOB, NO_ACCOUNT):
        assert nodes.do(nodes.world(account).store.regions) == []


def test_a_node_finds_the_right_one_of_its_own_shards(nodes: Nodes) -> None:
    bob = read_identity({"access_key": "AKIABOB", "secret": "his", "account": BOB, "user": "bob"})
    for account in (NO_ACCOUNT, BOB):  # not that of shard 0, whose identities the node looks at
        nodes.do(partial(nodes.world(account).access.declare, bob))
    sqs = client(nodes.first, "sqs", "AKIABOB", "his")
    assert urlsplit(sqs.create_queue(QueueName="his")["QueueUrl"]).path == f"/{BOB}/his"
    assert (_operations(nodes, BOB), _operations(nodes, NO_ACCOUNT)) == (["CreateQueue"], [])
    with urlopen(client(nodes.first, "sts", "AKIABOB", "his").generate_presigned_url("get_caller_identity")) as found:
        assert f"arn:aws:iam::{BOB}:user/bob" in found.read().decode()


@pytest.mark.parametrize("account", [NO_ACCOUNT, ANN])
def test_a_call_that_waits_for_either_shard_is_answered(nodes: Nodes, account: str) -> None:
    seat = nodes.seat(nodes.second, account)
    nodes.do(lambda: seat.forwarding.use(None))
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(_ann(nodes).list_queues)
        until(lambda: seat.forwarding.parked == 1)
        nodes.do(seat._direct)
        assert asking.result(30)["ResponseMetadata"]["HTTPStatusCode"] == 200


# a shard at each node, and another node without one


def test_a_new_account_is_answered_by_any_node_though_the_owner_has_not_heard_of_it(of_two: Nodes) -> None:
    for number in range(100, 120):
        account = f"{number:012}"
        sqs = client((of_two.first, of_two.second)[number // 2 % 2], "sqs", account)
        queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
        assert urlsplit(queue).path == f"/{account}/orders"
    assert [seat.active is None for seat in of_two.first._seats] == [False, True]


@pytest.fixture(scope="module")
def sharing_nodes() -> Iterator[Nodes]:
    with running() as server, sharing(server.make_database(), shards=2) as made:
        assert [made.shard(account) for account in (ANN, NO_ACCOUNT)] == [0, 1] == [*shards_of(made.first), 1]
        yield made


@pytest.fixture
def of_two(sharing_nodes: Nodes) -> Iterator[Nodes]:
    """Two nodes, with nothing in them: Ann's account is of the first, NO_ACCOUNT of the second."""
    yield sharing_nodes
    sharing_nodes.control.set_access("warn")
    sharing_nodes.control.reset()


def test_the_shards_may_be_of_different_nodes(of_two: Nodes) -> None:
    of_two.control.declare_identity(account=ANN, user="ann", access_key=KEY, secret=SECRET)
    with started(of_two.loop, of_two.first._settings) as third:
        queue = client(third, "sqs", KEY, SECRET).create_queue(QueueName="hers")["QueueUrl"]
        assert urlsplit(queue).path == f"/{ANN}/hers"
    assert (_operations(of_two, ANN), _operations(of_two, NO_ACCOUNT)) == (["CreateQueue"], [])


def test_a_world_that_judges_nobody_has_nothing_of_a_call(of_two: Nodes) -> None:
    of_two.control.set_access("off")
    ann = read_identity({"access_key": KEY, "secret": SECRET, "account": ANN, "user": "ann"})
    of_two.do(lambda: of_two.world(NO_ACCOUNT).access.declare(ann))
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        client(of_two.second, "sqs", KEY, SECRET).create_queue(QueueName="hers")
    for account in (ANN, NO_ACCOUNT):
        assert of_two.do(of_two.world(account).store.regions) == []


def _list_queues() -> Request:
    """A call of nobody's."""
    return Request("GET", "/?Action=ListQueues&Version=2012-11-05", {"host": "localhost"}, b"")


def test_a_call_of_another_node_is_not_passed_on_after_it_has_waited(of_two: Nodes) -> None:
    seat = of_two.seat(of_two.first, ANN)

    async def wait() -> Reply | Stream:
        seat._lease.owned_until = 0.0
        answer = seat.answer_node(_list_queues())
        assert isinstance(answer, ForwardedCall)
        assert seat.forwarding.parked == 1
        seat._direct()
        return await answer

    reply = asyncio.run_coroutine_threadsafe(wait(), of_two.loop).result(30)
    assert isinstance(reply, Misdirected)
    assert (reply.status, reply.place) == (503, (NO_ACCOUNT, REGION))


def test_a_call_that_is_passed_on_waits_while_the_lease_of_the_right_shard_is_over(of_two: Nodes) -> None:
    wrong, right = (of_two.seat(of_two.second, account) for account in (ANN, NO_ACCOUNT))

    async def wait() -> int:
        right._lease.owned_until = 0.0
        call = wrong.answer(_list_queues())
        assert isinstance(call, ForwardedCall)
        while not right.forwarding.parked:
            right._lease.owned_until = 0.0
            await asyncio.sleep(0)
        right._direct()
        reply = await call
        assert isinstance(reply, Reply)
        return reply.status

    assert asyncio.run_coroutine_threadsafe(wait(), of_two.loop).result(30) == 200
