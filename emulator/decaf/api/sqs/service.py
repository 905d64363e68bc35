"""The service that the operations of SQS act on, and the way to the queue that a call names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from decaf.base.arn import Arn, queue_url, queue_urls, read_queue_url
from decaf.base.attributes import Table
from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.base.slices import Slices
from decaf.sqs.errors import invalid_address, queue_does_not_exist
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.queue import QUEUE_STATE, Queue
from decaf.sqs.servers import SeveralServers
from decaf.store import Region, Store
from decaf_protocol import Call, Result

Operation = Callable[["Sqs", Call, float], Result | Awaitable[Result]]


class Sqs(msgspec.Struct, frozen=True):
    """The service: every operation is a function of it, the call and the time."""

    store: Store
    clock: Clock
    settings: Settings
    ids: Ids
    events: Events
    settable: Table  # the attributes that queues can be given, within the bounds of the settings
    memory_limit: MemoryLimit | None = None  # None where memory is not limited
    freed: Slices = msgspec.field(default_factory=Slices)  # the freeing of messages of queues purged or deleted
    held: Slices = msgspec.field(default_factory=Slices)  # the work for which queues are held

    def region(self, call: Call) -> Region:
        """Returns the resources of the caller's account in the region of the call."""
        return self.store.region(call.account, call.region or self.settings.region)

    def queue(self, call: Call) -> Queue:
        """Returns the queue that the QueueUrl names. Raises QueueDoesNotExist, or InvalidAddress for an empty one."""
        url: str = call.params["QueueUrl"]
        if not url:
            raise invalid_address(f"{call.base_url}/")
        address = read_queue_url(url)
        queue = self.store.find_queue(
            address.account or call.account,
            address.region or call.region or self.settings.region,
            address.name,
        )
        if queue is None:
            raise queue_does_not_exist()
        return queue

    def queue_at(self, arn: Arn) -> Queue | None:
        """Returns the queue that `arn` names, None if it does not exist."""
        return self.store.find_queue(arn.account, arn.region, arn.resource) if arn.service == "sqs" else None

    def spread(self, queue: Queue) -> None:
        """Give a queue the servers that its messages are on, if its account's profile tells them apart."""
        profile = self.store.profiles.of(queue.arn.account)
        several = profile.is_realistic and not queue.is_fifo
        queue.servers = SeveralServers(queue, profile) if several else None
        if queue.receives:  # by other servers
            queue.receives = 0
            queue.events.mark_dirty(QUEUE_STATE, queue)

    def url(self, queue: Queue, call: Call) -> str:
        """Returns the queue's URL, with the host that the client used."""
        return queue_url(self._base_url(call), self.settings.region, queue.arn)

    def urls(self, region: Region, call: Call) -> str:
        """Returns what the URLs of all queues of a region begin with; the names of the queues follow."""
        return queue_urls(self._base_url(call), self.settings.region, region.name, region.account)

    def _base_url(self, call: Call) -> str:
        return self.settings.base_url or call.base_url
