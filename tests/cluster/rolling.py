"""All nodes restarted, one after the other, under boto3 clients with their default number of tries."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from decaf.testing.sessions import shared_session
from tests.cluster.cluster import cluster
from tests.postgres.server import Postgres

_CLIENTS = 4


@dataclass(slots=True)
class Report:
    """How many calls succeeded, and what the others failed with: of clients that try again, and of those that do
    not."""

    calls: int = 0
    failures: list[str] = field(default_factory=list)
    calls_tried_once: int = 0
    failures_tried_once: list[str] = field(default_factory=list)


class Balancer:
    """Passes each connection on to the next of the ports that takes it, as a balancer without any knowledge does."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._turn = count()
        self._listener: asyncio.Server | None = None

    async def start(self) -> str:
        """Returns the URL on which it listens."""
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        assert self._listener is not None
        self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        for turn in range(len(self._ports)):
            port = self._ports[(first + turn) % len(self._ports)]
            with suppress(OSError):
                other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer))
                return
        writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def restart_all_under_load(postgres: Postgres, directory: Path, shards: int = 1) -> Report:
    """Terminate and start each of three nodes in turn, while clients send, receive and delete by way of a balancer."""
    report = Report()
    over = threading.Event()
    async with cluster(postgres, directory, shards) as nodes:
        balancer = Balancer([node.port for node in nodes.nodes])
        url = await balancer.start()
        works = [asyncio.to_thread(_work, url, over, report, number) for number in range(_CLIENTS)]
        working = asyncio.gather(*works)
        for node in nodes.nodes:
            await asyncio.sleep(1)
            node.signal(signal.SIGTERM)
            assert await node.wait() == 0, node.log()[-4000:]
            node.start()
            await node.listens()
        await asyncio.sleep(1)
        over.set()
        await working
        balancer.stop()
    return report


def _work(url: str, over: threading.Event, report: Report, number: int) -> None:
    """Send, receive and delete until it is over, each in an account of its own. Every second client does not try
    again."""
    tries_once, account = number % 2 == 1, f"{number + 1:012}"
    config = Config(retries={"total_max_attempts": 1}) if tries_once else Config()
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    sqs = shared_session().client("sqs", endpoint_url=url, config=config, **keys)
    failures = report.failures_tried_once if tries_once else report.failures
    queue = f"{url}/{account}/rolling-{number}"
    while not over.is_set():
        try:
            sqs.create_queue(QueueName=f"rolling-{number}")
            sqs.send_message(QueueUrl=queue, MessageBody="x")
            for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", ()):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        except (ClientError, BotoCoreError) as error:
            failures.append(repr(error))
        else:
            if tries_once:
                report.calls_tried_once += 4
            else:
                report.calls += 4
    sqs.close()
