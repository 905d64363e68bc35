"""What one account's wire shows: its events, oldest first, the calls of its programs, and its present state.

Rule: it answers small questions about what happened, and judges nothing: that is for the check of a lesson.

Work is a message here: a barista who makes an order sends its number to the queue `made`. So what was made, lost, made
twice or deleted too early is visible, whatever the program is written in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

import msgspec

from decaf.control.calls import CallDescription
from decaf.control.inbox import Delivery
from decaf.control.messages import MessageDescription
from decaf.control.queues import QueueDescription
from decaf.control.topics import SubscriptionDescription, TopicDescription
from decaf.control.trace import Trace, TracedEvent

MADE = "made"  # the queue that made orders are sent to
STAGE = "coffee-shop"  # the caller's name of what the lesson itself does

# The operations that cause an event of this kind.
_CAUSES = {
    "MessageSent": ("SendMessage", "SendMessageBatch"),
    "MessageReceived": ("ReceiveMessage",),
    "MessageDeleted": ("DeleteMessage", "DeleteMessageBatch"),
    "MessageSurvived": ("DeleteMessage", "DeleteMessageBatch"),
    "VisibilityChanged": ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch"),
    "NotificationPublished": ("Publish", "PublishBatch"),
    "QueuePurged": ("PurgeQueue",),
    "QueueDeleted": ("DeleteQueue",),
}


class Wire(msgspec.Struct, frozen=True, dict=True):  # for what is worked out once
    """The wire of one account, as `Control.trace` returns it. Queues and topics are named by their names."""

    trace: Trace

    @classmethod
    def read(cls, trace: Trace) -> Wire:
        """Returns the wire that a trace of one account shows."""
        return cls(trace)

    # --- all of it

    @property
    def account(self) -> str | None:
        return self.trace.account

    @property
    def events(self) -> Sequence[TracedEvent]:
        """All events, oldest first."""
        return self.trace.events

    @property
    def topics(self) -> Sequence[TopicDescription]:
        return self.trace.topics

    @property
    def subscriptions(self) -> Sequence[SubscriptionDescription]:
        return self.trace.subscriptions

    @property
    def inbox(self) -> Sequence[Delivery]:
        """What reached phones, mail boxes and apps, oldest first."""
        return self.trace.inbox

    @property
    def began(self) -> float:
        """When the first message was sent or published, in epoch seconds on the server's clock; 0 when none was."""
        return next((event.at for event in self.events if event.message_id is not None), 0.0)

    @cached_property
    def learner_calls(self) -> list[CallDescription]:
        """The calls of all programs but the stage, in the order in which they were answered."""
        return [call for call in self.trace.calls if call.caller != STAGE]

    @property
    def is_silent(self) -> bool:
        """Whether no program but the stage has called."""
        return not self.learner_calls

    # --- events, by kind and queue

    def of(self, kind: str, name: str | None = None) -> list[TracedEvent]:
        """Returns the events of a kind, of a queue or topic with that name or of all, oldest first."""
        return self._by_kind.get((kind, name), [])

    def sent(self, queue: str) -> list[TracedEvent]:
        return self.of("MessageSent", queue)

    def received(self, queue: str) -> list[TracedEvent]:
        return self.of("MessageReceived", queue)

    def returned(self, queue: str) -> list[TracedEvent]:
        """Returns the events of messages that became visible again, since nobody deleted them in time."""
        return self.of("MessageReturned", queue)

    def deleted(self, queue: str) -> list[TracedEvent]:
        """Returns the events of messages that a consumer deleted."""
        return self.of("MessageDeleted", queue)

    def survived(self, queue: str) -> list[TracedEvent]:
        """Returns the events of messages that a consumer deleted, and that come again all the same."""
        return self.of("MessageSurvived", queue)

    def purged(self, queue: str) -> list[TracedEvent]:
        return self.of("QueuePurged", queue)

    def changed(self, queue: str) -> list[TracedEvent]:
        """Returns the changes of a visibility timeout."""
        return self.of("VisibilityChanged", queue)

    def dead_lettered(self, queue: str) -> list[TracedEvent]:
        return self.of("MessageDeadLettered", queue)

    def published(self, topic: str) -> list[TracedEvent]:
        return self.of("NotificationPublished", topic)

    def order_of(self, event: TracedEvent | MessageDescription) -> int | None:
        """Returns the number of the order in a body: the member `order` of a JSON object, or a bare number."""
        return order_in(event.body)

    def by_order(self, events: Iterable[TracedEvent]) -> dict[int, list[TracedEvent]]:
        """Returns events by the number of their order, in the order of the first of each."""
        found: dict[int, list[TracedEvent]] = {}
        for event in events:
            order = self.order_of(event)
            if order is not None:
                found.setdefault(order, []).append(event)
        return found

    def of_order(self, order: int, events: Iterable[TracedEvent] | None = None) -> list[TracedEvent]:
        """Returns those of some events, or of all, that are about the order with that number."""
        return [event for event in (self.events if events is None else events) if self.order_of(event) == order]

    def made(self, queue: str = MADE) -> dict[int, list[TracedEvent]]:
        """Returns what was made: by the number of each order, the events of its sends to the queue `made`."""
        return self.by_order(self.sent(queue))

    # --- programs

    def calls(self, operation: str | None = None, name: str | None = None) -> list[CallDescription]:
        """Returns the learner's calls of an operation, about a queue or topic with that name, refused ones too."""
        return [
            call
            for call in self.learner_calls
            if operation in (None, call.operation) and name in (None, name_of(call.arn or call.resource))
        ]

    def empty_receives(self, queue: str) -> list[CallDescription]:
        """Returns the learner's receives that returned no message."""
        return [call for call in self.calls("ReceiveMessage", queue) if call.received == 0]

    def refused(self, operation: str | None = None, name: str | None = None) -> list[CallDescription]:
        """Returns the learner's calls that were answered with an error, or not at all."""
        return [call for call in self.calls(operation, name) if call.error is not None]

    def callers(self, name: str, operation: str | None = None) -> list[str]:
        """Returns the names of the learner's programs that called about a queue or topic, the first first."""
        return list(dict.fromkeys(call.caller for call in self.calls(operation, name)))

    def call_of(self, event: TracedEvent) -> CallDescription | None:
        """Returns the call that caused an event, the stage's calls too; None when it is not known."""
        operations = _CAUSES.get(event.kind, ())
        return next(
            (
                call
                for call in self.trace.calls
                if call.events_mark >= event.mark
                and call.arn == event.arn
                and call.operation in operations
                and _may_have_received(call, event)
            ),
            None,
        )

    def caller_of(self, event: TracedEvent) -> str | None:
        """Returns the name of the program that caused an event; None when none did."""
        call = self.call_of(event)
        return None if call is None else call.caller

    # --- the present state

    def queue(self, name: str) -> QueueDescription | None:
        """Returns a queue with its counts and attributes; None when there is none."""
        return next((queue for queue in self.trace.queues if queue.name == name), None)

    def messages(self, queue: str) -> list[MessageDescription]:
        """Returns the messages that are in a queue, in their order of arrival."""
        return next((found for arn, found in self.trace.messages.items() if name_of(arn) == queue), [])

    def left(self, queue: str) -> int:
        """Returns how many messages are in a queue: visible, in flight and delayed."""
        found = self.queue(queue)
        return 0 if found is None else found.visible + found.in_flight + found.delayed

    def is_at_rest(self, queue: str, consumers: int = 1, ended: Collection[str] = ()) -> bool:
        """Returns whether nothing is visible in a queue, and its consumers ask it in vain."""
        found = self.queue(queue)
        return found is None or (not found.visible and self.is_asked_in_vain(queue, consumers, ended))

    def is_asked_in_vain(self, queue: str, consumers: int = 1, ended: Collection[str] = ()) -> bool:
        """Returns whether so many consumers of a queue want another message, and get none: each waits in a long poll,
        or has asked in vain since the last event. Those with the names `ended` do not count.
        """
        found = self.queue(queue)
        last = self.events[-1].mark if self.events else 0
        in_vain = {call.caller for call in self.empty_receives(queue) if call.events_mark >= last} - set(ended)
        return max(0 if found is None else found.polls, len(in_vain)) >= consumers

    def topic(self, name: str) -> TopicDescription | None:
        return next((topic for topic in self.topics if topic.name == name), None)

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str | None], list[TracedEvent]]:
        found: dict[tuple[str, str | None], list[TracedEvent]] = {}
        for event in self.events:
            for name in (None, name_of(event.arn)):
                found.setdefault((event.kind, name), []).append(event)
        return found


