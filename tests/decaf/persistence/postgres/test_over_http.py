"""What a client sees of a server whose state is in PostgreSQL, when connections are cut or another node takes over."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from decaf.base.settings import BadSetting, Settings
from decaf.persistence.postgres import session
from decaf.world import World
from tests.live import Live
from tests.postgres.owning import keeper
from tests.postgres.proxy import Cut, Proxy
from tests.postgres.server import Postgres as Server
from tests.postgres.server import running

# What PostgreSQL says when it finds no room for a row.
_FULL = (
    "CREATE FUNCTION decaf.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END $$",
    "CREATE TRIGGER full_disk BEFORE INSERT ON decaf.bodies FOR EACH ROW EXECUTE FUNCTION decaf.fail()",
)


@pytest.fixture
def live(proxy: Proxy) -> Iterator[Live]:
    with Live(Settings(port=0, store=proxy.url)) as server:
        yield server


@pytest.fixture
def orders(live: Live) -> Iterator[tuple[Any, str]]:
    """A client of SQS, and the URL of its queue."""
    client = live.client("sqs")
    yield client, client.create_queue(QueueName="orders")["QueueUrl"]
    client.close()


@pytest.mark.parametrize("cut", ["request", "answer", "half"])
def test_a_call_whose_commit_loses_its_connection_is_done_once(
    live: Live, orders: tuple[Any, str], proxy: Proxy, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs, url = orders
    monkeypatch.setattr(session, "_SILENCE", 1.0)
    proxy.cut(cut)
    sqs.send_message(QueueUrl=url, MessageBody="espresso")
    assert proxy.cuts == 1
    live.restart()
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [each["Body"] for each in received] == ["espresso"]


def test_calls_wait_for_a_database_that_starts_again_and_nothing_is_read_anew() -> None:
    with running() as database, Live(Settings(port=0, store=database.make_database())) as server:
        sqs = server.client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        (queue,) = server.call(server.world.queues)
        database.stop("immediate")
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(sqs.send_message, QueueUrl=url, MessageBody="espresso")
            database.start()
            assert sending.result()["MessageId"]
        assert server.call(server.world.queues) == [queue], "the same, not one that was read"
        server.restart()
        assert [each["Body"] for each in sqs.receive_message(QueueUrl=url)["Messages"]] == ["espresso"]
        sqs.close()


def test_while_the_disk_of_the_database_is_full_calls_that_write_are_refused(
    orders: tuple[Any, str], database: str, postgres: Server
) -> None:
    sqs, url = orders
    name = database.rpartition("/")[2]
    sqs.send_message(QueueUrl=url, MessageBody="espresso")
    for statement in _FULL:
        postgres.execute(statement, name)
    with pytest.raises(ClientError) as refused:
        sqs.send_message(QueueUrl=url, MessageBody="mocha")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    postgres.execute("DROP TRIGGER full_disk ON decaf.bodies", name)
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(each["Body"] for each in received) == ["espresso", "latte"]


def test_once_another_node_owns_the_state_all_calls_are_refused(
    live: Live, orders: tuple[Any, str], proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    sqs, url = orders
    sqs.send_message(QueueUrl=url, MessageBody="espresso")
    other = keeper(proxy.url)
    for operation, params in (
        ("send_message", {"QueueUrl": url, "MessageBody": "mocha"}),
        ("list_queues", {}),
        ("receive_message", {"QueueUrl": url}),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(sqs, operation)(**params)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    (messages,) = other.load().messages.values()
    assert [each.body for each in messages] == ["espresso"]
    other.close()
    logged = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert logged == [f"{proxy.url}: another node owns the state now"]


def test_a_server_that_answers_before_it_writes_learns_later_that_another_owns_the_state(database: str) -> None:
    with Live(Settings(port=0, store=database, durability="second")) as server:
        sqs = server.client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        server.run(server.world.durable_store.load())  # type: ignore[union-attr]  # once it is written
        other = keeper(database)
        sqs.send_message(QueueUrl=url, MessageBody="espresso")
        contents = server.run(server.world.durable_store.load())  # type: ignore[union-attr]
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            sqs.list_queues()
        assert [*contents.messages.values()] == [[]]
        other.close()
        sqs.close()


def test_a_state_is_in_a_database_or_in_a_directory() -> None:
    with pytest.raises(BadSetting, match=r"^store: the state is in a database or in data_dir, not in both$"):
        Settings(store="postgresql://cafe:secret@db.test/decaf", data_dir="data")


def test_a_world_by_itself_takes_no_state_that_nodes_share() -> None:
    with pytest.raises(BadSetting, match=r"^store: a database that nodes share is for decaf serve alone$"):
        World(Settings(store="postgresql://cafe:secret@db.test/decaf"))
