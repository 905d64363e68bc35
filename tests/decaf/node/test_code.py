"""The code of functions that came as a zip file, when another node takes their shard over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from decaf.base.settings import Settings
from decaf.node.node import Node
from tests.cluster.processes import until
from tests.decaf.api.lambda_.conftest import ROLE, zipped
from tests.decaf.node.nodes import TTL, client, in_a_loop, shards_of, started
from tests.postgres.server import Postgres as Server
from tests.postgres.server import running

ACCOUNT = "111122223333"
USUAL = {"Runtime": "python3.12", "Role": ROLE, "Handler": "coffee.handle"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


def _create(node: Node, name: str, text: str) -> None:
    code = zipped(f"def handle(event, context):\n    return {text!r}\n")
    client(node, "lambda", ACCOUNT).create_function(FunctionName=name, Code={"ZipFile": code}, **USUAL)


def _invoke(node: Node, name: str) -> str:
    reply = client(node, "lambda", ACCOUNT).invoke(FunctionName=name)
    return str(json.loads(reply["Payload"].read()))


@pytest.mark.parametrize("shards", [1, 4])
def test_a_function_runs_at_the_node_that_takes_over(postgres: Server, shards: int) -> None:
    store = postgres.make_database()
    wanted = Settings(port=0, store=store, lease=TTL, shards=shards, shutdown_grace=1)
    with in_a_loop() as loop, ExitStack() as later:
        with started(loop, wanted) as first:
            until(lambda: len(shards_of(first)) == shards)
            _create(first, "brew", "one")
            _create(first, "grind", "two")
            client(first, "lambda", ACCOUNT).update_function_code(
                FunctionName="grind", ZipFile=zipped("def handle(event, context):\n    return 'three'\n")
            )
            second = later.enter_context(started(loop, wanted))
        until(lambda: len(shards_of(second)) == shards)
        assert [_invoke(second, name) for name in ("brew", "grind")] == ["one", "three"]
    count = "DO $$ BEGIN ASSERT (SELECT count(*) = 2 FROM decaf.code); END $$"
    postgres.execute(count, store.rpartition("/")[2])  # what no function has any more is gone


def test_a_function_whose_code_is_lost_is_named_in_the_log(postgres: Server, caplog: pytest.LogCaptureFixture) -> None:
    store = postgres.make_database()
    wanted = Settings(port=0, store=store, lease=TTL, shutdown_grace=1)
    with in_a_loop() as loop:
        with started(loop, wanted) as first:
            until(lambda: len(shards_of(first)) == 1)
            _create(first, "brew", "one")
        postgres.execute("DELETE FROM decaf.code", store.rpartition("/")[2])
        with started(loop, wanted) as second:
            until(lambda: len(shards_of(second)) == 1)
            assert client(second, "lambda", ACCOUNT).list_functions()["Functions"][0]["FunctionName"] == "brew"
    assert "brew cannot be unpacked: the database does not have it" in caplog.text
