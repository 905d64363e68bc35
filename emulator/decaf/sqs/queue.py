"""A queue: the machine that moves messages through their states.

Rule: a queue never waits, never reads a clock and does not know its clients. Every method takes `now` and first
does all work that fell due until then (`settle`); `next_due` returns when more will. No method costs more than
O(log n) of the messages in the queue, nor of those in flight, but for those that drop or restore all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.deduplication import Original
from decaf.base.events import (
    Events,
    MessageDeadLettered,
    MessageDeleted,
    MessageExpired,
    MessageMoved,
    MessageReceived,
    MessageReturned,
    MessageSent,
    MessageSurvived,
    QueuePurged,
    StateKind,
    VisibilityChanged,
)
from decaf.base.slices import Busy, Slices
from decaf.sqs import attributes
from decaf.sqs.deadlines import Ages, Deadlines
from decaf.sqs.fair import FairOrder
from decaf.sqs.memory_limit import MemoryLimit, MemoryUse
from decaf.sqs.message import NEVER_RECEIVED, Message, State
from decaf.sqs.ordering import MessageOrder, SavedOrder, StandardOrder
from decaf.sqs.receipt import Receipt
from decaf.sqs.waiting import Waiters

MAX_VISIBILITY = 43_200  # seconds from the receive on
AT_ONCE = 2_000  # messages whose time has come, in one slice: it takes about 5 milliseconds
PART = 10_000  # messages whose order is restored in one slice

QUEUE_STATE: StateKind[Queue] = StateKind("queue")
MESSAGE_STATE: StateKind[tuple[Queue, Message]] = StateKind("message")
NEW_MESSAGE: StateKind[tuple[Queue, Message]] = StateKind("new message")


# Looked up once: every call needs them.
_VISIBLE, _IN_FLIGHT, _DELETED = State.VISIBLE, State.IN_FLIGHT, State.DELETED


class NotAvailable(Exception):
    """The message of a receipt has left the queue."""


class HandleExpired(Exception):
    """The visibility timeout of a receipt has ended, and the receipt can do nothing any more."""


class BeyondLimit(Exception):
    """A message would stay in flight for longer after its receive than it may."""


class Servers(Protocol):
    """The servers that a queue's messages are on, where receives and deletions go through them."""

    def receive(self, now: float, limit: int, visibility: float) -> list[Message]:
        """Receive messages as `Queue.receive` does, from all servers, as a long poll does."""

    def receive_from_some(self, now: float, limit: int, visibility: float) -> list[Message]:
        """Receive messages as a short poll does: those on some of the servers alone, so perhaps none."""

    def delete(self, receipt: Receipt, now: float) -> None:
        """Delete a message as `Queue.delete` does, where the deletion reaches all copies of it."""

    def counts(self, now: float) -> tuple[int, int, int]:
        """Return about how many messages are visible, in flight and delayed."""


