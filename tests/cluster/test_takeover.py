"""Another node takes over: what becomes of messages, of the clock, and of calls that come meanwhile."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from decaf import page
from tests.cluster.processes import LEASE, NodeSet, decaf_command, node_set, until
from tests.durable.wall_clock import WallClock
from tests.postgres.server import Postgres


@pytest.fixture
def nodes(postgres: Postgres, tmp_path: Path) -> Iterator[NodeSet]:
    """Two nodes."""
    with node_set(postgres.make_database(), tmp_path) as made:
        made.start()
        made.start()
        yield made


def _send(sqs: Any, queue: str, count: int, start: int = 0) -> list[str]:
    """Send numbered messages; returns their bodies."""
    bodies = [f"order {n}" for n in range(start, start + count)]
    for first in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[first : first + 10])]
        assert not sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")
    return bodies


def _drain(sqs: Any, queue: str) -> list[str]:
    """Receive and delete all messages that are visible; returns their bodies."""
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
    return found


def test_all_nodes_answer_for_the_same_queues(nodes: NodeSet) -> None:
    active, other = nodes.split()
    queue = other.client().create_queue(QueueName="orders")["QueueUrl"]
    assert queue == f"{other.url}/000000000001/orders"  # the host that the client used
    bodies = _send(other.client(), queue, 3)
    assert sorted(_drain(active.client(), queue)) == bodies


def test_after_a_kill_the_other_node_has_all_that_was_acknowledged(nodes: NodeSet) -> None:
    active, other = nodes.split()
    sqs = active.client()
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    bodies = _send(sqs, queue, 200)
    (held,) = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=3600)["Messages"]
    (deleted,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=deleted["ReceiptHandle"])
    active.kill()
    found = _drain(other.client(attempts=3), queue)
    assert sorted(found) == sorted(set(bodies) - {held["Body"], deleted["Body"]})
    other.client().delete_message(QueueUrl=queue, ReceiptHandle=held["ReceiptHandle"])
    assert nodes.found().active == other.id


def test_a_call_that_comes_while_no_node_is_active_waits_and_is_answered(nodes: NodeSet) -> None:
    active, other = nodes.split()
    queue = active.client().create_queue(QueueName="orders")["QueueUrl"]
    active.kill()
    errors: list[str] = []
    until(lambda: _is_sent(other.client(), queue, errors))
    assert set(errors) <= {"ServiceUnavailable"}  # of calls that were on their way as the node died
    assert other.health()["state"] == "active"


def _is_sent(sqs: Any, queue: str, errors: list[str]) -> bool:
    try:
        sqs.send_message(QueueUrl=queue, MessageBody="order")
    except ClientError as error:
        errors.append(error.response["Error"]["Code"])
        return False
    return True


def test_no_call_fails_when_the_active_node_is_asked_to_end(nodes: NodeSet) -> None:
    active, other = nodes.split()
    sqs = other.client(attempts=1)
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    bodies = _send(sqs, queue, 300)
    statuses: list[int] = []
    ending = threading.Thread(target=lambda: statuses.append(active.terminate()))
    ending.start()
    while ending.is_alive():
        bodies += _send(sqs, queue, 10, start=len(bodies))
    ending.join()
    bodies += _send(sqs, queue, 10, start=len(bodies))
    assert statuses == [0]
    assert sorted(_drain(sqs, queue)) == sorted(bodies)
    assert [node.id for node in nodes.found().nodes] == [other.id]


def test_a_long_poll_ends_empty_when_the_active_node_ends_and_takes_no_message_along(nodes: NodeSet) -> None:
    active, other = nodes.split()
    queue = other.client().create_queue(QueueName="orders")["QueueUrl"]
    found: list[Any] = []
    poll = other.client(attempts=3)
    polling = threading.Thread(
        target=lambda: found.append(poll.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages"))
    )
    polling.start()
    sleep(0.5)  # the poll has begun, most likely; it is as good when it has not
    active.terminate()
    other.client().send_message(QueueUrl=queue, MessageBody="order")
    polling.join()
    received = [] if found[0] is None else [message["Body"] for message in found[0]]
    assert received + _drain(other.client(), queue) == ["order"]


def test_a_node_that_was_stopped_does_not_answer_from_what_it_remembers(nodes: NodeSet) -> None:
    active, other = nodes.split()
    queue = active.client().create_queue(QueueName="orders")["QueueUrl"]
    _send(active.client(), queue, 5)
    active.stop()
    sqs = other.client(attempts=5)
    assert len(_drain(sqs, queue)) == 5
    active.go_on()
    count = active.client().get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    assert count["Attributes"] == {"ApproximateNumberOfMessages": "0"}
    active.client().send_message(QueueUrl=queue, MessageBody="late")
    assert _drain(sqs, queue) == ["late"]
    assert nodes.found().active == other.id
    until(lambda: active.health()["state"] == "standby")


def test_after_a_restart_of_the_database_the_same_node_goes_on(nodes: NodeSet, postgres: Postgres) -> None:
    active, other = nodes.split()
    queue = active.client().create_queue(QueueName="orders")["QueueUrl"]
    bodies = _send(active.client(), queue, 20)
    postgres.stop("immediate")
    sleep(1.5 * LEASE)  # by then no node has a lease
    waiting: list[Any] = []
    sending = threading.Thread(
        target=lambda: waiting.append(other.client(attempts=5).send_message(QueueUrl=queue, MessageBody="waits"))
    )
    sending.start()
    postgres.start()
    sending.join()
    assert len(waiting) == 1
    assert sorted(_drain(active.client(), queue)) == sorted([*bodies, "waits"])
    assert (nodes.found().active, nodes.found().epoch) == (active.id, 1)


def test_the_clock_goes_on_where_it_was(nodes: NodeSet) -> None:
    active, other = nodes.split()
    sqs = active.client()
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    active.control.advance(100_000)
    sqs.send_message(QueueUrl=queue, MessageBody="order", DelaySeconds=900)
    before = active.control.clock().now
    active.terminate()
    shown = other.control.clock().now
    assert 0 <= shown - before < 60
    assert _drain(other.client(), queue) == []
    other.control.advance(900)
    assert _drain(other.client(), queue) == ["order"]


def test_the_clocks_of_machines_decide_nothing(postgres: Postgres, tmp_path: Path) -> None:
    wall_clock = WallClock(tmp_path)
    with node_set(postgres.make_database(), tmp_path) as nodes:
        nodes.start()
        nodes.start(environment=wall_clock.environment)
        wall_clock.set(3_600)
        active, other = nodes.split()
        assert active is nodes.all[0]
        queue = active.client().create_queue(QueueName="orders")["QueueUrl"]
        active.client().send_message(QueueUrl=queue, MessageBody="order", DelaySeconds=900)
        before = active.control.clock().now
        active.kill()
        assert _drain(other.client(attempts=3), queue) == []
        assert 0 <= other.control.clock().now - before < 60
    wall_clock.close()


def test_what_a_person_asks_is_answered_by_any_node(nodes: NodeSet) -> None:
    active, other = nodes.split()
    other.client().create_queue(QueueName="orders")
    assert [queue.name for queue in other.control.queues()] == ["orders"]
    other.control.save_snapshot("before")
    other.control.reset()
    assert active.control.queues() == []
    other.control.restore_snapshot("before")
    assert [queue.name for queue in active.control.queues()] == ["orders"]
    assert _status(other.url, f"{page.PREFIX}/") == 200


def test_a_connection_stays_open_while_its_node_takes_over(nodes: NodeSet) -> None:
    active, other = nodes.split()
    client = http.client.HTTPConnection(urlsplit(other.url).netloc, timeout=30)
    headers = {
        "X-Amz-Target": "AmazonSQS.ListQueues",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=000000000001/20260101/us-east-1/sqs/aws4_request, Signature=0",
    }
    statuses = []
    for end in (lambda: None, active.terminate):
        end()
        client.request("POST", "/", b"{}", headers)
        response = client.getresponse()
        response.read()
        statuses.append((response.status, client.sock is not None))
    assert statuses == [(200, True), (200, True)]
    client.close()


def test_each_node_says_how_it_does(nodes: NodeSet) -> None:
    active, other = nodes.split()
    assert (active.health()["state"], other.health()["state"]) == ("active", "standby")
    assert active.health()["status"] == other.health()["status"] == "ready"
    found = other.control.nodes()
    assert [(node.id, node.state) for node in found.nodes if node.id == active.id] == [(active.id, "active")]
    assert {node.state for node in found.nodes} == {"active", "standby"}
    other.client().create_queue(QueueName="orders")
    assert "decaf_node_owned 1.0" in active.control.metrics()
    assert 'decaf_queue_messages{account="000000000001"' in active.control.metrics()
    metrics = other.control.metrics()
    assert "decaf_node_owned 0.0" in metrics
    assert "decaf_node_hops_total" in metrics
    shown = decaf_command("nodes", "--url", other.url)
    assert f"{active.id}  active" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert json.loads(decaf_command("nodes", "--url", active.url, "--json"))["active"] == active.id


def test_a_node_without_its_database_is_not_healthy(nodes: NodeSet, postgres: Postgres) -> None:
    active, _ = nodes.split()
    postgres.stop("immediate")
    try:
        until(lambda: _status(active.url, "/_decaf/health") == 503)
        assert _status(active.url, "/_decaf/nodes") == 503
    finally:
        postgres.start()
    until(lambda: _status(active.url, "/_decaf/health") == 200)


def _status(url: str, path: str, **headers: str) -> int:
    client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        client.request("GET", path, headers=headers)
        return client.getresponse().status
    finally:
        client.close()


def test_a_node_ends_in_time_without_its_database(nodes: NodeSet, postgres: Postgres) -> None:
    active, other = nodes.split()
    postgres.stop("immediate")
    try:
        assert (active.terminate(), other.terminate()) == (0, 0)
    finally:
        postgres.start()


def test_web_pages_and_other_hosts_are_kept_out_of_every_node(nodes: NodeSet) -> None:
    for node in nodes.split():
        for path in ("/_decaf/health", "/_decaf/nodes", "/_decaf/metrics", "/_decaf/queues"):
            assert _status(node.url, path) == 200
            assert _status(node.url, path, Origin="http://evil.example") == 403
            assert _status(node.url, path, Host="evil.example") == 403


def test_the_password_of_the_database_is_not_logged(postgres: Postgres, tmp_path: Path) -> None:
    store = postgres.make_database().replace("postgresql://decaf@", "postgresql://decaf:sesame@")
    with node_set(store, tmp_path) as nodes:
        node = nodes.start("--log-level", "debug")
        until(lambda: node.health()["state"] == "active")
        postgres.stop("immediate")
        try:
            until(lambda: _status(node.url, "/_decaf/health") == 503)
        finally:
            postgres.start()
        until(lambda: node.health()["state"] == "active")
        node.terminate()
        assert "127.0.0.1" in node.log.read_text()
        assert "sesame" not in node.log.read_text()
