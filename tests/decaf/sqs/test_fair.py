"""Fair queues: a group that keeps many consumers busy does not keep the others waiting."""

from __future__ import annotations

from decaf.sqs.fair import FairOrder
from decaf.sqs.ordering import StandardOrder
from tests.decaf.sqs.fair_machine import FairMachine
from tests.decaf.sqs.machine import receipt_of


def test_groups_change_nothing_while_none_is_noisy() -> None:
    machine = FairMachine()
    for body in ("a1", "-1", "b1", "a2", "-2"):
        machine.send(body)
    assert machine.bodies() == ["a1", "-1", "b1", "a2", "-2"]


def test_there_is_no_lock_and_no_order_to_keep() -> None:
    machine = FairMachine()
    machine.send("a1")
    machine.send("a2")
    assert machine.bodies(1) == ["a1"]
    assert machine.bodies(1) == ["a2"]


def test_messages_of_quiet_groups_overtake_those_of_a_noisy_one() -> None:
    machine = FairMachine()
    machine.send_many("a", 100)
    assert machine.groups(30) == "a" * 30
    machine.send("b1")
    machine.send("-1")
    assert machine.groups(3) == "b-a"


def test_29_in_flight_are_not_noisy() -> None:
    machine = FairMachine()
    machine.send_many("a", 100)
    machine.receive(29)
    machine.send("b1")
    assert machine.groups(1) == "a"
    assert machine.groups(1) == "b", "but 30 are"


def test_a_tenth_of_all_in_flight_is_not_noisy() -> None:
    machine = FairMachine()
    for index in range(306):
        machine.send(f"-{index}")
    machine.receive(306)
    machine.send_many("a", 100)
    machine.receive(34)
    machine.send("b1")
    assert machine.groups(1) == "a", "34 of 340 are not"
    assert machine.groups(1) == "b", "35 of 341 are"


def test_among_noisy_groups_the_one_with_fewest_in_flight_comes_first() -> None:
    machine = FairMachine()
    machine.send_many("a", 100)
    machine.receive(40)
    machine.send_many("b", 100)
    machine.receive(30)
    assert machine.groups(12) == "b" * 10 + "ab", "level with each other from 40 on"


def test_a_group_is_quiet_again_once_it_has_nothing_waiting() -> None:
    machine = FairMachine()
    machine.send_many("a", 31)
    machine.receive(30)
    machine.receive(1)
    machine.send("a")
    machine.send("b")
    assert machine.groups(2) == "ab"


def test_a_group_is_quiet_again_once_it_had_nothing_in_flight_for_five_minutes() -> None:
    machine = FairMachine()
    machine.send_many("a", 60)
    for message in machine.receive(30):
        machine.delete(receipt_of(message))
    machine.clock.advance(299)
    machine.send("b1")
    assert machine.groups(1) == "b"
    machine.send("b2")
    machine.clock.advance(1)
    assert machine.groups(2) == "aa"


def test_a_message_that_keeps_coming_back_goes_behind_other_groups_too() -> None:
    machine = FairMachine()
    machine.send("poison")
    for _ in range(3):
        machine.receive(visibility=1)
        machine.clock.advance(1)
    machine.queue.settle(machine.now)
    machine.clock.advance(1)
    machine.send("a1")
    (again,) = machine.receive(visibility=1)
    assert again.body == "poison"
    machine.clock.advance(1)
    machine.send("b1")
    assert machine.bodies() == ["a1", "poison", "b1"]


def test_counts_are_of_the_whole_queue() -> None:
    machine = FairMachine()
    machine.send("-1")
    machine.receive()
    machine.send("a1")
    machine.send("b1")
    assert machine.counts() == (2, 1, 0)
    (first,) = machine.receive()
    machine.clock.advance(30)
    assert machine.counts() == (3, 0, 0)
    machine.change(receipt_of(first), 20)
    assert machine.counts() == (2, 1, 0)
    machine.queue.purge(machine.now)
    assert machine.counts() == (0, 0, 0)
    machine.send("a2")
    assert machine.bodies() == ["a2"]


def test_a_queue_becomes_fair_with_its_first_group_and_keeps_what_it_has() -> None:
    machine = FairMachine()
    machine.send("-1")
    before = machine.queue.visible
    machine.send("a1")
    assert isinstance(before, StandardOrder)
    assert isinstance(machine.queue.visible, FairOrder)
    assert machine.counts() == (2, 0, 0)
    assert machine.bodies() == ["-1", "a1"]


def test_dead_letters_bring_their_groups_along() -> None:
    dead = FairMachine()
    machine = FairMachine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    machine.send("a1")
    machine.receive(visibility=0)
    assert machine.bodies() == []
    assert isinstance(dead.queue.visible, FairOrder)
    assert machine.queue.visible._tenants.keys() == {None}  # type: ignore[attr-defined]


def test_nothing_is_kept_of_groups_that_are_gone() -> None:
    machine = FairMachine(MessageRetentionPeriod=60)
    for index in range(1_000):
        machine.send(f"{chr(1_000 + index)}x")
    for message in machine.receive(500):
        machine.delete(receipt_of(message))
    machine.clock.advance(60)
    machine.queue.settle(machine.now)
    order = machine.queue.visible
    assert isinstance(order, FairOrder)
    assert len(order._tenants) == 1
    assert len(order._quiet._heap.entries) < 2_000


def test_a_message_hidden_again_counts_among_those_in_flight() -> None:
    machine = FairMachine()
    machine.send_many("a", 100)
    machine.receive(30, visibility=100)
    (again,) = machine.receive(1, visibility=10)
    machine.clock.advance(10)
    machine.change(receipt_of(again), 100)
    machine.send_many("b", 100)
    assert machine.groups(30) == "b" * 30
    assert machine.groups(1) == "b", "which has 30 in flight, and the other 31"


def test_after_a_purge_no_group_is_noisy() -> None:
    machine = FairMachine()
    machine.send_many("a", 100)
    machine.receive(40)
    machine.queue.purge(machine.now)
    machine.send("a1")
    machine.send("b1")
    assert machine.groups(2) == "ab"


def test_messages_that_leave_while_they_are_visible_are_counted_off() -> None:
    machine = FairMachine()
    machine.send_many("a", 4)
    (message,) = machine.receive(visibility=5)
    machine.clock.advance(5)
    assert machine.counts() == (4, 0, 0)
    machine.delete(receipt_of(message))
    assert machine.counts() == (3, 0, 0)
