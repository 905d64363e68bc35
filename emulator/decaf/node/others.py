"""What the worlds of a cluster ask of each other: requests that only a node makes, from one shard to another.

Rule: their target is none that HTTP can have, so no client can send one, whatever reads its bytes. What a request has
changed is written before it is answered. One that is not answered may have been carried out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

import msgspec

from decaf.api.sns.subscriptions import summaries
from decaf.base.arn import Arn
from decaf.base.errors import service_unavailable
from decaf.base.shard import Place, Shard
from decaf.delivery.transports.destinations import ServiceMessage
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream
from decaf.http.site import PathHandler
from decaf.persistence.deferred_reply import DeferredReply
from decaf.persistence.notifications import read_sendable, write_sendable
from decaf.persistence.queues import arn_of
from decaf.persistence.records import ConfirmationRecord, NotificationRecord, SubscriptionRecord
from decaf.persistence.topics import read_subscription, write_subscription
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.topic import Subscription, Topic
from decaf.world import World
from decaf_protocol import Reply, Request

PREFIX = "/ "  # of the targets: the blank ends the target in the first line of an HTTP request
_DELIVER = f"{PREFIX}deliver"
_SEND = f"{PREFIX}send"
_SUBSCRIPTIONS = f"{PREFIX}subscriptions"

_MOST_AT_ONCE = 128  # deliveries to a shard; of calls that wait for its owner, 1,000 have room
_NOT_KNOWN = Outcome("the other node does not answer", retryable=True)

Ask = Callable[[int, Request], Reply | Stream | Awaitable[Reply | Stream]]
HavePlaced = Callable[[Collection[Place]], Awaitable[None]]  # raises ConnectionError


class _Delivery(msgspec.Struct, frozen=True):
    """A delivery for another world. The subscription is one of a topic that the sending world has."""

    sent: NotificationRecord | ConfirmationRecord
    subscription: SubscriptionRecord
    dead_letter_queue: str | None = None


class _Delivered(msgspec.Struct, frozen=True):
    """What came of a delivery, as in Outcome."""

    reason: str | None
    retryable: bool
    status: int | None
    response: str


class _WhichSubscriptions(msgspec.Struct, frozen=True):
    """Asks for the subscriptions of an account after the key `start`."""

    account: str
    region: str
    start: str | None


_Summaries = list[tuple[str, dict[str, str]]]

_encode = msgspec.json.encode


class OtherShards:
    """The worlds of all shards but `shard`. `ask` returns the answer of a shard to a request, `place` has accounts in
    regions get shards."""

    def __init__(self, shard: Shard, ask: Ask, place: HavePlaced) -> None:
        self._shard = shard
        self._ask = ask
        self._place = place
        self._rooms: dict[int | None, asyncio.Semaphore] = {}  # by shard, as far as that is known

    async def place(self, places: Collection[Place]) -> None:
        await self._place(places)

    def have(self, account: str, region: str) -> bool:
        return not self._shard.holds(account, region)

    async def deliver(
        self, sent: Notification | Confirmation, subscription: Subscription, dead_letter_queue: Arn | None
    ) -> Outcome:
        target = dead_letter_queue or subscription.target
        assert target is not None
        record = msgspec.structs.replace(write_subscription(subscription), replay=None)
        queue = None if dead_letter_queue is None else str(dead_letter_queue)
        delivery = _Delivery(write_sendable(sent), record, queue)
        return await self._outcome(target, _DELIVER, delivery)

    async def send(self, message: ServiceMessage) -> Outcome:
        return await self._outcome(message.to, _SEND, message)

    def room(self, target: Arn) -> asyncio.Semaphore:
        """Few deliveries wait for the owner of a shard: there are clients' calls which may have to."""
        return self._rooms.setdefault(self._find(target), asyncio.Semaphore(_MOST_AT_ONCE))

    async def subscriptions(self, account: str, region: str, start: str | None) -> dict[str, dict[str, str]]:
        which = _WhichSubscriptions(account, region, start)
        others = [number for number in range(self._shard.count) if number != self._shard.number]
        found: dict[str, dict[str, str]] = {}
        for reply in await asyncio.gather(*(self._answer(number, _SUBSCRIPTIONS, which) for number in others)):
            if reply is None:
                raise service_unavailable()
            found.update(msgspec.json.decode(reply, type=_Summaries))
        return found

    def _find(self, target: Arn) -> int | None:
        return self._shard.map.find(target.account, target.region)

    async def _outcome(self, target: Arn, request: str, delivery: msgspec.Struct) -> Outcome:
        if self._find(target) is None:
            with suppress(ConnectionError):
                await self.place([(target.account, target.region)])
        shard = self._find(target)
        reply = None if shard is None else await self._answer(shard, request, delivery)
        if reply is None:
            return _NOT_KNOWN
        done = msgspec.json.decode(reply, type=_Delivered)
        return Outcome(done.reason, done.retryable, done.status, done.response)

    async def _answer(self, shard: int, target: str, question: msgspec.Struct) -> bytes | None:
        """Returns the body of a shard's answer, None when it has none."""
        answer = self._ask(shard, Request("POST", target, {}, _encode(question)))
        try:
            reply = answer if isinstance(answer, Reply | Stream) else await answer
        except Dropped:
            return None
        return reply.body if isinstance(reply, Reply) and reply.status == 200 else None


def answering(world: World) -> PathHandler:
    """Returns the handler of what other worlds ask of this one."""

    def answer(request: Request, _: str | None) -> Awaitable[Reply]:
        if request.target == _DELIVER:
            delivery = msgspec.json.decode(request.body, type=_Delivery)
            return _written(world, lambda: _deliver(world, delivery))
        if request.target == _SEND:
            message = msgspec.json.decode(request.body, type=ServiceMessage)
            return _written(world, lambda: _send(world, message))
        which = msgspec.json.decode(request.body, type=_WhichSubscriptions)
        return _written(world, lambda: _find_subscriptions(world, which))

    return PathHandler((PREFIX,), answer, lambda _: world.settings.max_body, lambda *_: _refused())


async def _written(world: World, act: Callable[[], Awaitable[object]]) -> Reply:
    """Returns the reply with what `act` returns, once all that it may report is written."""
    store = world.durable_store
    assert store is not None
    if store.down and not await store.try_again():
        return _refused()
    failures = store.failures
    reply = Reply(200, (), _encode(await act()))
    if store.failures != failures:  # all state was read again from the disk meanwhile
        return _refused()
    pending = store.pending()
    return reply if pending is None else await DeferredReply(reply, pending, _refused)


async def _deliver(world: World, delivery: _Delivery) -> _Delivered:
    topic = Topic(arn_of(delivery.subscription.topic_arn), {})
    subscription = read_subscription(delivery.subscription, topic, 0.0)
    queue = None if delivery.dead_letter_queue is None else arn_of(delivery.dead_letter_queue)
    return _delivered(await world.courier.arrivals.deliver(read_sendable(delivery.sent, 0.0), subscription, queue))


async def _send(world: World, message: ServiceMessage) -> _Delivered:
    outcome = await world.courier.arrivals.send(message)
    await world.courier.published()  # a topic may have many subscriptions
    return _delivered(outcome)


def _delivered(outcome: Outcome) -> _Delivered:
    return _Delivered(outcome.reason, outcome.retryable, outcome.status, outcome.response)


async def _find_subscriptions(world: World, which: _WhichSubscriptions) -> _Summaries:
    region = world.store.find_region(which.account, which.region)
    return [] if region is None else summaries(region, which.start)


def _refused() -> Reply:
    return Reply(503, (), b"")
