"""Clients that never stop, whatever becomes of the nodes, and a log of what they asked for and what was answered.

Rule: a call that was not answered, or with 503, may have been done. It is made again where that is harmless (a send to
a FIFO queue, which tells duplicates), and else remembered as one that may have been done.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from tests.decaf.http.wire import answers, call

ACCOUNT = "000000000001"  # of the first load
REGION = "us-east-1"  # of all loads
HIDDEN = 15  # seconds that a message stays in flight
HIDDEN_IN_ORDER = 6  # the same of the FIFO queue, where it holds up its group
GROUPS = 3
_PATIENCE = 40.0  # seconds for an answer


class Unanswered(Exception):
    """A call got no answer, or 503: it may have been done."""


class Refused(Exception):
    """A call was refused for another reason."""


@dataclass(slots=True)
class Asked:
    """A change that was asked for at `began`; `ended` is when it was acknowledged, None: it may have been done."""

    began: float
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was handed to a client."""

    body: str
    id: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What a queue's length was said to be, when so many sends were acknowledged before and begun before the end."""

    length: int
    acknowledged: int
    begun: int


@dataclass(slots=True)
class Log:
    """What the clients asked for and what was answered."""

    sends: dict[str, Asked] = field(default_factory=dict)  # by the body
    deletes: dict[str, Asked] = field(default_factory=dict)
    receives: list[Received] = field(default_factory=list)
    ordered: list[Received] = field(default_factory=list)  # from the FIFO queue, in the order in which they came
    ordered_deletes: dict[str, Asked] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)  # the latest number that was acknowledged, by group
    counts: list[Counted] = field(default_factory=list)
    calls: int = 0  # that were answered well
    broken: int = 0  # calls whose connection broke, or could not be made
    unavailable: int = 0  # calls that got 503
    longest: float = 0.0  # seconds from a call to its good answer, without waiting for a message


