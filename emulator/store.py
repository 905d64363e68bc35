"""All queues, topics and subscriptions, by account and region: accounts and regions do not see each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.arn import Arn
from emulator.sqs.move_task import MoveTask
from emulator.sqs.queue import Queue


@dataclass(slots=True)
class Region:
    """What one account has in one region."""

    account: str
    name: str
    queues: dict[str, Queue] = field(default_factory=dict)  # by queue name
    deleted_queues: dict[str, float] = field(default_factory=dict)  # name -> when it was deleted
    move_tasks: dict[str, list[MoveTask]] = field(default_factory=dict)  # by source queue name, the latest first

    def queue_arn(self, queue_name: str) -> Arn:
        return Arn("sqs", self.name, self.account, queue_name)

    def drop_queue(self, queue_name: str) -> Queue:
        """Take a queue out, with its move tasks; polls parked at it are answered."""
        queue = self.queues.pop(queue_name)
        for task in self.move_tasks.pop(queue_name, ()):
            task.stop()
        queue.close()
        return queue


class Store:
    """The regions of all accounts; one that nobody has used yet is empty, and made when first asked for."""

    __slots__ = ("_regions",)

    def __init__(self) -> None:
        self._regions: dict[tuple[str, str], Region] = {}

    def region(self, account: str, name: str) -> Region:
        region = self._regions.get((account, name))
        if region is None:
            region = self._regions[(account, name)] = Region(account, name)
        return region

    def find_queue(self, account: str, region: str, name: str) -> Queue | None:
        """The queue of that name, None if it does not exist."""
        at = self._regions.get((account, region))
        return None if at is None else at.queues.get(name)

    def regions(self) -> list[Region]:
        return list(self._regions.values())

    def reset(self, account: str | None = None) -> None:
        """Forget everything, or everything of one account; polls parked at its queues are answered."""
        for key, region in list(self._regions.items()):
            if account in (None, region.account):
                del self._regions[key]
                for name in tuple(region.queues):
                    region.drop_queue(name)
