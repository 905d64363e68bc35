"""The archive of a FIFO topic, and the replays of its messages.

Rule: the archive has all messages published since archiving began, oldest first, until their retention period is
over. While a replay runs, its subscription gets new messages from the archive as well: so it gets each message once,
and when the replay has caught up, it gets new messages directly again.

Source: Amazon SNS Developer Guide, "Message archiving and replay for FIFO topics".
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec

from decaf.sns.attribute import BadAttribute
from decaf.sns.notification import Notification

DAY = 86_400.0  # seconds
MILLISECOND = 0.001  # seconds: the precision of times in messages, and so of times that clients can give
MAX_RETENTION = 365  # days


class Archive:
    """The archived notifications, numbered in the order of publishing; times are epoch seconds.

    `first` is the number of the oldest one, `since` the time when archiving began.
    """

    __slots__ = ("_entries", "first", "since")

    def __init__(self, since: float, first: int = 0) -> None:
        self.since = since
        self._entries: dict[int, Notification] = {}
        self.first = first

    def __len__(self) -> int:
        return len(self._entries)

    def beginning(self, days: int, now: float) -> float:
        """Returns the time since which all messages are here, to the millisecond: the topic's BeginningArchiveTime."""
        return math.floor(max(self.since, now - days * DAY) * 1_000) / 1_000

    def add(self, notification: Notification) -> None:
        self._entries[self.first + len(self._entries)] = notification

    def drop_expired(self, days: int, now: float) -> None:
        """Drop the messages that are older than `days`."""
        while self._entries and self._entries[self.first].at < now - days * DAY:
            del self._entries[self.first]
            self.first += 1

    def numbers(self) -> range:
        """Returns the numbers of all messages that are here."""
        return range(self.first, self.first + len(self._entries))

    def entries(self) -> list[tuple[int, Notification]]:
        """Returns all messages that are here, with their numbers."""
        return list(self._entries.items())

    def at(self, number: int) -> Notification | None:
        return self._entries.get(number)

    def first_since(self, at: float) -> int:
        """Returns the number of the first message published at `at` or later, that of the next one if there is none."""
        numbers = range(self.first, self.first + len(self._entries))
        return self.first + bisect_left(numbers, at, key=lambda number: self._entries[number].at)

    def first_from(self, number: int) -> int:
        """Returns `number`, or that of the oldest message if `number` is no longer here."""
        return max(number, self.first)


class ReplayStatus(Enum):
    """The progress of a replay, with the values of ReplayStatus."""

    PENDING = "Pending"
    IN_PROGRESS = "In progress"
    COMPLETED = "Completed"
    FAILED = "Failed"


@dataclass(slots=True, eq=False)
class Replay:
    """The replay of an archive's messages to one subscription, from `start` to `end` (epoch seconds) or without an end.

    `position` is the number of the next message; `due` is when it is delivered (epoch seconds), while the replay runs.
    """

    archive: Archive
    start: float
    end: float | None
    position: int = field(init=False)
    status: ReplayStatus = ReplayStatus.PENDING
    due: float = 0.0

    def __post_init__(self) -> None:
        self.position = self.archive.first_since(self.start)

    @property
    def running(self) -> bool:
        return self.status in (ReplayStatus.PENDING, ReplayStatus.IN_PROGRESS)

    @property
    def paused(self) -> bool:
        """Whether the subscription gets no messages: so it is after a replay with an EndingPoint."""
        return self.end is not None and not self.running

    def take(self, most: int) -> list[Notification]:
        """Returns the next messages, at most `most`. If there are fewer, the replay is completed."""
        self.status = ReplayStatus.IN_PROGRESS
        self.position = self.archive.first_from(self.position)
        taken: list[Notification] = []
        while len(taken) < most:
            notification = self.archive.at(self.position)
            if notification is None or (self.end is not None and notification.at >= self.end + MILLISECOND):
                self.status = ReplayStatus.COMPLETED
                break
            taken.append(notification)
            self.position += 1
        return taken

    def fail(self) -> None:
        """Note that the archive was deleted."""
        if self.running:
            self.status = ReplayStatus.FAILED


class ReplayPolicy(msgspec.Struct, frozen=True):
    """The part of a topic's archive to replay, in epoch seconds. `document` is the policy as it was set."""

    document: Mapping[str, str]
    start: float
    end: float | None

    def check(self, beginning: float, now: float) -> None:
        """Raises BadAttribute unless the part lies between the archive's `beginning` and `now`."""
        if not beginning <= self.start <= now:
            raise BadAttribute("ReplayPolicy: Invalid StartingPoint value")
        if self.end is not None and not self.start <= self.end <= now:
            raise BadAttribute("ReplayPolicy: Invalid EndingPoint value")


def read_archive_policy(name: str, text: str) -> int | None:
    """Returns the retention period in days, None for an empty policy: no archive. Raises BadAttribute."""
    document = _document(name, text)
    if not document:
        return None
    if document.keys() != {"MessageRetentionPeriod"}:
        raise BadAttribute(f"{name}: JSON is missing required fields")
    days = str(document["MessageRetentionPeriod"])
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:9]) <= MAX_RETENTION):
        raise BadAttribute(f"{name}: MessageRetentionPeriod value is invalid")
    return int(days)


def write_archive_policy(days: int) -> str:
    return json.dumps({"MessageRetentionPeriod": str(days)}, separators=(",", ":"))


def read_replay_policy(name: str, text: str) -> ReplayPolicy | None:
    """Returns the policy, None for an empty one: no replay. Raises BadAttribute."""
    document = _document(name, text)
    if not document:
        return None
    if not {"PointType", "StartingPoint"} <= document.keys() <= {"PointType", "StartingPoint", "EndingPoint"}:
        raise BadAttribute(f"{name}: JSON is missing required fields")
    if document["PointType"] != "Timestamp":
        raise BadAttribute(f"{name}: Invalid PointType")
    start, end = (_point(name, member, document.get(member)) for member in ("StartingPoint", "EndingPoint"))
    assert start is not None
    return ReplayPolicy(document, start, end)


def write_replay_policy(policy: ReplayPolicy) -> str:
    return json.dumps(policy.document, separators=(",", ":"))


def _document(name: str, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise BadAttribute(f"{name}: Unable to parse JSON")
    return document


def _point(name: str, member: str, value: Any) -> float | None:
    """Returns the epoch seconds of a time such as 2024-01-01T00:00:00.000Z; without an offset it is in UTC."""
    if value is None and member == "EndingPoint":
        return None
    try:
        at = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise BadAttribute(f"{name}: Invalid {member} value") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