class Client:
    """A client that goes to any of the nodes, as by way of a balancer."""

    def __init__(
        self, ports: Sequence[int], log: Log, chance: random.Random, account: str, region: str = REGION
    ) -> None:
        self.account = account
        self.region = region
        self._ports = ports
        self._log = log
        self._chance = chance
        self._open: dict[int, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Returns the result of a call to SQS. Raises Unanswered, or Refused."""
        found: dict[str, Any] = json.loads(
            await self.answered(operation, call(operation, self.account, region=self.region, **params)) or b"{}"
        )
        return found

    async def answered(self, operation: str, request: bytes) -> bytes:
        """Returns the body of the answer to a call. Raises Unanswered, or Refused."""
        began = monotonic()
        try:
            async with asyncio.timeout(_PATIENCE):
                status, body = await self._ask(request)
        except (OSError, TimeoutError) as error:
            self._log.broken += 1
            await asyncio.sleep(0.05)
            raise Unanswered(str(error)) from error
        if status >= 500:
            assert status == 503, (status, body)
            self._log.unavailable += 1
            await asyncio.sleep(0.05)
            raise Unanswered(str(status))
        if status >= 400:
            raise Refused(f"{operation}: {status} {body.decode()}")
        self._log.calls += 1
        if operation != "ReceiveMessage":
            self._log.longest = max(self._log.longest, monotonic() - began)
        return body

    async def until_answered(self, operation: str, **params: Any) -> dict[str, Any]:
        """Returns the result of a call that is made until it is answered."""
        while True:
            with suppress(Unanswered):
                return await self.call(operation, **params)

    def close(self) -> None:
        for _, writer in self._open.values():
            writer.close()

    async def _ask(self, data: bytes) -> tuple[int, bytes]:
        port = self._chance.choice(self._ports)
        kept = self._open.pop(port, None)
        reader, writer = kept or await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        try:
            writer.write(data)
            received = b""
            while not (found := answers(received)):
                piece = await reader.read(1 << 20)
                if not piece:
                    raise ConnectionResetError("closed")
                received += piece
        except BaseException:
            writer.close()
            raise
        self._open[port] = reader, writer
        return found[0].status, found[0].body


class Load:
    """The clients of a cluster, until `stop`: all of one account."""

    def __init__(self, ports: Sequence[int], seed: int, account: str = ACCOUNT) -> None:
        self.log = Log()
        self._account = account
        self._ports = ports
        self._seed = seed
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        client = self._client(0)
        for name, attributes in (
            ("plain", {"VisibilityTimeout": str(HIDDEN)}),
            ("counted", {}),
            ("ordered.fifo", {"FifoQueue": "true", "VisibilityTimeout": str(HIDDEN_IN_ORDER)}),
        ):
            await client.until_answered("CreateQueue", QueueName=name, Attributes=attributes)
        client.close()
        works: tuple[Callable[[Client], Coroutine[Any, Any, None]], ...] = (
            *[self._send] * 3,
            *[self._receive] * 3,
            *[self._receive_in_order] * 2,
            self._count,
        )
        for number, work in enumerate(works):
            self._tasks.append(asyncio.create_task(self._work(number, work)))
        for group in range(GROUPS):
            self._tasks.append(asyncio.create_task(self._send_in_order(f"g{group}", self._client(100 + group))))

    async def stop(self) -> None:
        """End the clients, and then receive all that is left."""
        self._stopping = True
        await asyncio.gather(*self._tasks)
        drains = [(self._take, HIDDEN)] * 3 + [(self._take_in_order, HIDDEN_IN_ORDER)] * GROUPS
        await asyncio.gather(*(self._drain(200 + n, *drain) for n, drain in enumerate(drains)))

    async def _drain(self, number: int, take: Callable[[Client], Coroutine[Any, Any, int]], hidden: float) -> None:
        """Receive until nothing has come for as long as a message can be in flight."""
        client = self._client(number)
        empty_since = monotonic()
        while monotonic() < empty_since + hidden + 2:
            if await take(client):
                empty_since = monotonic()
        client.close()

    def _client(self, number: int) -> Client:
        return Client(self._ports, self.log, random.Random(self._seed * 1000 + number), self._account)

    async def _work(self, number: int, work: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        client = self._client(number)
        await work(client)
        client.close()

    async def _send(self, client: Client) -> None:
        for number in itertools.count():
            if self._stopping:
                return
            body = f"{id(client)}-{number}"
            asked = self.log.sends[body] = Asked(monotonic())
            with suppress(Unanswered):
                await client.call("SendMessage", QueueUrl="plain", MessageBody=body)
                asked.ended = monotonic()
            await asyncio.sleep(0.01)

    async def _receive(self, client: Client) -> None:
        while not self._stopping:
            await self._take(client)

    async def _take(self, client: Client) -> int:
        """Receive from the plain queue, and delete what came. Returns how many messages came."""
        began = monotonic()
        try:
            result = await client.call("ReceiveMessage", QueueUrl="plain", MaxNumberOfMessages=10, WaitTimeSeconds=1)
        except Unanswered:
            return 1
        messages = result.get("Messages", ())
        ended = monotonic()
        for message in messages:
            self.log.receives.append(Received(message["Body"], message["MessageId"], began, ended))
        for message in messages:
            asked = self.log.deletes.setdefault(message["Body"], Asked(monotonic()))
            with suppress(Unanswered):
                await client.call("DeleteMessage", QueueUrl="plain", ReceiptHandle=message["ReceiptHandle"])
                _acknowledge(asked, began + HIDDEN)
        return len(messages)

    async def _count(self, client: Client) -> None:
        acknowledged = 0
        for begun in itertools.count(1):
            if self._stopping:
                return
            with suppress(Unanswered):
                await client.call("SendMessage", QueueUrl="counted", MessageBody="x")
                acknowledged += 1
            with suppress(Unanswered):
                result = await client.call(
                    "GetQueueAttributes", QueueUrl="counted", AttributeNames=["ApproximateNumberOfMessages"]
                )
                length = int(result["Attributes"]["ApproximateNumberOfMessages"])
                self.log.counts.append(Counted(length, acknowledged, begun))
            await asyncio.sleep(0.02)

    async def _send_in_order(self, group: str, client: Client) -> None:
        for number in itertools.count():
            if self._stopping:
                break
            params = {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{number}"}
            await client.until_answered(
                "SendMessage", QueueUrl="ordered.fifo", MessageBody=f"{group}-{number}", **params
            )
            self.log.last[group] = number
            await asyncio.sleep(0.02)
        client.close()

    async def _receive_in_order(self, client: Client) -> None:
        while not self._stopping:
            await self._take_in_order(client)

    async def _take_in_order(self, client: Client) -> int:
        began = monotonic()
        try:
            result = await client.call(
                "ReceiveMessage", QueueUrl="ordered.fifo", MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
        except Unanswered:
            return 1
        messages = result.get("Messages", ())
        ended = monotonic()
        for message in messages:
            self.log.ordered.append(Received(message["Body"], message["MessageId"], began, ended))
        for message in messages:
            asked = self.log.ordered_deletes.setdefault(message["Body"], Asked(monotonic()))
            with suppress(Unanswered, Refused):  # the receipt handle may have expired meanwhile
                await client.call("DeleteMessage", QueueUrl="ordered.fifo", ReceiptHandle=message["ReceiptHandle"])
                _acknowledge(asked, began + HIDDEN_IN_ORDER)
        return len(messages)


def _acknowledge(deleted: Asked, due: float) -> None:
    """Note a delete that was acknowledged. One that came after the message was `due` again may have had no effect."""
    now = monotonic()
    if deleted.ended is None and now < due:
        deleted.ended = now
