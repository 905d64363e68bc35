"""Deduplication of a FIFO topic: it numbers the messages, and accepts each message once.

Rule: a message published again within five minutes is a duplicate: it is not delivered, and Publish returns the id
and the sequence number of the original. That holds even if no subscription got the original.

Source: Amazon SNS Developer Guide, "Message deduplication for FIFO topics" and "Message ordering details".
"""

from __future__ import annotations

from zlib import crc32

from decaf.base.arn import Arn
from decaf.base.deduplication import REMEMBERED_FOR, DeduplicationKey, Original, Window
from decaf.base.ids import read_uuid
from decaf.sns.notification import Notification

# 20 digits in steps of 1,000, as AWS's numbers; each topic's begin where its ARN says, so that no two are alike.
_SEQUENCE_START, _SEQUENCE_STEP = 10_000_000_000_000_000_000, 1_000


class FifoDeduplication:
    """The messages that one FIFO topic has accepted: their `count`, and those of five minutes by deduplication id."""

    __slots__ = ("_start", "accepted", "count")

    def __init__(self, topic: Arn) -> None:
        self.count = 0
        self._start = _SEQUENCE_START + _SEQUENCE_STEP * crc32(str(topic).encode())
        self.accepted: Window[DeduplicationKey, Original] = Window(REMEMBERED_FOR)

    def accept(self, notification: Notification, by_group: bool, now: float) -> bool:
        """Number a message, and return True if it is new. A duplicate gets the id and number of its original.

        With `by_group` the original of a message is in the same message group.
        """
        # FifoThroughputScope: deduplication is within the topic, or within the message group.
        key = DeduplicationKey(notification.group_id if by_group else None, notification.deduplication_id)
        original = self.accepted.find(key, now)
        if original is not None:
            notification.message_id, notification.sequence_number = original.message_id, original.sequence_number
            return False
        self.count += 1
        number = self._start + _SEQUENCE_STEP * self.count
        notification.sequence_number = str(number)
        self.accepted.note(Original(now, key, read_uuid(notification.message_id), number))
        return True
