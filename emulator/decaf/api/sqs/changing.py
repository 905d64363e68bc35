"""Changes of queues that have an effect at once, or a while later where a profile says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decaf.api.sqs.service import Sqs
from decaf.base.events import QueueDeleted
from decaf.base.slices import freeing
from decaf.sqs.queue import ComingChange, Queue
from decaf.store import REGION_STATE, Region

# SetQueueAttributes: up to 60 seconds, and 15 minutes for the retention period
LONGEST, LONGEST_OF_RETENTION = 60.0, 900.0
# DeleteQueue: up to 60 seconds, in which requests may succeed
LONGEST_DELETION = 60.0
_RETENTION = "MessageRetentionPeriod"


def change_attributes(sqs: Sqs, queue: Queue, values: Mapping[str, Any], now: float) -> None:
    """Change attributes of a queue, at once or later; None removes an attribute."""
    if not sqs.store.profiles.of(queue.arn.account).is_realistic:
        for earlier_change in queue.coming:  # announced before the profile was set
            queue.carry_out(earlier_change, now)
        queue.reconfigure(values, now)
        return
    retention = {name: value for name, value in values.items() if name == _RETENTION}
    others = {name: value for name, value in values.items() if name != _RETENTION}
    for some, longest in ((others, LONGEST), (retention, LONGEST_OF_RETENTION)):
        if some:
            _change_later(sqs, queue, some, now, longest)


def _change_later(sqs: Sqs, queue: Queue, values: Mapping[str, Any], now: float, longest: float) -> None:
    """Announce a change, not to be made before earlier ones of the same attributes."""
    chance = _chance(sqs, queue, "attributes", *sorted(values), len(queue.coming))
    earlier = (change.due for change in queue.coming if change.values.keys() & values.keys())
    change = ComingChange(max([now + chance * longest, *earlier]), values)

    def carry_out(at: float) -> None:
        if change in queue.coming and sqs.queue_at(queue.arn) is queue:
            queue.carry_out(change, at)

    queue.announce(change, now)
    about = f"a change of {', '.join(values)} of {queue.name} takes effect"
    sqs.clock.call_at(change.due, carry_out, about, lambda: change in queue.coming)


def is_going(region: Region, name: str) -> bool:
    """Whether the queue of that name was deleted, and still answers."""
    return name in region.queues and name in region.deleted_queues


def delete(sqs: Sqs, queue: Queue, now: float) -> None:
    """Delete a queue, at once or later."""
    region = sqs.store.region(queue.arn.account, queue.arn.region)
    if is_going(region, queue.name):
        return
    region.deleted_queues[queue.name] = now
    sqs.events.mark_dirty(REGION_STATE, region)
    if sqs.store.profiles.of(queue.arn.account).is_realistic:
        delete_later(sqs, queue, now + _chance(sqs, queue, "deletion") * LONGEST_DELETION)
    else:
        _drop(sqs, region, queue, now)


def delete_later(sqs: Sqs, queue: Queue, due: float) -> None:
    """Let a queue that was deleted answer until `due` (epoch seconds)."""
    region = sqs.store.region(queue.arn.account, queue.arn.region)

    def is_there() -> bool:
        return region.queues.get(queue.name) is queue and sqs.queue_at(queue.arn) is queue

    def drop(at: float) -> None:
        if is_there():
            _drop(sqs, region, queue, at)

    sqs.clock.call_at(due, drop, f"the deleted queue {queue.name} is gone", is_there)


def _drop(sqs: Sqs, region: Region, queue: Queue, now: float) -> None:
    dropped = region.drop_queue(queue.name).messages
    if sqs.events.listeners:
        sqs.events.emit(QueueDeleted(now, queue.arn))
    sqs.freed.run(freeing(dropped), queue.arn.account)


def _chance(sqs: Sqs, queue: Queue, *what: str | int) -> float:
    """Returns a number from 0 up to 1 for a change of a queue."""
    profile = sqs.store.profiles.of(queue.arn.account)
    return profile.draw(queue.arn.region, queue.name, *what, queue.sent_count).random()
