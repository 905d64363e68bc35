"""Bytes between nodes are lost, and nobody closes the connection: what a client sees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.cluster.cluster import Node, cluster
from tests.postgres.server import Postgres, running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


def _client(node: Node) -> Any:
    """A client of a node that tries each call once."""
    return boto3.client(
        "sqs",
        endpoint_url=node.url,
        region_name="us-east-1",
        aws_access_key_id="000000000001",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
    )


def test_a_call_whose_answer_is_lost_between_nodes_is_refused_and_the_next_is_answered(
    postgres: Postgres, tmp_path: Path
) -> None:
    async def run() -> None:
        async with cluster(postgres, tmp_path) as nodes:
            active = await nodes.some_node_is_active()
            other = next(node for node in nodes.nodes if node is not active)
            sqs = _client(other)
            queue = (await asyncio.to_thread(sqs.create_queue, QueueName="orders"))["QueueUrl"]
            active.from_nodes.hang_at(b"espresso")
            with pytest.raises(ClientError, match="ServiceUnavailable"):
                await asyncio.to_thread(sqs.send_message, QueueUrl=queue, MessageBody="espresso")
            found = await asyncio.to_thread(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=5)
            assert [message["Body"] for message in found["Messages"]] == ["espresso"]  # it was carried out

    asyncio.run(run())
