"""What the operations of SQS work with, and how they find the queue that a call names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from decaf.base.arn import Arn, queue_url, read_queue_url
from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.sqs.errors import invalid_address, queue_does_not_exist
from decaf.sqs.memory_limit import MemoryLimit
from decaf.sqs.queue import Queue
from decaf.store import Region, Store
from decaf_protocol import Call, Result

Operation = Callable[["Sqs", Call, float], Result | Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Sqs:
    """The service: every operation is a function of it, the call and the time."""

    store: Store
    clock: Clock
    settings: Settings
    ids: Ids
    events: Events
    memory_limit: MemoryLimit | None = None  # what there is to say of memory, where it is bounded

    def region(self, call: Call) -> Region:
        """What the caller's own account has in the region that the call is for."""
        return self.store.region(call.account, call.region or self.settings.region)

    def queue(self, call: Call) -> Queue:
        """The queue that the call's QueueUrl names. Raises QueueDoesNotExist, or InvalidAddress for no URL at all."""
        url: str = call.params["QueueUrl"]
        if not url:
            raise invalid_address(f"http://{call.host}/")
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
        """The queue that `arn` names, None if it does not exist."""
        return self.store.find_queue(arn.account, arn.region, arn.resource) if arn.service == "sqs" else None

    def url(self, queue: Queue, call: Call) -> str:
        """The queue's URL under the host by which the client knows us."""
        base = self.settings.base_url or f"http://{call.host}"
        return queue_url(base, self.settings.region, queue.arn)
