"""A node in this process, alone over its database; tests/cluster has several, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest

from decaf.base.settings import BadSetting, Settings
from decaf.cluster.hop.payloads import NotActive
from decaf.cluster.lease import State
from decaf.node.node import Node
from decaf.persistence.errors import Unusable
from decaf_protocol import Request
from tests.decaf.delivery.transports.tls import server_context
from tests.postgres.server import Postgres, running

TTL = 1.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def settings(postgres: Postgres) -> Settings:
    return Settings(port=0, store=postgres.make_database(), lease=TTL, shutdown_grace=1)


def played(settings: Settings, play: Callable[[Node], Awaitable[None]]) -> None:
    """Start a node, wait until it is the active one, let a test play with it, and stop it."""

    async def run() -> None:
        node = Node(settings)
        await node.start()
        try:
            await until(node, "active")
            await play(node)
        finally:
            await node.stop()

    asyncio.run(run())


async def until(node: Node, state: str) -> None:
    async with asyncio.timeout(20):
        while (await asyncio.to_thread(_health, node.url))["state"] != state:
            await asyncio.sleep(0.02)


async def listening(node: Node) -> str:
    """Returns the URL of a node that starts, once it listens."""
    async with asyncio.timeout(20):
        while not node.urls:
            await asyncio.sleep(0.01)
    return node.url


def _health(url: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_get(url, "/_decaf/health"))
    return found


def _get(url: str, path: str) -> str:
    """Returns the body of a response, whatever its status."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(65_536), b"")).partition(b"\r\n\r\n")[2].decode()


def _sqs(url: str, operation: str, **params: Any) -> Any:
    headers = {
        "X-Amz-Target": f"AmazonSQS.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=000000000001/20260101/us-east-1/sqs/aws4_request, Signature=0",
    }
    client = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=20)
    try:
        client.request("POST", "/", json.dumps(params), headers)
        response = client.getresponse()
        assert response.status == 200
        return json.loads(response.read() or b"{}")
    finally:
        client.close()


def test_a_node_starts_with_what_the_one_before_it_had(settings: Settings) -> None:
    async def create(node: Node) -> None:
        await asyncio.to_thread(_sqs, node.url, "CreateQueue", QueueName="orders")

    async def look(node: Node) -> None:
        found = await asyncio.to_thread(_sqs, node.url, "ListQueues")
        assert found == {"QueueUrls": [f"{node.url}/000000000001/orders"]}

    played(settings, create)
    played(settings, look)


def test_a_call_waits_while_the_node_does_not_know_whether_it_owns_the_state(
    settings: Settings, postgres: Postgres
) -> None:
    async def play(node: Node) -> None:
        await asyncio.to_thread(postgres.stop, "immediate")
        await until(node, "suspended")
        call = asyncio.ensure_future(asyncio.to_thread(_sqs, node.url, "ListQueues"))
        async with asyncio.timeout(20):  # not even a call that only reads is answered
            while "decaf_node_parked 1.0" not in await asyncio.to_thread(_get, node.url, "/_decaf/metrics"):
                await asyncio.sleep(0.02)
        await asyncio.to_thread(postgres.start)
        assert await call == {}
        assert (await asyncio.to_thread(_health, node.url))["state"] == "active"

    played(settings, play)


def test_a_node_that_lost_its_lease_takes_it_again_and_loads_the_state(settings: Settings, postgres: Postgres) -> None:
    async def play(node: Node) -> None:
        await asyncio.to_thread(_sqs, node.url, "CreateQueue", QueueName="orders")
        taken = "UPDATE decaf.shards SET owner = 'gone', epoch = epoch + 1"
        await asyncio.to_thread(postgres.execute, taken, settings.store.rpartition("/")[2])
        await until(node, "standby")
        await until(node, "active")
        assert await asyncio.to_thread(_sqs, node.url, "ListQueues") != {}

    played(settings, play)


