"""The order of a standard queue whose messages have group ids: a fair queue.

Rule: a group that keeps many consumers busy does not keep the others waiting. Such a noisy group has at least 30
messages in flight, and more than a tenth of all. The messages of quiet groups come first, in the usual order; then
those of the noisy group that has fewest in flight. A group is noisy until it has no message waiting, or none of its
messages was in flight for 5 minutes. A message without a group id is a group by itself.

AWS also looks at how long groups' messages take to process, over a time that it does not state; that is left out here.
Source: Amazon SQS Developer Guide, "Amazon SQS fair queues".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass

from decaf.base.lazy_heap import Ranking
from decaf.sqs.message import Message
from decaf.sqs.ordering import SavedOrder, StandardOrder

NOISY_IN_FLIGHT = 30  # messages
NOISY_SHARE = 0.1  # of all messages in flight
QUIET_AFTER = 300.0  # seconds without a message in flight


@dataclass(slots=True, eq=False)
class Tenant:
    """One group's messages. Those without a group id are together in the tenant of None, and each of them is quiet."""

    group_id: str | None
    visible: StandardOrder
    in_flight: int = 0  # messages
    idle_since: float = 0.0  # when a message of it last stopped being in flight
    noisy: bool = False


class FairOrder:
    """The visible messages of a queue, by group. It starts with those in `order`, which have no group id.

    `in_flight` are all messages that the queue has in flight.
    """

    __slots__ = ("_in_flight", "_length", "_messages", "_noisy", "_quiet", "_tenants")

    def __init__(self, messages: dict[int, Message], order: StandardOrder, in_flight: Sized) -> None:
        self._messages = messages
        self._in_flight = in_flight
        self._length = len(order)
        self._tenants: dict[str | None, Tenant] = {None: Tenant(None, order)}
        self._quiet: Ranking[tuple[float, ...], Tenant] = Ranking()
        self._noisy: Ranking[tuple[float, ...], Tenant] = Ranking()
        self._rank(self._tenants[None])

    def __len__(self) -> int:
        return self._length

    def join(self, message: Message) -> None:
        self._length += 1
        tenant = self._tenant(message.group_id)
        tenant.visible.join(message)
        self._rank(tenant)

    def rejoin(self, message: Message, now: float) -> None:
        self._length += 1
        tenant = self._tenant(message.group_id)
        tenant.visible.rejoin(message, now)
        self._came_back(tenant, now)

    def resume(self, message: Message) -> None:
        self._tenant(message.group_id).in_flight += 1

    def take(self, now: float) -> Message | None:
        self._calm_down(now)
        tenant = self._quiet.first() or self._noisy.first()
        if tenant is None:
            return None
        message = tenant.visible.take(now)
        self._length -= 1
        tenant.in_flight += 1
        if tenant.in_flight >= NOISY_IN_FLIGHT and tenant.in_flight > NOISY_SHARE * (len(self._in_flight) + 1):
            tenant.noisy = tenant.group_id is not None
        self._rank(tenant)
        return message

    def end_receive(self) -> None:
        """Do nothing: receives of a standard queue do not depend on each other."""

    def hold(self, message: Message) -> None:
        self._length -= 1
        tenant = self._tenant(message.group_id)
        tenant.visible.hold(message)
        tenant.in_flight += 1
        self._rank(tenant)

    def discard(self, message: Message) -> None:
        self._length -= 1
        tenant = self._tenant(message.group_id)
        tenant.visible.discard(message)
        self._rank(tenant)

    def gone(self, message: Message, now: float) -> None:
        self._came_back(self._tenant(message.group_id), now)

    def save(self) -> Callable[[], SavedOrder]:
        of_tenants = [tenant.visible.save() for tenant in self._tenants.values()]
        groups = {group: (t.idle_since, t.noisy) for group, t in self._tenants.items() if group is not None}

        def saved() -> SavedOrder:
            orders = [make() for make in of_tenants]
            arrived = [number for order in orders for number in order.arrived]
            return SavedOrder(arrived, [number for order in orders for number in order.returned], groups)

        return saved

    def restore(self, saved: SavedOrder) -> None:
        arrived, returned = self._by_group(saved.arrived), self._by_group(saved.returned)
        for group_id in dict.fromkeys([*arrived, *returned, *saved.groups]):
            tenant = self._tenant(group_id)
            before = len(tenant.visible)
            tenant.visible.restore(SavedOrder(arrived[group_id], returned[group_id]))
            tenant.idle_since, tenant.noisy = saved.groups.get(group_id or "", (0.0, False))
            self._length += len(tenant.visible) - before
            self._rank(tenant)

    def _by_group(self, numbers: Iterable[int]) -> defaultdict[str | None, list[int]]:
        grouped: defaultdict[str | None, list[int]] = defaultdict(list)
        for number in numbers:
            grouped[self._messages[number].group_id].append(number)
        return grouped

    def _tenant(self, group_id: str | None) -> Tenant:
        tenant = self._tenants.get(group_id)
        if tenant is None:
            tenant = self._tenants[group_id] = Tenant(group_id, StandardOrder(self._messages))
        return tenant

    def _came_back(self, tenant: Tenant, now: float) -> None:
        """Note that a message of the tenant is no longer in flight."""
        tenant.in_flight -= 1
        tenant.idle_since = now
        self._rank(tenant)

    def _calm_down(self, now: float) -> None:
        """Make the noisy tenants quiet that had nothing in flight for long enough: those rank first among the noisy."""
        while (tenant := self._noisy.first()) and not tenant.in_flight and tenant.idle_since + QUIET_AFTER <= now:
            tenant.noisy = False
            self._rank(tenant)

    def _rank(self, tenant: Tenant) -> None:
        """Rank the tenant among the quiet or the noisy ones; forget it when it has no messages any more."""
        first = tenant.visible.first()
        if first is None:
            tenant.noisy = False
            self._quiet.drop(tenant)
            self._noisy.drop(tenant)
            if not tenant.in_flight and tenant.group_id is not None:
                del self._tenants[tenant.group_id]
        elif tenant.noisy:
            self._quiet.drop(tenant)
            self._noisy.put(tenant, (tenant.in_flight, tenant.idle_since, first.number))
        else:
            self._noisy.drop(tenant)
            self._quiet.put(tenant, (StandardOrder.since(first), first.number))
