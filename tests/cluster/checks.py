"""What must hold of a log of all answers, and of the changes of the owner, whatever became of the nodes meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.cluster.cluster import Change
from tests.cluster.load import HIDDEN, HIDDEN_IN_ORDER, Asked, Log, Received

_CLOCKS = 0.5  # seconds by which the clock of the next owner may differ from that of the last


def violations(log: Log) -> list[str]:
    """Returns what was promised and not held."""
    return [
        *_lost(log),
        *_came_back(log.receives, log.deletes),
        *_came_back(log.ordered, log.ordered_deletes),
        *_not_hidden(log.receives, HIDDEN),
        *_not_hidden(log.ordered, HIDDEN_IN_ORDER),
        *_out_of_order(log),
        *_twice(log.receives),
        *_twice(log.ordered),
        *_stale(log),
    ]


def wrong_changes(changes: Sequence[Change]) -> list[str]:
    """Returns the steps from one change of a shard to the next that are none of a commit, a takeover or a release."""
    return [
        f"{before} -> {after}"
        for shard in {change.shard for change in changes}
        for before, after in pairwise(change for change in changes if change.shard == shard)
        if not (_is_commit(before, after) or _is_change_of_owner(before, after))
    ]


def _is_commit(before: Change, after: Change) -> bool:
    is_next = (after.owner, after.epoch, after.seq) == (before.owner, before.epoch, before.seq + 1)
    return is_next and after.owner is not None


def _is_change_of_owner(before: Change, after: Change) -> bool:
    return after.owner != before.owner and (after.epoch, after.seq) == (before.epoch + 1, before.seq)


def _lost(log: Log) -> Iterator[str]:
    """Yields sends that were acknowledged, and not received in the end."""
    received = {message.body for message in log.receives}
    for body, asked in log.sends.items():
        if asked.ended is not None and body not in received:
            yield f"{body} was acknowledged and is lost"
    for message in log.receives:
        if message.body not in log.sends:
            yield f"{message.body} was never sent"


def _came_back(receives: Sequence[Received], deletes: dict[str, Asked]) -> Iterator[str]:
    """Yields messages that were received after their delete was acknowledged."""
    for message in receives:
        deleted = deletes.get(message.body)
        if deleted is not None and deleted.ended is not None and message.began > deleted.ended:
            yield f"{message.body} came back {message.began - deleted.ended:.3f} s after its delete"


def _not_hidden(receives: Sequence[Received], hidden: float) -> Iterator[str]:
    """Yields messages that were handed to somebody else while they were in flight."""
    latest: dict[str, Received] = {}
    for message in sorted(receives, key=lambda each: each.ended):
        before = latest.get(message.body)
        if before is not None and message.ended < before.began + hidden - _CLOCKS:
            yield f"{message.body} was received again after {message.ended - before.began:.3f} s"
        latest[message.body] = message


def _out_of_order(log: Log) -> Iterator[str]:
    """Yields groups whose messages did not all come first in the order in which they were sent."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for body in dict.fromkeys(message.body for message in log.ordered):
        group, _, number = body.partition("-")
        numbers[group].append(int(number))
    for group, last in log.last.items():
        if numbers[group] != list(range(len(numbers[group]))):
            yield f"group {group} was received in the order {numbers[group]}"
        if len(numbers[group]) <= last:
            yield f"of group {group} only {len(numbers[group])} of {last + 1} messages were received"


def _twice(receives: Sequence[Received]) -> Iterator[str]:
    """Yields bodies that two messages have: one was sent twice, or its duplicate was not told."""
    ids: dict[str, str] = {}
    for message in receives:
        if ids.setdefault(message.body, message.id) != message.id:
            yield f"{message.body} became two messages"


def _stale(log: Log) -> Iterator[str]:
    """Yields lengths of a queue that are not of its present: fewer messages than were acknowledged, or more than were
    sent."""
    for counted in log.counts:
        if not counted.acknowledged <= counted.length <= counted.begun:
            yield f"a queue's length was {counted} "
