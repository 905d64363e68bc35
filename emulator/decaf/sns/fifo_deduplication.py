"""What a FIFO topic has taken in: it gives messages their sequence numbers, and takes each message once.

Rule: a message sent again within five minutes is taken for the first one: it goes nowhere, and is answered with the
first one's id and sequence number. The topic remembers, whether or not anybody got the message.

Source: Amazon SNS Developer Guide, "Message deduplication for FIFO topics" and "Message ordering details".
"""

from __future__ import annotations

from decaf.base.deduplication import REMEMBERED_FOR, Window
from decaf.sns.notification import Notification

_SEQUENCE_START, _SEQUENCE_STEP = 10_000_000_000_000_000_000, 1_000  # 20 digits, growing, as AWS's do

_Key = tuple[str | None, str | None]  # group, or None where one id is for all groups; deduplication id


class FifoDeduplication:
    """The messages of one FIFO topic, by number and, for a while, by deduplication id."""

    __slots__ = ("count", "taken")

    def __init__(self) -> None:
        self.count = 0
        self.taken: Window[_Key, tuple[str, str]] = Window(REMEMBERED_FOR)  # message id, sequence number

    def take(self, notification: Notification, by_group: bool, now: float) -> bool:
        """Number a new message. A duplicate takes on the original's id and number; the answer then is False.

        `by_group` says whether another group's messages are no originals.
        """
        key = (notification.group_id if by_group else None, notification.deduplication_id)
        original = self.taken.find(key, now)
        if original is not None:
            notification.message_id, notification.sequence_number = original
            return False
        self.count += 1
        notification.sequence_number = str(_SEQUENCE_START + _SEQUENCE_STEP * self.count)
        self.taken.note(key, (notification.message_id, notification.sequence_number), now)
        return True