def _may_have_received(call: CallDescription, event: TracedEvent) -> bool:
    """Returns whether a receive returned the message of an event, as far as is known: several long polls are answered
    at nearly the same time.
    """
    if call.operation != "ReceiveMessage" or call.details is None or call.details.response is None:
        return True
    return any(message["MessageId"] == event.message_id for message in call.details.response.get("Messages", ()))


def name_of(arn: str) -> str:
    """Returns the name in the ARN of a queue or topic, or in a queue's URL."""
    return arn.rpartition("/")[2].rpartition(":")[2]


def order_in(body: str | None, member: str = "order") -> int | None:
    """Returns the number of the order in a body: a member of a JSON object, or a bare number; of an envelope of SNS,
    that of the message in it.
    """
    try:
        value = json.loads(body or "")
    except ValueError:
        return None
    if isinstance(value, dict):
        if value.get("Type") == "Notification":
            return order_in(value.get("Message"), member)
        value = value.get(member)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def marks_of(events: Iterable[TracedEvent]) -> tuple[int, ...]:
    """Returns the marks of events, the earliest first."""
    return tuple(sorted({event.mark for event in events}))


def said(orders: Iterable[int], most: int = 6) -> str:
    """Returns order numbers in words: "order 4", "orders 4, 9 and 10", or the first of many."""
    numbers = sorted(set(orders))
    shown = [str(number) for number in numbers[:most]]
    if len(numbers) > most:
        return f"orders {', '.join(shown)} and {len(numbers) - most} more"
    if len(shown) == 1:
        return f"order {shown[0]}"
    return f"orders {', '.join(shown[:-1])} and {shown[-1]}" if shown else "no order"


def listed(names: Iterable[str]) -> str:
    """Returns names in words, in their order: "kitchen, stock and loyalty"."""
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else last
