"""A FIFO queue driven at random, beside a model of it that is slow and obviously right.

AWS promises the order within a group and leaves the order of groups open: there the queue may choose, and the
model checks that the choice was a legal one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from decaf.sqs.message import Message
from decaf.sqs.queue import HandleExpired, NotAvailable
from decaf.sqs.receipt import Receipt
from tests.decaf.sqs.fifo_machine import FifoMachine
from tests.decaf.sqs.machine import receipt_of
from tests.decaf.sqs.test_machine import MAX_RECEIVES, SECONDS, Sent


@dataclass(eq=False)
class SentInOrder(Sent):
    """What the model knows of a message of a FIFO queue."""

    id: str = ""
    group: str = ""

    def may_be_received(self, queue: list[SentInOrder], now: float) -> bool:
        """It is visible, and none of its group that came before it is in flight or delayed."""
        before = queue[: queue.index(self) + 1]
        return all(message.is_visible(now) for message in before if message.group == self.group)


class OrderedQueue(RuleBasedStateMachine):
    """Producers and consumers of a FIFO queue with a dead-letter queue, and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.delay = 0.0
        self.handed: list[tuple[SentInOrder, Receipt]] = []  # every receipt there was
        self.alive: list[SentInOrder] = []
        self.dead: list[SentInOrder] = []
        self.remembered: list[tuple[float, tuple[str, str], Message]] = []
        self.attempts: dict[str, tuple[float, float, list[tuple[SentInOrder, Receipt]]]] = {}

    @initialize(redrives=st.booleans(), by_group=st.booleans(), retention=st.sampled_from([30, 1_000]))
    def create(self, redrives: bool, by_group: bool, retention: int) -> None:
        self.dead_letters = FifoMachine("dead.fifo")
        values: dict[str, Any] = {"RedrivePolicy": {"maxReceiveCount": MAX_RECEIVES}} if redrives else {}
        values["DeduplicationScope"] = "messageGroup" if by_group else "queue"
        values["MessageRetentionPeriod"] = retention
        self.machine = FifoMachine(dead_letters=self.dead_letters.queue, **values)
        self.dead_letters.clock = self.machine.clock
        self.redrives, self.by_group, self.retention = redrives, by_group, retention

    @property
    def now(self) -> float:
        return self.machine.now

    @rule(groups=st.text("aab", min_size=2, max_size=5))
    def send_some(self, groups: str) -> None:
        for group in groups:
            self.send(group, None)

    @rule(group=st.sampled_from("abc"), chosen=st.integers(1, 12) | st.none())
    def send(self, group: str, chosen: int | None) -> None:
        deduplication_id = str(chosen or f"own-{self.machine.sent}")
        body = f"{group}{self.machine.sent}"
        message = self.machine.send(body, deduplication_id=deduplication_id)
        found = self.machine.original
        key = (group if self.by_group else "", deduplication_id)
        for sent_at, known, original in self.remembered:
            if known == key and self.now < sent_at + 300:
                assert found is not None
                assert (found.message_id, found.sequence_number) == (original.id, original.sequence_number)
                return
        assert found is None
        self.remembered.append((self.now, key, message))
        self.alive.append(SentInOrder(body, self.now, self.now + self.delay, id=message.id, group=group))

    @rule(limit=st.integers(1, 5), visibility=SECONDS)
    def receive(self, limit: int, visibility: float) -> None:
        may = [message for message in self.alive if message.may_be_received(self.alive, self.now)]
        self._received(may, self.machine.receive(limit, visibility), limit, visibility)

    @rule(limit=st.integers(1, 5), visibility=SECONDS, attempt_id=st.sampled_from("xy"))
    def attempt(self, limit: int, visibility: float, attempt_id: str) -> None:
        may = [message for message in self.alive if message.may_be_received(self.alive, self.now)]
        taken = self.machine.attempt(attempt_id, limit, visibility)
        made_at, until, handed = self.attempts.get(attempt_id, (0.0, 0.0, []))
        untouched = all(
            message in self.alive
            and message.is_in_flight(self.now)
            and message.receipts[-1] == receipt
            and message.hidden_until == until
            for message, receipt in handed
        )
        if handed and untouched and self.now < made_at + 300:
            assert [receipt_of(message) for message in taken] == [receipt for _, receipt in handed]
            for message, _ in handed:
                message.hidden_until = self.now + visibility
            self.attempts[attempt_id] = made_at, self.now + visibility, handed
            return
        received = self._received(may, taken, limit, visibility)
        if received:
            self.attempts[attempt_id] = self.now, self.now + visibility, received

    def _received(
        self, may: list[SentInOrder], taken: list[Message], limit: int, visibility: float
    ) -> list[tuple[SentInOrder, Receipt]]:
        moved = self._move_dead_letters(may)
        received = [next(known for known in may if known.id == message.id) for message in taken]
        self._check_choice(may, received, moved, limit)
        for message, known in zip(taken, received, strict=True):
            assert not (self.redrives and len(known.receipts) >= MAX_RECEIVES)
            known.receives += 1
            assert message.receives.count == known.receives
            known.hidden_until = self.now + visibility
            known.receipts.append(receipt_of(message))
        handed = [(known, known.receipts[-1]) for known in received]
        self.handed += handed
        return handed

    def _check_choice(
        self, may: list[SentInOrder], received: list[SentInOrder], moved: list[SentInOrder], limit: int
    ) -> None:
        """Groups come one after the other, each in order from its start, and all but the last as far as they go."""
        assert len(received) <= limit
        groups = list(dict.fromkeys(message.group for message in received))
        assert [message.group for message in received] == sorted(
            (message.group for message in received), key=groups.index
        )
        for group in {message.group for message in may}:
            givable = [message for message in may if message.group == group]
            given = [message for message in received if message.group == group]
            left = [message for message in givable if message not in given and message not in moved]
            assert givable == sorted([*given, *(m for m in givable if m in moved)], key=may.index) + left
            assert given == [message for message in givable if message in given]
            if len(received) < limit or group in groups[:-1]:
                assert not left

    def _move_dead_letters(self, may: list[SentInOrder]) -> list[SentInOrder]:
        """Follow the messages that this receive moved to the dead-letter queue instead of handing them out."""
        there = {message.id: message for message in self.dead_letters.queue.messages.values()}
        by_id = {message.id: message for message in may}
        moved = [by_id[known] for known in there if known in by_id]
        for group in "abc":
            order = [may.index(message) for message in moved if message.group == group]
            assert order == sorted(order)
        for message in moved:
            assert self.redrives
            assert len(message.receipts) == MAX_RECEIVES
            assert there[message.id].deduplication_id == message.id
            self.alive.remove(message)
            self.dead.append(
                SentInOrder(message.body, self.now, self.now, [], message.receives, message.id, message.group)
            )
        return moved

    def _holds(self, message: SentInOrder, receipt: Receipt) -> bool:
        return message.is_in_flight(self.now) and message.receipts[-1] == receipt

    @precondition(lambda self: self.handed)
    @rule(back=st.integers(0, 9))
    def delete(self, back: int) -> None:
        message, receipt = self.handed[-1 - back % len(self.handed)]
        if message in self.alive and not self._holds(message, receipt):
            with pytest.raises(HandleExpired):
                self.machine.delete(receipt)
            return
        self.machine.delete(receipt)
        if message in self.alive:
            self.alive.remove(message)

    @precondition(lambda self: self.handed)
    @rule(back=st.integers(0, 9), timeout=SECONDS)
    def change_visibility(self, back: int, timeout: float) -> None:
        message, receipt = self.handed[-1 - back % len(self.handed)]
        if message in self.alive and self._holds(message, receipt):
            self.machine.change(receipt, timeout)
            message.hidden_until = self.now + timeout
            return
        with pytest.raises(HandleExpired if message in self.alive else NotAvailable):
            self.machine.change(receipt, timeout)

    @precondition(lambda self: self.handed)
    @rule(back=st.integers(0, 3), visibility=SECONDS)
    def end_visibility_and_receive_all(self, back: int, visibility: float) -> None:
        self.change_visibility(back, 0)
        self.receive(10, visibility)

    @rule(limit=st.integers(1, 4))
    def receive_for_a_client_that_hung_up(self, limit: int) -> None:
        may = [message for message in self.alive if message.may_be_received(self.alive, self.now)]
        taken = self.machine.receive(limit, 30)
        self._move_dead_letters(may)
        self.machine.queue.undo_receive(taken, self.now)

    @rule(limit=st.integers(1, 4))
    def empty_the_dead_letter_queue(self, limit: int) -> None:
        for message in self.dead_letters.receive(limit):
            known = next(known for known in self.dead if known.group == message.group_id)
            assert known.id == message.id
            self.dead_letters.delete(receipt_of(message))
            self.dead.remove(known)

    @rule(delay=SECONDS)
    def set_delay(self, delay: int) -> None:
        self.machine.queue.reconfigure({"DelaySeconds": delay}, self.now)
        self.delay = delay
        for message in self.alive:
            if not message.receipts:
                message.hidden_until = message.sent_at + delay

    @rule(really=st.sampled_from([False, False, False, True]))
    def purge(self, really: bool) -> None:
        if not really:
            return
        self.machine.queue.purge(self.now)
        self.alive.clear()
        self.remembered.clear()
        self.attempts.clear()

    @rule(seconds=st.sampled_from([1, 1, 1, 2, 2, 5, 5, 295]))
    def time_passes(self, seconds: float) -> None:
        self.machine.clock.advance(seconds)
        self.alive = [message for message in self.alive if message.sent_at + self.retention > self.now]

    @invariant()
    def nothing_is_lost_or_made_up(self) -> None:
        for machine, known in ((self.machine, self.alive), (self.dead_letters, self.dead)):
            machine.queue.settle(self.now)
            assert [message.id for message in machine.queue.messages.values()] == [message.id for message in known]

    @invariant()
    def counts_add_up(self) -> None:
        visible, in_flight, delayed = self.machine.counts()
        assert visible == sum(message.is_visible(self.now) for message in self.alive)
        assert in_flight == sum(message.is_in_flight(self.now) for message in self.alive)
        assert delayed == sum(message.is_delayed(self.now) for message in self.alive)

    @invariant()
    def sequence_numbers_grow(self) -> None:
        numbers = [message.sequence_number for message in self.machine.queue.messages.values()]
        assert numbers == sorted({number or "" for number in numbers})

    @invariant()
    def the_queue_knows_when_it_next_changes(self) -> None:
        changes = [message.hidden_until for message in self.alive if not message.is_visible(self.now)]
        changes += [message.sent_at + self.retention for message in self.alive]
        self.machine.queue.settle(self.now)
        assert self.machine.queue.next_due() == min(changes, default=None)


OrderedQueue.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestOrderedQueue = OrderedQueue.TestCase
