"""What is known of messages: their events, and where each is, by its id.

Rule: many messages are explained at once, so events and messages are looked through once, not for each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from decaf.control.explain.links import Links, find_links
from decaf.observe.history import HistoryEvent
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue

if TYPE_CHECKING:
    from decaf.world import World


class Known(msgspec.Struct, frozen=True):
    """Events are ordered by mark. `of` has those of each message or notification, `present` the messages in queues."""

    events: Sequence[HistoryEvent]
    links: Links
    of: Mapping[str, Sequence[HistoryEvent]]
    present: Mapping[str, tuple[Queue, Message]]


def look(world: World, events: Sequence[HistoryEvent], *ids: str) -> Generator[None, None, Known]:
    """Returns what is known of the messages that have events, and of `ids`, as work to be done in slices.

    The queues have to be settled.
    """
    of: defaultdict[str, list[HistoryEvent]] = defaultdict(list)
    for event in events:
        if event.message_id is not None:
            of[event.message_id].append(event)
    yield
    present: dict[str, tuple[Queue, Message]] = {}
    for queue in list(world.queues()):
        if queue.messages:
            found = (each for each in queue.messages.values() if each.id in of or each.id in ids)
            present.update((each.id, (queue, each)) for each in found)
            yield
    return Known(events, find_links(events), of, present)
