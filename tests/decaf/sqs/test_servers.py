"""What AWS does not promise of a standard queue: the realistic profile, by the queue itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from decaf.base.events import MessageReturned, MessageSurvived
from decaf.base.profile import Profile
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf.sqs.servers import SETTLED, SeveralServers
from tests.decaf.sqs.machine import Machine, receipt_of

ORDERS = [str(number) for number in range(1, 11)]


class Several(Machine):
    """A queue on several servers."""

    def __init__(
        self, *, seed: int = 7, duplicates: float = 0.3, dead_letters: Queue | None = None, **values: Any
    ) -> None:
        super().__init__(dead_letters=dead_letters, **values)
        self.servers = SeveralServers(self.queue, Profile("realistic", seed=seed, duplicates=duplicates))

    def long(self, limit: int = 10, visibility: float = 30) -> list[Message]:
        return self.servers.receive(self.now, limit, visibility)

    def short(self, limit: int = 10, visibility: float = 30) -> list[Message]:
        return self.servers.receive_from_some(self.now, limit, visibility)

    def done(self, message: Message) -> None:
        self.servers.delete(receipt_of(message), self.now)

    def work_off(self, limit: int = 1) -> list[str]:
        """The bodies that one consumer gets, who deletes each message, until there are none."""
        worked: list[str] = []
        while messages := self.long(limit):
            worked += [message.body for message in messages]
            for message in messages:
                self.done(message)
        return worked


def filled(seed: int = 7, duplicates: float = 0.3) -> Several:
    machine = Several(seed=seed, duplicates=duplicates)
    for order in ORDERS:
        machine.send(order)
    return machine


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("limit", [1, 10])
def test_three_of_ten_messages_come_twice(seed: int, limit: int) -> None:
    times = Counter(filled(seed).work_off(limit))
    assert (set(times), sorted(times.values())) == (set(ORDERS), [1] * 7 + [2] * 3)


@pytest.mark.parametrize(("share", "twice"), [(0.0, 0), (0.05, 1), (0.5, 5), (1.0, 10)])
def test_how_many_come_twice_is_set(share: float, twice: int) -> None:
    assert len(filled(duplicates=share).work_off()) == 10 + twice


def test_the_first_message_of_a_queue_comes_twice() -> None:
    machine = Several()
    machine.send("latte")
    assert machine.work_off() == ["latte", "latte"]
    assert machine.counts() == (0, 0, 0)


def test_a_deletion_that_misses_a_copy_is_reported() -> None:
    machine = Several()
    machine.send("latte")
    (message,) = machine.long()
    machine.done(message)
    assert (type(machine.events[-1]), machine.counts()) == (MessageSurvived, (1, 0, 0))


def test_a_message_whose_time_in_flight_is_over_survives_too() -> None:
    machine = Several()
    machine.send("latte")
    (message,) = machine.long(visibility=2)
    machine.clock.advance(2)
    machine.done(message)
    assert machine.counts() == (1, 0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_some_come_again_while_they_are_in_flight(seed: int) -> None:
    machine = filled(seed, duplicates=1.0)
    machine.long()
    machine.clock.advance(1)
    machine.queue.settle(machine.now)
    early = sum(type(event) is MessageReturned for event in machine.events)
    assert 0 < early < 10
    assert machine.counts() == (early, 10 - early, 0)


def test_messages_come_out_of_order() -> None:
    got = [message.body for message in filled().long()]
    assert sorted(got, key=int) == ORDERS != got


def test_what_is_not_received_stays_as_it_was() -> None:
    machine = filled()
    (first,) = machine.long(limit=1)
    assert machine.counts() == (9, 1, 0)
    assert {each.receives.count for each in machine.queue.messages.values() if each is not first} == {0}


def test_a_short_poll_finds_some_and_a_long_poll_all() -> None:
    machine = filled()
    found = len(machine.short())
    assert 0 < found < 10
    assert len(machine.long()) == 10 - found


def test_short_polls_of_one_message_are_empty_at_times_and_find_it_in_the_end() -> None:
    tries = []
    for seed in range(20):
        machine = Several(seed=seed)
        machine.send("latte")
        tries.append(next(count for count in range(1, 50) if machine.short()))
    assert tries.count(1) < 20
    assert max(tries) < 12


def test_a_receive_of_nothing_returns_nothing() -> None:
    assert filled().long(limit=0) == []


@pytest.mark.parametrize("kind", ["long", "short"])
def test_the_same_seed_repeats(kind: str) -> None:
    def run(seed: int) -> list[list[str]]:
        machine = filled(seed)
        return [[each.body for each in getattr(machine, kind)(3)] for _ in range(6)]

    assert run(7) == run(7) != run(8)


def test_a_message_received_too_often_is_dead_lettered() -> None:
    dead = Machine("dead").queue
    policy = {"deadLetterTargetArn": str(dead.arn), "maxReceiveCount": 2}
    machine = Several(dead_letters=dead, RedrivePolicy=policy)
    machine.send("latte")
    for _ in range(3):
        machine.long(visibility=0)
    assert (machine.counts(), len(dead.messages)) == ((0, 0, 0), 1)


def test_counts_are_approximate_until_a_minute_after_the_last_message() -> None:
    machine = filled()
    seen = set()
    for _ in range(12):
        machine.short(limit=1, visibility=0)
        machine.queue.settle(machine.now)
        seen.add(machine.servers.counts(machine.now)[0])
    assert seen == {9, 10, 11}
    machine.clock.advance(SETTLED)
    assert machine.servers.counts(machine.now) == machine.counts()
