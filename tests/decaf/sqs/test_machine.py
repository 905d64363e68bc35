"""A queue driven at random, beside a model of it that is slow and obviously right.

The model keeps every message in a list and asks each one, at every step, where it is. Order is checked where AWS
promises one; where it promises none, the queue may choose, and the model checks that the choice was a legal one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from decaf.sqs.message import Message
from decaf.sqs.queue import BeyondLimit, NotAvailable
from decaf.sqs.receipt import Receipt
from tests.decaf.sqs.fair_machine import FairMachine
from tests.decaf.sqs.machine import Machine, receipt_of

SECONDS = st.sampled_from([0, 1, 2, 5, 10])
RETENTION = 20
MAX_RECEIVES = 2


@dataclass(eq=False)
class Sent:
    """What the model knows of a message: when it was sent, and until when it is not to be received."""

    body: str
    sent_at: float
    hidden_until: float
    receipts: list[Receipt] = field(default_factory=list)  # of its present queue, the latest last
    receives: int = 0

    def is_visible(self, now: float) -> bool:
        return self.hidden_until <= now

    def is_in_flight(self, now: float) -> bool:
        return bool(self.receipts) and not self.is_visible(now)

    def is_delayed(self, now: float) -> bool:
        return not self.receipts and not self.is_visible(now)


class StandardQueue(RuleBasedStateMachine):
    """Producers and consumers of a standard queue with a dead-letter queue, and the clock."""

    receipts: Bundle[tuple[Sent, Receipt]] = Bundle("receipts")

    def __init__(self) -> None:
        super().__init__()
        self.retention = RETENTION
        self.sent = 0
        self.alive: list[Sent] = []
        self.dead: list[Sent] = []

    @initialize(redrives=st.booleans(), kind=st.sampled_from([Machine, FairMachine]))
    def create(self, redrives: bool, kind: type[Machine]) -> None:
        self.dead_letters = Machine("dead", MessageRetentionPeriod=RETENTION)
        policy = {"RedrivePolicy": {"maxReceiveCount": MAX_RECEIVES}} if redrives else {}
        self.machine = kind("orders", self.dead_letters.queue, MessageRetentionPeriod=RETENTION, **policy)
        self.dead_letters.clock = self.machine.clock
        self.redrives = redrives

    @property
    def now(self) -> float:
        return self.machine.now

    @rule(delay=SECONDS, group=st.sampled_from("-ab"))
    def send(self, delay: float, group: str) -> None:
        self.sent += 1
        body = f"{group}{self.sent}"
        self.machine.send(body, delay)
        self.alive.append(Sent(body, self.now, self.now + delay))

    @rule(target=receipts, limit=st.integers(1, 4), visibility=SECONDS)
    def receive(self, limit: int, visibility: float) -> MultipleResults[tuple[Sent, Receipt]]:
        visible = [message for message in self.alive if message.is_visible(self.now)]
        taken = self.machine.receive(limit, visibility)
        moved = self._move_dead_letters(visible)
        bodies = [message.body for message in taken]
        received = [message for body in bodies for message in visible if message.body == body]
        assert len(received) == len(bodies), "delivered twice, or within its visibility timeout"
        assert len(bodies) <= limit
        assert len(bodies) == limit or len(received) + len(moved) == len(visible)
        self._note(taken, received, visibility)
        return multiple(*((message, message.receipts[-1]) for message in received))

    def _note(self, taken: list[Message], received: list[Sent], visibility: float) -> None:
        for message, known in zip(taken, received, strict=True):
            assert not (self.redrives and len(known.receipts) >= MAX_RECEIVES)
            known.receives += 1
            known.hidden_until = self.now + visibility
            known.receipts.append(receipt_of(message))
            assert message.receives.count == known.receives

    def _move_dead_letters(self, visible: list[Sent]) -> list[Sent]:
        """Follow the messages that this receive moved to the dead-letter queue instead of handing them out."""
        there = {message.body for message in self.dead_letters.queue.messages.values()}
        moved = [message for message in visible if message.body in there]
        for message in moved:
            assert self.redrives
            assert len(message.receipts) == MAX_RECEIVES
            self.alive.remove(message)
            self.dead.append(Sent(message.body, message.sent_at, self.now, receives=message.receives))
        return moved

    @rule(chosen=receipts)
    def delete(self, chosen: tuple[Sent, Receipt]) -> None:
        message, receipt = chosen
        self.machine.delete(receipt)
        if message in self.alive and receipt in message.receipts:
            self.alive.remove(message)

    @rule(chosen=receipts, timeout=SECONDS)
    def change_visibility(self, chosen: tuple[Sent, Receipt], timeout: float) -> None:
        message, receipt = chosen
        if message in self.alive and receipt in message.receipts:
            self.machine.change(receipt, timeout)
            if timeout or message.is_in_flight(self.now):
                message.hidden_until = self.now + timeout
            return
        try:
            self.machine.change(receipt, timeout)
        except (NotAvailable, BeyondLimit):
            return
        raise AssertionError("the message is gone, or somebody else's")

    @rule(limit=st.integers(1, 4))
    def receive_for_a_client_that_hung_up(self, limit: int) -> None:
        visible = [message for message in self.alive if message.is_visible(self.now)]
        taken = self.machine.receive(limit, 30)
        self._move_dead_letters(visible)
        self.machine.queue.undo_receive(taken, self.now)

    @rule(limit=st.integers(1, 4))
    def empty_the_dead_letter_queue(self, limit: int) -> None:
        for message in self.dead_letters.receive(limit):
            known = next(known for known in self.dead if known.body == message.body)
            assert known.is_visible(self.now)
            assert message.receives.count == known.receives + 1
            self.dead_letters.delete(receipt_of(message))
            self.dead.remove(known)

    @rule()
    def purge(self) -> None:
        self.machine.queue.purge(self.now)
        self.alive.clear()

    @rule(period=st.sampled_from([5, RETENTION]))
    def set_retention(self, period: int) -> None:
        self.machine.queue.attributes["MessageRetentionPeriod"] = self.retention = period
        self._expire()

    @rule(seconds=st.sampled_from([1, 1, 2, 5, 10]))
    def time_passes(self, seconds: float) -> None:
        self.machine.clock.advance(seconds)
        self._expire()

    def _expire(self) -> None:
        self.alive = [message for message in self.alive if message.sent_at + self.retention > self.now]
        self.dead = [message for message in self.dead if message.sent_at + RETENTION > self.now]

    @invariant()
    def nothing_is_lost_or_made_up(self) -> None:
        for machine, known in ((self.machine, self.alive), (self.dead_letters, self.dead)):
            machine.queue.settle(self.now)
            bodies = [message.body for message in machine.queue.messages.values()]
            assert sorted(bodies) == sorted(message.body for message in known)

    @invariant()
    def counts_add_up(self) -> None:
        visible, in_flight, delayed = self.machine.counts()
        assert visible == sum(message.is_visible(self.now) for message in self.alive)
        assert in_flight == sum(message.is_in_flight(self.now) for message in self.alive)
        assert delayed == sum(message.is_delayed(self.now) for message in self.alive)

    @invariant()
    def the_queue_knows_when_it_next_changes(self) -> None:
        changes = [message.hidden_until for message in self.alive if not message.is_visible(self.now)]
        changes += [message.sent_at + self.retention for message in self.alive]
        self.machine.queue.settle(self.now)
        assert self.machine.queue.next_due() == min(changes, default=None)


StandardQueue.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestStandardQueue = StandardQueue.TestCase