class ComingChange(msgspec.Struct, frozen=True, eq=False):
    """A change of a queue's attributes that has an effect from `due` (epoch seconds) on; None removes an attribute."""

    due: float
    values: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Queue:
    """One queue. `attributes` holds typed values by AWS's attribute names; times are epoch seconds.

    `dead_letter_queue()` returns the queue that messages received too often go to; None when there is none, or it was
    deleted: then messages stay here.
    """

    is_fifo: ClassVar[bool] = False

    arn: Arn
    tag: bytes  # 8 bytes that mark this queue's receipt handles
    attributes: dict[str, Any]
    created_at: float
    modified_at: float
    clock: InitVar[Clock]
    events: Events
    dead_letter_queue: Callable[[], Queue | None]
    tags: dict[str, str] = field(default_factory=dict)
    memory_limit: InitVar[MemoryLimit | None] = None
    long_work: Slices = field(default_factory=Slices)
    held: asyncio.Future[None] | None = None  # until this is done
    receives: int = 0  # by its servers, since its profile was set
    servers: Servers | None = None  # where its messages are on several, and receives and deletions go through these
    coming: tuple[ComingChange, ...] = ()  # changes of attributes that have no effect yet
    purged_at: float | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    sent_count: int = 0
    visible: MessageOrder = field(init=False)
    delayed: Deadlines = field(init=False)
    in_flight: Deadlines = field(init=False)
    ages: Ages = field(init=False)
    waiters: Waiters[list[Message]] = field(init=False)
    memory_use: MemoryUse | None = field(init=False)  # None where there is no memory limit

    def __post_init__(self, clock: Clock, memory_limit: MemoryLimit | None) -> None:
        self._arrange()
        self.waiters = Waiters(clock, self.next_due)
        self.memory_use = None if memory_limit is None else MemoryUse(memory_limit)

    def _arrange(self) -> None:
        """Make what orders the messages, for a map without any."""
        self.visible = StandardOrder(self.messages)
        self.delayed = Deadlines(self.messages, State.DELAYED)
        self.in_flight = Deadlines(self.messages, _IN_FLIGHT)
        self.ages = Ages(self.messages)

    @property
    def name(self) -> str:
        return self.arn.resource

    def send(self, message: Message, now: float, delay: float) -> Original | None:
        """Put a new message in the queue, to become visible after `delay` seconds.

        Returns the message that it is a duplicate of, when it was dropped for that: as FIFO queues do.
        """
        if self.held is None and self._settle_some(now) == AT_ONCE:
            self.hold(self._settling(now))
        self._enter(message, now, delay)
        if self.events.listeners:
            self.events.emit(MessageSent(now, self.arn, message))
        if self.waiters.polls:
            self.waiters.serve(now)
        return None

    def receive(self, now: float, limit: int, visibility: float) -> list[Message]:
        """Take up to `limit` messages into flight for `visibility` seconds, and return them; none if there are none.

        A message that was received as often as the redrive policy allows goes to the dead-letter queue instead.
        """
        self.settle(now)
        taken: list[Message] = []
        policy, take = self.attributes.get("RedrivePolicy"), self.visible.take
        once = NEVER_RECEIVED.another(now)  # the same object for all messages that are
        while len(taken) < limit and (message := take(now)) is not None:
            if policy is None or not self._dead_letter(message, policy, now):
                message.receives = once if message.receives is NEVER_RECEIVED else message.receives.another(now)
                self._receive(message, now, now + visibility)
                taken.append(message)
        self.visible.end_receive()
        if taken and self.waiters.polls:
            self.waiters.serve(now)
        return taken

    def delete(self, receipt: Receipt, now: float) -> None:
        """Delete the message of `receipt`, also if it was received again since; one that has left the queue is fine.

        Raises HandleExpired on a queue whose handles end with the visibility timeout.
        """
        self.settle(now)
        message = self.find(receipt)
        if message is None:
            return
        self._remove(message, _DELETED, now)
        if self.events.listeners:
            self.events.emit(MessageDeleted(now, self.arn, message))
        if self.waiters.polls:
            self.waiters.serve(now)

    def survive(self, message: Message, now: float) -> None:
        """Keep a message that a consumer deleted, and make it visible: the deletion did not reach a copy of it."""
        if message.state is _IN_FLIGHT:
            self.in_flight.discard()
            message.become(_VISIBLE)
            message.due = now
            self.visible.rejoin(message, now)
        if self.events.listeners:
            self.events.emit(MessageSurvived(now, self.arn, message))
        if self.waiters.polls:
            self.waiters.serve(now)

    def change_visibility(self, receipt: Receipt, timeout: float, now: float, longest: float = MAX_VISIBILITY) -> None:
        """Keep the message of `receipt` in flight for `timeout` seconds from now; 0 makes it visible at once.

        A message whose timeout has ended goes back into flight; on a queue whose handles end with the timeout, this
        raises HandleExpired. Raises NotAvailable when the message has left the queue, BeyondLimit when it would still
        be in flight `longest` seconds after its latest receive.
        """
        self.settle(now)
        message = self.find(receipt)
        if message is None:
            raise NotAvailable
        # The 12 hours count from the receive, and do not start again.
        # Source: the SQS API Reference, ChangeMessageVisibility.
        if now + timeout >= message.receives.last_at + longest:
            raise BeyondLimit
        if timeout:
            self._hold(message, now + timeout)
        elif message.state is _IN_FLIGHT:
            self._return(message, now)
        if self.events.listeners:
            self.events.emit(VisibilityChanged(now, self.arn, message))
        if self.waiters.polls:
            self.waiters.serve(now)

    def undo_receive(self, messages: list[Message], now: float) -> None:
        """Undo the receive of messages that could not be delivered to the client: they count as never received."""
        for message in messages:
            if self.messages.get(message.number) is message and message.state is _IN_FLIGHT:
                count = message.receives.count - 1
                message.receives = replace(message.receives, count=count) if count else NEVER_RECEIVED
                self._return(message, now)
        if self.waiters.polls:
            self.waiters.serve(now)

    def move_out(self, now: float, most: int, taker: Callable[[Message], None]) -> None:
        """Remove up to `most` visible messages, passing each to `taker`; fewer if there are no more.

        When `taker` raises, its message stays and so do those after it; the exception is raised on.
        """
        self.settle(now)
        for _ in range(most):
            message = self.visible.take(now)
            self.visible.end_receive()
            if message is None:
                return
            message.become(_IN_FLIGHT)
            try:
                taker(message)
            except Exception:
                self._rejoin(message, now)
                raise
            message.become(_DELETED)
            self._let_go(message)
            self.visible.gone(message, now)
            if self.events.listeners:
                self.events.emit(MessageMoved(now, self.arn, message))

    def set_aside(self, most: int, now: float) -> list[Message]:
        """Take up to `most` visible messages out of their order, without receiving them, until they are put back."""
        self.settle(now)
        aside: list[Message] = []
        while len(aside) < most and (message := self.visible.take(now)) is not None:
            message.become(_IN_FLIGHT)
            aside.append(message)
        self.visible.end_receive()
        return aside

    def put_back(self, messages: list[Message], now: float) -> None:
        """Make messages visible again that were set aside, as if they had never been taken."""
        for message in messages:
            message.become(_VISIBLE)
            self.visible.rejoin(message, now)

    def reconfigure(self, changes: Mapping[str, Any], now: float) -> None:
        """Set the attributes in `changes`: typed values, as attributes.py reads them."""
        self.settle(now)
        attributes.apply(self.attributes, changes)
        self.modified_at = now
        self.events.mark_dirty(QUEUE_STATE, self)
        if self.waiters.polls:
            self.waiters.serve(now)

    def announce(self, change: ComingChange, now: float) -> None:
        """Note a change of attributes that will be made by `carry_out`."""
        self.coming += (change,)
        self.modified_at = now
        self.events.mark_dirty(QUEUE_STATE, self)

    def carry_out(self, change: ComingChange, now: float) -> None:
        """Make a change of attributes that was announced."""
        self.coming = tuple(each for each in self.coming if each is not change)
        modified_at = self.modified_at
        self.reconfigure(change.values, now)
        self.modified_at = modified_at  # when it was announced

    def latest_attributes(self) -> dict[str, Any]:
        """Return the attributes as they will be once all changes have an effect."""
        latest = dict(self.attributes)
        for change in self.coming:
            attributes.apply(latest, change.values)
        return latest

    def purge(self, now: float) -> dict[int, Message]:
        """Drop all messages, however many, in the same time. Returns them: to free them takes time by their number."""
        self.purged_at = now
        dropped, self.messages = self.messages, {}
        self._arrange()
        if self.memory_use is not None:
            self.memory_use.clear()
        if self.events.listeners:
            self.events.emit(QueuePurged(now, self.arn))
        return dropped

    def settle(self, now: float) -> int:
        """Do all work that is due at `now`: expire messages, end delays and visibility timeouts.

        Return for how many messages. Raises Busy while the queue is held, as it is for what one slice cannot do.
        """
        if self.held is not None and not self.held.done():
            raise Busy(self.held)
        settled = self._settle_some(now)
        if settled == AT_ONCE:
            self.hold(self._settling(now))
            if self.held is not None:
                raise Busy(self.held)
        return settled

    def hold(self, slices: Iterator[None]) -> None:
        """Do long work for which the queue must not change, but for new messages."""
        self.held = self.long_work.run(slices, self.arn.account)
        if self.held is not None:
            self.held.add_done_callback(self._release)

    def _release(self, held: asyncio.Future[None]) -> None:
        """End a hold: its work was done, or dropped."""
        if self.held is held:
            self.held = None
            self.waiters.serve_again()

    def next_due(self) -> float | None:
        """Return when a message next becomes visible or expires by itself, None if none will or the queue is held."""
        if self.held is not None and not self.held.done():
            return None
        oldest = self.ages.oldest()
        expiry = None if oldest is None else self._expires(oldest)
        dues = (self.delayed.next_due(), self.in_flight.next_due(), expiry)
        return min((due for due in dues if due is not None), default=None)

    def restore(self, messages: list[Message], sent_count: int, order: SavedOrder | None = None) -> None:
        """Take in the messages that this queue had before, in the order of their numbers, each in the state it had.

        `sent_count` is how many messages were ever sent to the queue; the latest of those that are here may not be
        counted in it. Without an `order` visible messages are in the order of their times, which does not tell apart
        those that became visible at the same time.
        """
        for _ in self.restoring([messages], sent_count, order):
            pass

    def restoring(
        self, parts: Iterable[list[Message]], sent_count: int, order: SavedOrder | None = None
    ) -> Iterator[None]:
        """As `restore`, in slices: one for each part of the messages, and some for their order."""
        visible: list[Message] = []
        in_flight: list[Message] = []
        for messages in parts:
            self._take_back(messages)
            some = [message for message in messages if message.state is _VISIBLE]
            visible += some
            for message in messages if len(some) < len(messages) else ():
                if message.state is State.DELAYED:
                    self.delayed.add(message, message.due)
                elif message.state is _IN_FLIGHT:
                    in_flight.append(message)
            yield
        self.sent_count = max(sent_count, next(reversed(self.messages), 0))
        for message in in_flight:
            self.visible.resume(message)
            self.in_flight.add(message, message.due)
        if order is not None and {*order.arrived, *order.returned} == {message.number for message in visible}:
            yield from self._restoring_order(order)
            return
        visible += self._no_more_delayed(visible)
        if any(message.due for message in visible):  # else they are in the order of their numbers, as they came
            visible.sort(key=_visible_since)
        if all(not message.receives_here for message in visible):  # none was received here
            yield from self._restoring_order(SavedOrder([message.number for message in visible]))
            return
        for message in visible:
            if message.receives_here:
                self.visible.resume(message)
                self.visible.rejoin(message, message.due)
            else:
                self.visible.join(message)

    def _no_more_delayed(self, visible: list[Message]) -> Iterator[Message]:
        """End the delays that were over when the latest of the visible messages came; the end of a delay is no change
        that is written. The others end when the queue is used."""
        latest = max(map(_visible_since, visible), default=0.0) if self.delayed else 0.0
        while (message := self.delayed.pop_due(latest)) is not None:
            message.become(_VISIBLE)
            yield message

    def _take_back(self, messages: list[Message]) -> None:
        own = self.messages
        for message in messages:
            own[message.number] = message
        self.ages.restore(messages)
        if isinstance(self.visible, StandardOrder) and any(message.group_id is not None for message in messages):
            self.visible = FairOrder(self.messages, self.visible, self.in_flight)
        if self.memory_use is not None:
            for message in messages:
                self.memory_use.add(message)

    def _restoring_order(self, order: SavedOrder) -> Iterator[None]:
        restored = {*order.returned}  # a message that came back more than once may be among both, and counts once
        for start in range(0, len(order.arrived), PART):
            yield
            part = dict.fromkeys(number for number in order.arrived[start : start + PART] if number not in restored)
            restored.update(part)
            self.visible.restore(SavedOrder([*part]))
        self.visible.restore(SavedOrder((), order.returned, order.groups))

    def close(self) -> None:
        """End the queue, which was deleted: answer the polls parked here, and let nothing fall due any more."""
        if self.waiters.polls:
            self.waiters.dismiss()
        if self.messages:
            self._arrange()
        if self.memory_use is not None:
            self.memory_use.clear()
            self.memory_use = None

    def _settle_some(self, now: float) -> int:
        """Do what is due, for up to AT_ONCE messages. Return how many they were."""
        period = self.attributes["MessageRetentionPeriod"]
        delays, timeouts = self.delayed.entries, self.in_flight.entries
        if (
            now < self.ages.earliest + period
            and not (delays and delays[0][0] <= now)
            and not (timeouts and timeouts[0][0] <= now)
        ):
            return 0  # as for nearly every call: no other is made to find out
        left = AT_ONCE
        while left and (oldest := self.ages.pop_older(period, now)) is not None:
            left -= 1
            self._remove(oldest, State.EXPIRED, now)
            if self.events.listeners:
                self.events.emit(MessageExpired(oldest.sent_at + period, self.arn, oldest))
        while left and (message := self.delayed.pop_due(now)) is not None:
            left -= 1
            message.become(_VISIBLE)
            self.visible.join(message)
        while left and (message := self.in_flight.pop_due(now)) is not None:
            left -= 1
            self._rejoin(message, message.due)
        return AT_ONCE - left

    def _settling(self, now: float) -> Iterator[None]:
        while self._settle_some(now) == AT_ONCE:
            yield

    def _enter(self, message: Message, now: float, delay: float) -> None:
        """Number the message and put it in a state of ENTRY: the only place that sets one without `become`."""
        self.sent_count += 1
        message.number = self.sent_count
        self.messages[message.number] = message
        self.ages.add(message)
        if self.memory_use is not None:
            self.memory_use.add(message)
        if message.group_id is not None and isinstance(self.visible, StandardOrder):
            self.visible = FairOrder(self.messages, self.visible, self.in_flight)
        if delay:
            message.state = State.DELAYED
            self.delayed.add(message, now + delay)
        else:
            message.state = _VISIBLE
            self.visible.join(message)

    def find(self, receipt: Receipt) -> Message | None:
        """Return the message of `receipt`, which may be that of any of its receives; None when it has left the queue.

        Source: answers of the service, which deletes and changes messages by the handles of earlier receives.
        """
        message = self.messages.get(receipt.number)
        # A queue that was put back to an earlier state may hold a message that was not received as often yet.
        return message if message is not None and receipt.receive_count <= message.receives.count else None

    def _receive(self, message: Message, now: float, until: float) -> None:
        message.become(_IN_FLIGHT)
        self.in_flight.add(message, until)
        if self.events.listeners:
            self.events.emit(MessageReceived(now, self.arn, message))

    def _hold(self, message: Message, until: float) -> None:
        was_visible = message.state is _VISIBLE
        message.become(_IN_FLIGHT)
        if was_visible:
            self.visible.hold(message)
            self.in_flight.add(message, until)
        else:
            self.in_flight.move(message, until)

    def _return(self, message: Message, now: float) -> None:
        self._rejoin(message, now)
        self.in_flight.discard()

    def _rejoin(self, message: Message, at: float) -> None:
        message.become(_VISIBLE)
        message.due = at
        self.visible.rejoin(message, at)
        if self.events.listeners:
            self.events.emit(MessageReturned(at, self.arn, message))

    def _remove(self, message: Message, final: State, now: float) -> None:
        state = message.state
        message.become(final)
        self._let_go(message)
        if state is _VISIBLE:
            self.visible.discard(message)
        elif state is _IN_FLIGHT:
            self.in_flight.discard()
            self.visible.gone(message, now)
        else:
            self.delayed.discard()

    def _let_go(self, message: Message) -> None:
        del self.messages[message.number]
        self.ages.gone()
        if self.memory_use is not None:
            self.memory_use.drop(message)

    def _expires(self, message: Message) -> float:
        period: int = self.attributes["MessageRetentionPeriod"]
        return message.sent_at + period

    def _dead_letter(self, message: Message, policy: Mapping[str, Any], now: float) -> bool:
        """Move `message`, just taken, to the dead-letter queue if the redrive policy says so; return whether it did."""
        if message.receives_here < policy["maxReceiveCount"]:
            return False
        target = self.dead_letter_queue()
        if target is None:
            return False
        message.become(State.DEAD_LETTERED)
        self._let_go(message)
        self.visible.gone(message, now)
        target.accept_dead_letter(message, str(self.arn), now)
        if self.events.listeners:
            self.events.emit(MessageDeadLettered(now, self.arn, message))
        return True

    def accept_dead_letter(self, message: Message, source_arn: str, now: float) -> None:
        """Take in a message that another queue dead-lettered: it keeps its id, its age and its receive count.

        Source: Amazon SQS Developer Guide, "Using dead-letter queues in Amazon SQS" (a standard queue's dead letters
        keep their enqueue timestamp).
        """
        if self.held is None and self._settle_some(now) == AT_ONCE:
            self.hold(self._settling(now))
        moved = replace(
            message,
            metadata=replace(message.metadata, source_arn=source_arn),
            receives=replace(message.receives, before=message.receives.count),
        )
        self._enter(moved, now, delay=0)
        self.events.mark_dirty(NEW_MESSAGE, (self, moved))
        if self.waiters.polls:
            self.waiters.serve(now)


def _visible_since(message: Message) -> float:
    return message.sent_at if message.sent_at > message.due else message.due
