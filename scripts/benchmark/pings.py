"""The longest that another client waits, beside a call that does much: its worst time for an empty ReceiveMessage."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from .calls import QueueCalls, delete_queues, make_queues, publish, unique_name
from .connection import Answer, Connection, WrongAnswer, connections
from .meter import queue_on
from .recorded import ACCOUNT, BODY, client, recorded
from .restarts import serving
from .servers import Server

_OTHER = "999999999999"  # an account that nobody else uses
_BATCH = [{"Id": str(number), "Message": BODY[:100]} for number in range(10)]

Work = Callable[[], Awaitable[None]]


async def beside_a_purge(server: Server, messages: int) -> float:
    """Return the worst milliseconds of a ping while a queue with so many messages is purged, and just after."""
    with closing(client("sqs", server.url)) as sqs, connections(server.url, 1) as (wire,), queue_on(server) as calls:
        await calls.fill(wire, 0, messages)
        purge = recorded(sqs, "purge_queue", QueueUrl=calls.queue_url).parts()
        return await _worst(server, lambda: _right(wire.ask(purge)))


async def beside_a_list(server: Server, queues: int) -> float:
    """Return the worst milliseconds of a ping while so many queues are listed."""
    with closing(client("sqs", server.url)) as sqs, connections(server.url, 1) as (wire,):
        urls = await make_queues(server.url, wire, queues)
        listing = recorded(sqs, "list_queues").parts()
        worst = await _worst(server, lambda: _right(wire.ask(listing)))
        await delete_queues(server.url, wire, urls)
    return worst


async def beside_publishing(server: Server, queues: int, batch: bool = False) -> float:
    """Return the worst milliseconds of a ping while a message, or a batch of ten, is published to so many queues."""
    with closing(client("sns", server.url)) as sns, connections(server.url, 1) as (wire,):
        topic, urls = await _subscribed(server, sns, wire, queues)
        one = recorded(sns, "publish", TopicArn=topic, Message=BODY).parts()
        ten = recorded(sns, "publish_batch", TopicArn=topic, PublishBatchRequestEntries=_BATCH).parts()
        worst = await _worst(server, lambda: publish(wire, ten if batch else one))
        await delete_queues(server.url, wire, urls)
        sns.delete_topic(TopicArn=topic)
    return worst


async def beside_a_clock_move(server: Server, messages: int) -> float:
    """Return the worst milliseconds of a ping while the clock moves to when so many messages have expired."""
    move = _control("POST", "/clock/advance", json.dumps({"seconds": 5 * 86_400}).encode())
    with connections(server.url, 1) as (wire,), queue_on(server) as calls:
        await calls.fill(wire, 0, messages)
        return await _worst(server, lambda: _right(wire.ask(move)))


async def beside_a_snapshot(server: Server, messages: int) -> float:
    """Return the worst milliseconds of a ping while a snapshot of so many messages is saved, and then restored."""
    with connections(server.url, 1) as (wire,), queue_on(server) as calls:
        await calls.fill(wire, 0, messages)
        return await _beside_saving_and_restoring(server, wire)


async def beside_a_snapshot_of_sends(server: Server, sends: int) -> float:
    """Return the worst milliseconds of a ping while a FIFO queue that remembers so many sends is saved and restored."""
    with connections(server.url, 1) as (wire,), queue_on(server, fifo=True) as calls:
        await calls.fill(wire, 0, sends, groups=100)
        return await _beside_saving_and_restoring(server, wire)


async def beside_a_snapshot_of_queues(server: Server, queues: int) -> float:
    """Return the worst milliseconds of a ping while so many queues with a subscription each are saved and restored."""
    with closing(client("sns", server.url)) as sns, connections(server.url, 1) as (wire,):
        topic, urls = await _subscribed(server, sns, wire, queues)
        worst = await _beside_saving_and_restoring(server, wire)
        await delete_queues(server.url, wire, urls)
        sns.delete_topic(TopicArn=topic)
    return worst


async def beside_a_snapshot_file(server: Server, messages: int) -> float:
    """Return the worst milliseconds of a ping while a snapshot of so many messages is loaded from a file."""
    with connections(server.url, 1) as (wire,), queue_on(server) as calls:
        await calls.fill(wire, 0, messages)
        url = f"{server.url}/_decaf/snapshots/file"
        with urlopen(f"{url}?account={ACCOUNT}") as response:
            load = Request(f"{url}?into={_OTHER}", response.read(), method="PUT")
        # in a thread: a long file would keep the pings of this loop waiting
        worst = await _worst(server, lambda: asyncio.to_thread(lambda: urlopen(load).close()))
        await _right(wire.ask(_control("POST", "/reset", json.dumps({"account": _OTHER}).encode())))
    return worst


async def on_disk(server: Server, gauge: Callable[[Server], Awaitable[float]]) -> float:
    """Return the figure of `gauge` on a server of its own with a data directory, on the core of `server`."""
    with TemporaryDirectory() as directory, serving(directory, server) as own:
        return await gauge(own)


async def _beside_saving_and_restoring(server: Server, wire: Connection) -> float:
    """Return the worst milliseconds of a ping while all that the server has is saved by a name and restored."""
    named = json.dumps({"name": unique_name()}).encode()

    async def save_and_restore() -> None:
        await _right(wire.ask(_control("POST", "/snapshots", named)))
        await _right(wire.ask(_control("POST", "/snapshots/restore", named)))

    worst = await _worst(server, save_and_restore)
    await _right(wire.ask(_control("DELETE", "/snapshots", named)))
    return worst


async def _subscribed(server: Server, sns: Any, wire: Connection, count: int) -> tuple[str, list[str]]:
    """Create queues, and a topic that they are subscribed to; return the ARN of the topic and their URLs."""
    urls = await make_queues(server.url, wire, count)
    topic = sns.create_topic(Name=unique_name())["TopicArn"]
    for url in urls:
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{url.rpartition('/')[2]}"
        await _right(wire.ask(recorded(sns, "subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn).parts()))
    return topic, urls


def _control(method: str, path: str, body: bytes) -> tuple[bytes, bytes]:
    head = f"{method} /_decaf{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode(), body


async def _worst(server: Server, work: Work) -> float:
    """Return the worst milliseconds of the pings that are sent one after the other while `work` lasts."""
    worst = 0.0
    with queue_on(server) as calls, connections(server.url, 1) as (wire,):
        await _ping(calls, wire)
        working = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        while True:
            worst = max(worst, await _ping(calls, wire))
            if working.done():
                await working
                return worst


async def _ping(calls: QueueCalls, wire: Connection) -> float:
    began = time.perf_counter()
    await calls.poll(wire, wait=0)
    return (time.perf_counter() - began) * 1_000


async def _right(answer: Awaitable[Answer]) -> None:
    answered = await answer
    if answered.status != 200:
        raise WrongAnswer(f"HTTP {answered.status}: {answered.body[:300]!r}")
