"""A record that cannot be written keeps back no other: the call that made it is refused, and the others are kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from decaf.base.settings import Settings
from decaf.handling import Handling
from decaf.world import World
from decaf_protocol import Reply, Request

BAD = "Root=1;A=\udcff"  # half of a surrogate pair, as no edge lets it in


def _request(operation: str, trace: str = "", **params: Any) -> Request:
    headers = {"host": "decaf", "x-amz-target": f"AmazonSQS.{operation}", "x-amzn-trace-id": trace}
    return Request("POST", "/", headers, json.dumps(params).encode())


class Server:
    """A world on a data directory, and its answers."""

    def __init__(self, directory: Path, durability: str) -> None:
        self.world = World(Settings(data_dir=str(directory), durability=durability))  # type: ignore[arg-type]  # one of the three
        self._handling = Handling(self.world)

    async def __aenter__(self) -> Server:
        self.world.open("decaf")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.world.close(5)

    async def ask(self, operation: str, trace: str = "", **params: Any) -> Reply:
        reply = self._handling.handle(_request(operation, trace, **params))
        return reply if isinstance(reply, Reply) else await reply

    async def bodies(self, url: str) -> set[str]:
        reply = await self.ask("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
        return {message["Body"] for message in json.loads(reply.body).get("Messages", [])}


@pytest.mark.parametrize("durability", ["commit", "second", "none"])
def test_calls_beside_one_that_cannot_be_written_are_kept(
    tmp_path: Path, durability: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> list[int]:
        async with Server(tmp_path, durability) as server:
            url = json.loads((await server.ask("CreateQueue", QueueName="orders")).body)["QueueUrl"]
            sends = [("before", ""), ("bad", BAD), ("after", "")]
            replies = await asyncio.gather(
                *(server.ask("SendMessage", trace, QueueUrl=url, MessageBody=body) for body, trace in sends)
            )
            later = await server.ask("SendMessage", QueueUrl=url, MessageBody="later")
            assert server.world.durable_store is not None
            assert (server.world.durable_store.down, server.world.durable_store.failures) == (False, 0)
        async with Server(tmp_path, durability) as again:
            assert await again.bodies(url) == {"before", "after", "later"}
        return [reply.status for reply in (*replies, later)]

    statuses = asyncio.run(go())
    assert statuses == ([200, 503, 200, 200] if durability == "commit" else [200] * 4)
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said.startswith("a record cannot be written: that of ")
