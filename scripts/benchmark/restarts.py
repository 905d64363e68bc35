"""Restarting: from the start of a process on a data directory with many messages until it has counted them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from decaf.persistence.checksum import with_checksum

from .calls import QueueCalls
from .connection import WrongAnswer, connections
from .recorded import client
from .servers import Server, announced, end
from .start_up import Start

_QUEUE = "bench-restart"
_FILE = "decaf.sqlite"

# The one message that is there, as often as wanted: a millisecond apart, with ids and numbers of their own.
_FILL = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count - 1)
INSERT INTO messages
SELECT *, checksum(key, state, due, receive_count, received_before, first_received_at, received_at,
                   id, sent_at, sender_id, body, optional_fields)
FROM (
    SELECT key + n AS key, state, due, receive_count, received_before, first_received_at, received_at,
           printf('%08x', n) || substr(id, 9) AS id, sent_at + n / 1000.0 AS sent_at, sender_id, body, optional_fields
    FROM numbers, (SELECT * FROM messages)
)
"""


async def restart(server: Server, messages: int) -> Start:
    """Return what it takes to start with so many messages of 1 KiB, on the core of `server`."""
    with tempfile.TemporaryDirectory() as directory:
        with (
            serving(directory, server) as kept,
            closing(client("sqs", kept.url)) as sqs,
            connections(kept.url, 1) as (wire,),
        ):
            await QueueCalls(sqs, sqs.create_queue(QueueName=_QUEUE)["QueueUrl"]).fill(wire, 0, 1)
        with closing(sqlite3.connect(Path(directory) / _FILE)) as connection, connection:
            connection.create_function("checksum", -1, lambda *row: with_checksum(row)[-1])
            connection.execute(_FILL, {"count": messages})
        return await asyncio.to_thread(_start, directory, server, messages)


def _start(directory: str, server: Server, messages: int) -> Start:
    began = time.perf_counter()
    with serving(directory, server) as started, closing(client("sqs", started.url)) as sqs:
        url = sqs.get_queue_url(QueueName=_QUEUE)["QueueUrl"]
        names = ["ApproximateNumberOfMessages"]
        counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]]
        took = Start(time.perf_counter() - began, started.cpu(), started.memory())
    if int(counted) != messages:
        raise WrongAnswer(f"after a restart there are {counted} messages")
    return took


@contextmanager
def serving(directory: str, server: Server) -> Iterator[Server]:
    """A server on a data directory, on the core of `server`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "decaf", "serve", "--port", "0", "--data-dir", directory],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    os.sched_setaffinity(process.pid, os.sched_getaffinity(server.pid))
    try:
        yield Server(server.name, announced(process), process.pid)
    finally:
        end(process)
