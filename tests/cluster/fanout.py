"""Topics that deliver to queues in other shards, whatever becomes of the nodes, and a log of what came.

Rule: as in load.py. A Publish to the FIFO topic is made again until it is answered; one to the other topic may have
been done when it was not.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from tests.cluster.load import GROUPS, REGION, Asked, Client, Log, Received, Unanswered

_QUIET = 25.0  # seconds without a message after which all have come: a delivery is tried again after 20 at most
_HIDDEN = {"VisibilityTimeout": "15"}  # less than that, for messages of a receive whose answer was lost
_TOPIC, _FIFO = "news", "news.fifo"

Place = tuple[str, str]  # an account and a region


class Fanout:
    """Clients of a topic and a FIFO topic of `publisher`, and of queues in some `places` that they deliver to."""

    def __init__(self, ports: Sequence[int], seed: int, publisher: str, places: Sequence[Place]) -> None:
        self.logs = {place: Log() for place in places}
        self._sent = Log()
        self._publisher = publisher
        self._ports = ports
        self._seed = seed
        self._numbers = itertools.count()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        client = self._publishing()
        await _until_published(client, "CreateTopic", Name=_TOPIC)
        fifo = {"Attributes.entry.1.key": "FifoTopic", "Attributes.entry.1.value": "true"}
        await _until_published(client, "CreateTopic", Name=_FIFO, **fifo)
        client.close()
        for place in self.logs:
            await self._subscribe(place)
        work = [
            self._publish(self._publishing()),
            *(self._publish_in_order(f"g{group}", self._publishing()) for group in range(GROUPS)),
            *(self._receive(place, queue) for place in self.logs for queue in (_TOPIC, _FIFO)),
        ]
        self._tasks = [asyncio.create_task(each) for each in work]

    async def stop(self) -> None:
        """Publish no more, and receive all that still comes."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    def wrong(self) -> list[str]:
        """Returns what was promised and not held."""
        return [f"{' in '.join(place)}: {text}" for place, log in self.logs.items() for text in self._missing(log)]

    def _missing(self, log: Log) -> Iterator[str]:
        received = {message.body for message in log.receives}
        for body, asked in self._sent.sends.items():
            if asked.ended is not None and body not in received:
                yield f"{body} was published and did not come"
        for group, last in self._sent.last.items():
            bodies = [message.body for message in log.ordered if message.body.startswith(f"{group}-")]
            expected = [f"{group}-{number}" for number in range(last + 1)]
            if list(dict.fromkeys(bodies)) != expected:
                yield f"group {group} came as {bodies}, not {last + 1} messages in order"
        ids: dict[str, str] = {}
        for message in log.ordered:
            if ids.setdefault(message.body, message.id) != message.id:
                yield f"{message.body} came as two messages"

    def _publishing(self) -> Client:
        return self._client((self._publisher, REGION))

    def _client(self, place: Place) -> Client:
        chance = random.Random(self._seed * 1000 + next(self._numbers))
        return Client(self._ports, self.logs.get(place, self._sent), chance, *place)

    async def _subscribe(self, place: Place) -> None:
        client, subscriber = self._client(place), self._client((place[0], REGION))
        for name, kind in ((_TOPIC, {}), (_FIFO, {"FifoQueue": "true"})):
            await client.until_answered("CreateQueue", QueueName=name, Attributes=_HIDDEN | kind)
            await _until_published(
                subscriber,
                "Subscribe",
                TopicArn=_arn("sns", (self._publisher, REGION), name),
                Protocol="sqs",
                Endpoint=_arn("sqs", place, name),
                **{"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true"},
            )
        client.close()
        subscriber.close()

    async def _publish(self, client: Client) -> None:
        topic = _arn("sns", (self._publisher, REGION), _TOPIC)
        for number in itertools.count():
            if self._stopping:
                break
            asked = self._sent.sends[f"n-{number}"] = Asked(monotonic())
            with suppress(Unanswered):
                await _publish(client, "Publish", TopicArn=topic, Message=f"n-{number}")
                asked.ended = monotonic()
            await asyncio.sleep(0.03)
        client.close()

    async def _publish_in_order(self, group: str, client: Client) -> None:
        topic = _arn("sns", (self._publisher, REGION), _FIFO)
        for number in itertools.count():
            if self._stopping:
                break
            ids = {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{number}"}
            await _until_published(client, "Publish", TopicArn=topic, Message=f"{group}-{number}", **ids)
            self._sent.last[group] = number
            await asyncio.sleep(0.05)
        client.close()

    async def _receive(self, place: Place, queue: str) -> None:
        """Receive, and delete what came, until nothing has come for a while after the last Publish."""
        log, client = self.logs[place], self._client(place)
        came = log.ordered if queue == _FIFO else log.receives
        latest = monotonic()
        while not self._stopping or monotonic() < latest + _QUIET:
            began = monotonic()
            with suppress(Unanswered):
                found = await client.call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
                messages = found.get("Messages", ())
                if messages or not self._stopping:
                    latest = monotonic()
                for message in messages:
                    came.append(Received(message["Body"], message["MessageId"], began, monotonic()))
                    await client.until_answered("DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        client.close()


async def _publish(client: Client, operation: str, **params: Any) -> None:
    """Make a call of SNS. Raises Unanswered, or Refused."""
    await client.answered(operation, _form(operation, client.account, **params))


async def _until_published(client: Client, operation: str, **params: Any) -> None:
    while True:
        with suppress(Unanswered):
            return await _publish(client, operation, **params)


def _form(operation: str, account: str, **params: Any) -> bytes:
    body = urlencode({"Action": operation, "Version": "2010-03-31", **params}).encode()
    lines = (
        "POST / HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/x-www-form-urlencoded",
        f"Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/{REGION}/sns/aws4_request, Signature=0",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def _arn(service: str, place: Place, name: str) -> str:
    account, region = place
    return f"arn:aws:{service}:{region}:{account}:{name}"
