"""Counts the lines one has to read to own the hot path: the files that a request enters, and the lines it runs there.

Rule: a request is played against a whole server over a socket, in one event loop, and its lines are traced. It was
played once before, so that what a first request makes is not counted.

    python -m scripts.hot_path
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlencode

from decaf.app import make_server
from decaf.base.settings import Settings
from decaf.world import World

ROOT = Path(__file__).parent.parent

_OURS = tuple(str(ROOT / folder) for folder in ("emulator", "protocol"))
_TOPIC = "arn:aws:sns:us-east-1:000000000000:drinks"
_QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders"
_LETS_THE_TOPIC_IN = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": _QUEUE,
    "Condition": {"ArnEquals": {"aws:SourceArn": _TOPIC}},
}
_RAW = {"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true"}


@dataclass(frozen=True, slots=True)
class Walk:
    """The lines that one operation ran: their numbers by file."""

    operation: str
    ran: dict[Path, set[int]]

    @property
    def lines(self) -> int:
        """The number of different lines that it ran."""
        return sum(map(len, self.ran.values()))


def lines_of(files: Iterable[Path]) -> int:
    """Returns the number of lines that all files have together."""
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def walks() -> list[Walk]:
    """Returns the walks of the four operations that are called most."""
    return asyncio.run(_walks())


async def _walks() -> list[Walk]:
    server = make_server(World(Settings(port=0)))
    await server.start()
    host, port = server.url.removeprefix("http://").split(":")
    client = Client(*await asyncio.open_connection(host, int(port)))
    try:
        return await _play(client)
    finally:
        client.writer.close()
        await server.stop()


async def _play(client: Client) -> list[Walk]:
    policy = json.dumps({"Version": "2012-10-17", "Statement": _LETS_THE_TOPIC_IN})
    created = await client.sqs("CreateQueue", QueueName="orders", Attributes={"Policy": policy})
    url = json.loads(created)["QueueUrl"]
    await client.sns("CreateTopic", Name="drinks")
    await client.sns("Subscribe", TopicArn=_TOPIC, Protocol="sqs", Endpoint=_QUEUE, **_RAW)
    for _ in range(2):
        client.walks.clear()
        await client.sqs("SendMessage", QueueUrl=url, MessageBody="one decaf")
        await _receive_and_delete(client, url)
        await client.sns("Publish", TopicArn=_TOPIC, Message="one decaf")
        walks = list(client.walks)
        await _receive_and_delete(client, url)
    return walks


async def _receive_and_delete(client: Client, url: str) -> None:
    (message,) = json.loads(await client.sqs("ReceiveMessage", QueueUrl=url))["Messages"]
    await client.sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


class Client:
    """Makes requests in the form of SDKs, and traces each."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.walks: list[Walk] = []

    async def sqs(self, operation: str, **parameters: Any) -> bytes:
        """Make a call in the JSON protocol. Returns the body of the response."""
        headers = f"X-Amz-Target: AmazonSQS.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
        return await self._call(operation, "sqs", headers, json.dumps(parameters))

    async def sns(self, operation: str, **parameters: str) -> bytes:
        """Make a call in the Query protocol. Returns the body of the response."""
        body = urlencode({"Action": operation, "Version": "2010-03-31", **parameters})
        return await self._call(operation, "sns", "Content-Type: application/x-www-form-urlencoded\r\n", body)

    async def _call(self, operation: str, service: str, headers: str, body: str) -> bytes:
        walk = Walk(operation, defaultdict(set))
        self.walks.append(walk)
        scope = f"000000000000/20260101/us-east-1/{service}/aws4_request"
        headers += f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00\r\n"
        request = f"POST / HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        traced = sys.gettrace()
        sys.settrace(_tracer(walk))
        try:
            self.writer.write(request.encode())
            return await self._response()
        finally:
            sys.settrace(traced)

    async def _response(self) -> bytes:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        body = await self.reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200 "), body
        return body


def _tracer(walk: Walk) -> Any:
    """Returns a trace function that notes the lines of ours that run."""

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(_OURS):
            return None
        if event == "line":
            walk.ran[Path(file)].add(frame.f_lineno)
        return trace

    return trace


if __name__ == "__main__":
    played = walks()
    for walk in played:
        print(f"{walk.operation}: runs {walk.lines} lines in {len(walk.ran)} files of {lines_of(walk.ran)} lines")
        for file in sorted(walk.ran):
            print(f"    {len(walk.ran[file]):4}  {file.relative_to(ROOT)}")
    together = {file for walk in played for file in walk.ran}
    print(f"All: {len(together)} files of {lines_of(together)} lines")
