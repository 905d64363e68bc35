"""Several active nodes: each owns some of the shards, and any node answers for all accounts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.processes import Node, NodeSet, node_set, until
from tests.durable.process import decaf
from tests.postgres.server import Postgres

SHARDS = 6
ACCOUNTS = [f"{number:012}" for number in range(1, SHARDS + 1)]  # each has a shard of its own


@pytest.fixture
def nodes(postgres: Postgres, tmp_path: Path) -> Iterator[NodeSet]:
    """Two nodes that have three shards each."""
    with node_set(postgres.make_database(), tmp_path) as made:
        for _ in range(2):
            made.start("--shards", str(SHARDS))
        until(lambda: _counts(made) == [3, 3])
        yield made


def _counts(nodes: NodeSet) -> list[int]:
    """Returns how many shards each node that runs owns and answers for."""
    healths = (node.health() for node in nodes.all if node.process.poll() is None)
    return [len(health["shards"]) if health["state"] == "active" else 0 for health in healths]


def _queue(node: Node, account: str) -> str:
    url: str = node.client(account=account).create_queue(QueueName="orders")["QueueUrl"]
    return url


def test_any_node_answers_for_the_accounts_of_all_shards(nodes: NodeSet) -> None:
    first, second = nodes.all
    for account in ACCOUNTS:
        url = _queue(first, account)
        first.client(account=account).send_message(QueueUrl=url, MessageBody=account)
    for account in ACCOUNTS:
        sqs = second.client(account=account)
        (url,) = sqs.list_queues()["QueueUrls"]
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert message["Body"] == account


def test_a_call_goes_to_the_account_of_the_queue_that_it_names(nodes: NodeSet) -> None:
    first, second = nodes.all
    for owner, caller in zip(ACCOUNTS, reversed(ACCOUNTS), strict=True):
        url = _queue(first, owner)
        for node in (first, second):
            node.client(account=caller).send_message(QueueUrl=f"{node.url}/{owner}/orders", MessageBody=caller)
        got = second.client(account=owner).receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in got] == [caller] * 2


@contextmanager
def _callers(node: Node) -> Iterator[list[str]]:
    """A caller for each account, with the tries of an SDK; yields what goes wrong."""
    wrong: list[str] = []
    over = threading.Event()

    def call(account: str) -> None:
        sqs = node.client(attempts=3, account=account)
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        while not over.is_set():
            try:
                sqs.send_message(QueueUrl=url, MessageBody="x")
            except Exception as error:  # any: none is expected
                wrong.append(repr(error))
            over.wait(0.01)

    threads = [threading.Thread(target=call, args=(account,)) for account in ACCOUNTS]
    for thread in threads:
        thread.start()
    try:
        yield wrong
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_no_call_fails_while_a_node_comes_and_takes_its_share_and_stops_again(nodes: NodeSet) -> None:
    with _callers(nodes.all[0]) as wrong:
        third = nodes.start("--shards", str(SHARDS))
        until(lambda: _counts(nodes) == [2, 2, 2])
        assert third.terminate() == 0
        until(lambda: sum(_counts(nodes)) == SHARDS)
    assert wrong == []


def test_the_shards_of_a_node_that_is_killed_are_owned_by_the_others(nodes: NodeSet) -> None:
    first, second = nodes.all
    third = nodes.start("--shards", str(SHARDS))
    until(lambda: _counts(nodes) == [2, 2, 2])
    for account in ACCOUNTS:
        first.client(account=account).send_message(QueueUrl=_queue(first, account), MessageBody=account)
    third.kill()
    for account in ACCOUNTS:
        sqs = second.client(account=account)
        (message,) = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"])["Messages"]
        assert message["Body"] == account
    until(lambda: _counts(nodes) == [3, 3])


def test_a_node_with_another_number_of_shards_is_refused(nodes: NodeSet) -> None:
    process = decaf("serve", "--port", "0", "--store", nodes.store, "--shards", "4")
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert f"was made with shards={SHARDS}, and the setting shards is 4" in errors