def test_a_state_that_cannot_be_loaded_is_left_to_others_and_tried_again(
    settings: Settings, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    name = settings.store.rpartition("/")[2]
    damage, repair = "overlay(record placing 'x' from 1 for 1)", "overlay(record placing '{' from 1 for 1)"

    def change(record: str) -> None:
        postgres.execute(f"UPDATE decaf.documents SET record = {record} WHERE key <> 'clock '", name)

    async def create(node: Node) -> None:
        await asyncio.to_thread(_sqs, node.url, "CreateQueue", QueueName="orders")

    played(settings, create)
    change(damage)

    async def start() -> None:
        node = Node(settings)
        await node.start()
        try:
            async with asyncio.timeout(20):
                while "is damaged" not in caplog.text:
                    await asyncio.sleep(0.02)
            await asyncio.to_thread(change, repair)
            await until(node, "active")
            assert await asyncio.to_thread(_sqs, node.url, "ListQueues") != {}
        finally:
            await node.stop()

    asyncio.run(start())


def test_while_a_node_waits_for_its_database_it_says_so_and_lets_calls_wait(postgres: Postgres) -> None:
    async def run() -> None:
        node = Node(Settings(port=0, store=postgres.url("late"), lease=TTL, shutdown_grace=1))
        starting = asyncio.create_task(node.start())
        url = await listening(node)
        health = await asyncio.to_thread(_health, url)
        assert (health["status"], health["state"], health["active"]) == ("cut off", "standby", None)
        call = asyncio.ensure_future(asyncio.to_thread(_sqs, url, "ListQueues"))
        async with asyncio.timeout(20):
            while "decaf_node_parked 1.0" not in await asyncio.to_thread(_get, url, "/_decaf/metrics"):
                await asyncio.sleep(0.02)
        assert "the database is not reached" in await asyncio.to_thread(_get, url, "/_decaf/nodes")
        assert not starting.done()
        await asyncio.to_thread(postgres.execute, "CREATE DATABASE late")
        await starting
        try:
            assert await call == {}
        finally:
            await node.stop()

    asyncio.run(run())


def test_a_start_that_is_given_up_leaves_nothing_behind(postgres: Postgres) -> None:
    async def run() -> None:
        node = Node(Settings(port=0, store=postgres.url("never"), lease=TTL, shutdown_grace=1))
        starting = asyncio.create_task(node.start())
        url = await listening(node)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(_health, url)

    asyncio.run(run())


def test_a_node_reaches_its_database_over_tls(postgres: Postgres, tmp_path: Path) -> None:
    _, trusted = server_context(tmp_path)
    postgres.use_tls(Path(trusted).read_bytes(), (tmp_path / "key.pem").read_bytes())
    store = f"{postgres.make_database()}?sslmode=verify-full&sslrootcert={trusted}"

    async def look(node: Node) -> None:
        await asyncio.to_thread(_sqs, node.url, "CreateQueue", QueueName="orders")
        of_nodes = f"pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'decaf {node.id}'"
        (sessions,) = await asyncio.to_thread(postgres.execute, f"SELECT count(*), bool_and(ssl) FROM {of_nodes}")
        assert tuple(sessions) == (2, True)

    played(Settings(port=0, store=store, lease=TTL, shutdown_grace=1), look)


@pytest.mark.parametrize(
    ("host", "of_server", "reason"),
    [
        ("127.0.0.1", False, "its certificate is not to be trusted: self-signed certificate"),
        ("localhost", True, "its certificate is not to be trusted: Hostname mismatch, "),
    ],
)
def test_a_certificate_that_is_not_the_databases_is_refused(
    postgres: Postgres, tmp_path: Path, host: str, of_server: bool, reason: str
) -> None:
    trusted = []
    for name in ("server", "other"):
        (tmp_path / name).mkdir()
        trusted.append(server_context(tmp_path / name)[1])
    postgres.use_tls(Path(trusted[0]).read_bytes(), (tmp_path / "server" / "key.pem").read_bytes())
    store = postgres.make_database().replace("127.0.0.1", host)
    store += f"?sslmode=verify-full&sslrootcert={trusted[0 if of_server else 1]}"
    with pytest.raises(Unusable, match=f"^{re.escape(store.partition('?')[0])}: {reason}"):
        asyncio.run(Node(Settings(port=0, store=store)).start())


def test_a_file_without_a_certificate_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    store = f"{postgres.make_database()}?sslmode=verify-full&sslrootcert={empty}"
    with pytest.raises(Unusable, match="TLS fails: no certificate or crl found"):
        asyncio.run(Node(Settings(port=0, store=store)).start())


@pytest.mark.parametrize("address", ["node1", "node1:", ":4567", "node1:port", "node1:99999"])
def test_an_address_for_nodes_has_a_host_and_a_port(settings: Settings, address: str) -> None:
    with pytest.raises(BadSetting, match="node_address"):
        Node(Settings(store=settings.store, node_address=address))


def test_an_address_for_nodes_has_to_be_free(settings: Settings) -> None:
    async def start(address: str) -> None:
        await Node(Settings(port=0, store=settings.store, node_address=address)).start()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            BadSetting, match=f"node_address: cannot listen on 127.0.0.1:{port}: Address already in use"
        ):
            asyncio.run(start(f"127.0.0.1:{port}"))


def test_a_store_is_a_postgresql() -> None:
    with pytest.raises(Unusable, match="postgresql://"):
        Node(Settings(store="mysql://db.example/decaf"))


def test_a_loop_of_deliveries_by_way_of_another_node_ends(settings: Settings) -> None:
    async def play(node: Node) -> None:
        other = Node(settings)
        await other.start()
        try:
            await asyncio.to_thread(_loop, node.url, other.url)
            async with asyncio.timeout(20):
                while "a loop: 16 deliveries" not in await asyncio.to_thread(_get, node.url, "/_decaf/events"):
                    await asyncio.sleep(0.02)
        finally:
            await other.stop()

    played(settings, play)


def _loop(url: str, other: str) -> None:
    """Publish to a topic whose subscription publishes to it again, at another node."""
    sns = boto3.client("sns", "us-east-1", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    again = f"{other}/?Action=Publish&Version=2010-03-31&TopicArn={topic}&Message=again"
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=again)
    (pending,) = json.loads(_get(url, "/_decaf/subscriptions"))["subscriptions"]
    sns.confirm_subscription(TopicArn=topic, Token=pending["token"])
    sns.publish(TopicArn=topic, Message="one")


def test_a_node_that_hands_a_shard_over_leaves_calls_to_the_node_that_sent_them(settings: Settings) -> None:
    async def play(node: Node) -> None:
        (seat,) = node._seats
        seat.changed(replace(seat.view, state=State.DRAINING))
        with pytest.raises(NotActive):
            seat.answer_node(Request("GET", "/_decaf/clock", {"host": "localhost"}, b""))

    played(settings, play)
