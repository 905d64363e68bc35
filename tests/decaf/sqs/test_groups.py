"""The order of a FIFO queue: within groups, between them, and what is held back by what."""

from __future__ import annotations

import pytest

from decaf.sqs.groups import GroupOrder
from decaf.sqs.queue import HandleExpired, NotAvailable
from tests.decaf.sqs.fifo_machine import FifoMachine
from tests.decaf.sqs.machine import receipt_of


def test_a_receive_takes_all_it_can_of_one_group_then_of_the_next() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1", "a2", "c1", "a3", "b2")
    assert machine.bodies(5) == ["a1", "a2", "a3", "b1", "b2"]
    assert machine.bodies() == ["c1"]


def test_no_more_of_a_group_is_received_while_its_messages_are_in_flight() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2", "b1")
    assert machine.bodies(1) == ["a1"]
    assert machine.bodies() == ["b1"]
    machine.send("a3")
    assert machine.bodies() == []
    assert machine.counts() == (2, 2, 0)


def test_a_group_goes_on_once_all_that_was_received_of_it_is_deleted() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2", "a3")
    first, second = machine.receive(2)
    machine.delete(receipt_of(first))
    assert machine.bodies() == []
    machine.delete(receipt_of(second))
    assert machine.bodies() == ["a3"]


def test_after_a_timeout_the_head_comes_first_again() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2", "a3")
    assert machine.bodies(2, visibility=5) == ["a1", "a2"]
    machine.clock.advance(5)
    assert machine.bodies() == ["a1", "a2", "a3"]


def test_ending_the_first_messages_timeout_frees_it_alone() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2", "a3", "b1")
    first, _ = machine.receive(2)
    machine.change(receipt_of(first), 0)
    assert machine.bodies() == ["b1", "a1"]
    assert machine.counts() == (1, 3, 0)


def test_a_message_does_not_overtake_one_that_is_in_flight_for_longer() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2", "a3", "a4")
    _, second, _, _ = machine.receive(4, visibility=10)
    machine.change(receipt_of(second), 15)
    machine.clock.advance(12)
    assert machine.bodies() == ["a1"]
    machine.clock.advance(30)
    assert machine.bodies() == ["a1", "a2", "a3", "a4"]


def test_groups_come_in_the_order_in_which_their_next_messages_became_visible() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1", "a2", "b2", "a3", "a4", "c1")
    for message in machine.receive(2):
        machine.delete(receipt_of(message))
    assert machine.bodies() == ["b1", "b2", "a3", "a4", "c1"]


def test_a_group_with_messages_in_flight_keeps_no_place() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1", "a2", "b2", "a3", "c1")
    first, second = machine.receive(2)
    machine.delete(receipt_of(first))
    assert machine.bodies() == ["b1", "b2", "c1"]
    machine.delete(receipt_of(second))
    assert machine.bodies() == ["a3"]


def test_a_message_that_comes_back_puts_its_group_behind_the_others() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1", "b2", "c1", "a2")
    assert machine.bodies(3, visibility=0) == ["a1", "a2", "b1"]
    assert machine.bodies(visibility=0) == ["c1", "a1", "a2", "b1", "b2"]


def test_messages_that_expire_in_flight_free_their_group() -> None:
    machine = FifoMachine(MessageRetentionPeriod=60)
    machine.send("a1")
    machine.clock.advance(30)
    machine.send("a2")
    assert machine.bodies(1, visibility=600) == ["a1"]
    machine.clock.advance(30)
    assert machine.bodies() == ["a2"]


def test_a_purge_frees_all_groups() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2")
    machine.receive(1)
    machine.queue.purge(machine.now)
    machine.send("a3")
    assert machine.bodies() == ["a3"]


def test_a_receive_that_could_not_be_handed_over_is_undone_in_order() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2", "a3")
    taken = machine.receive(2)
    machine.queue.undo_receive(taken, machine.now)
    assert [message.receives.count for message in taken] == [0, 0]
    assert machine.bodies() == ["a1", "a2", "a3"]


def test_the_delay_is_the_queues_whatever_a_message_asks_for() -> None:
    machine = FifoMachine(DelaySeconds=10)
    machine.send("a1", delay=1)
    machine.clock.advance(5)
    assert machine.counts() == (0, 0, 1)
    machine.clock.advance(5)
    assert machine.bodies() == ["a1"]


def test_a_new_delay_is_that_of_the_messages_already_there() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "a2")
    machine.clock.advance(10)
    (received,) = machine.receive(1, visibility=0)
    machine.queue.reconfigure({"DelaySeconds": 30}, machine.now)
    assert machine.counts() == (1, 0, 1), "what was received once is not delayed any more"
    machine.queue.reconfigure({"DelaySeconds": 15}, machine.now)
    machine.clock.advance(5)
    assert machine.bodies() == ["a1", "a2"]
    assert received.receives.count == 2


def test_a_new_delay_finds_young_messages_behind_old_ones() -> None:
    machine = FifoMachine()
    machine.send("a1")
    machine.clock.advance(1_000)
    machine.queue.reconfigure({"DelaySeconds": 900}, machine.now)
    machine.send("b1")
    machine.clock.advance(800)
    machine.queue.reconfigure({"DelaySeconds": 850}, machine.now)
    machine.clock.advance(49)
    assert machine.counts() == (1, 0, 1)
    machine.clock.advance(1)
    assert machine.bodies() == ["a1", "b1"]


@pytest.mark.parametrize("ends", ["runs out", "is ended", "is another consumer's"])
def test_a_handle_ends_with_its_visibility_timeout(ends: str) -> None:
    machine = FifoMachine()
    machine.send("a1")
    (message,) = machine.receive(visibility=5)
    receipt = receipt_of(message)
    if ends == "is ended":
        machine.change(receipt, 0)
    else:
        machine.clock.advance(5)
    if ends == "is another consumer's":
        machine.receive()
    with pytest.raises(HandleExpired):
        machine.delete(receipt)
    with pytest.raises(HandleExpired):
        machine.change(receipt, 10)
    assert len(machine.queue.messages) == 1


def test_deleting_twice_is_no_error_but_nothing_is_left_to_change() -> None:
    machine = FifoMachine()
    machine.send("a1")
    (message,) = machine.receive()
    machine.delete(receipt_of(message))
    machine.delete(receipt_of(message))
    with pytest.raises(NotAvailable):
        machine.change(receipt_of(message), 10)


def test_dead_letters_keep_their_order_and_are_new_but_for_their_receives() -> None:
    dead = FifoMachine("dead.fifo")
    machine = FifoMachine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    dead.clock = machine.clock
    machine.send_all("a1", "a2", "a3")
    ids = [message.id for message in machine.receive(2, visibility=5)]
    machine.clock.advance(5)
    assert machine.bodies() == ["a3"]
    moved = dead.receive(10)
    assert [message.id for message in moved] == ids
    assert [message.deduplication_id for message in moved] == ids
    assert [message.sent_at for message in moved] == [machine.now] * 2
    assert [message.receives.count for message in moved] == [2, 2]
    assert [message.metadata.source_arn for message in moved] == [str(machine.queue.arn)] * 2


def test_a_group_whose_head_is_dead_lettered_goes_on_with_the_next() -> None:
    dead = FifoMachine("dead.fifo")
    machine = FifoMachine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    machine.send_all("a1", "a2")
    machine.receive(1, visibility=0)
    assert machine.bodies(1) == ["a2"]
    assert machine.counts() == (0, 1, 0)


def test_a_message_that_was_received_holds_back_its_group_when_the_next_is_dead_lettered_with_it() -> None:
    dead = FifoMachine("dead.fifo")
    machine = FifoMachine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    machine.send_all("a1", "a2")
    first, _ = machine.receive(2, visibility=5)
    machine.queue.undo_receive([first], machine.now)
    machine.clock.advance(5)
    assert machine.bodies() == ["a1"]
    assert dead.bodies() == ["a2"]
    machine.send("a3")
    assert machine.bodies() == []


def test_a_group_comes_by_the_turn_of_a_message_whose_delay_ends_late() -> None:
    machine = FifoMachine(DelaySeconds=10)
    machine.send("a1")
    machine.queue.attributes["DelaySeconds"] = 0
    machine.clock.advance(1)
    machine.send_all("a2", "a3")
    assert machine.bodies(1, visibility=1) == ["a2"]
    machine.clock.advance(1)
    machine.queue.reconfigure({"DelaySeconds": 30}, machine.now)  # of a1 and of a3
    assert machine.counts() == (1, 0, 2)
    machine.queue.attributes["DelaySeconds"] = 0
    machine.send("b1")
    machine.clock.advance(28)
    assert machine.bodies() == ["b1", "a1", "a2"]


def test_messages_that_expire_leave_nothing_behind() -> None:
    machine = FifoMachine(MessageRetentionPeriod=60)
    for number in range(2_000):
        machine.send(f"{chr(65 + number % 50)}{number}")
    machine.clock.advance(60)
    machine.send("a1")
    machine.clock.advance(1)
    assert machine.counts() == (1, 0, 0)
    order = machine.queue.visible
    assert isinstance(order, GroupOrder)
    assert sum(len(group.arrived) + len(group.returned.entries) for group in order._groups.values()) < 200
    assert len(order._groups) < 50
    assert machine.bodies() == ["a1"]


def test_a_group_whose_next_message_expired_comes_by_the_turn_of_the_one_after_it() -> None:
    machine = FifoMachine(MessageRetentionPeriod=60)
    machine.send("a1")
    machine.clock.advance(30)
    machine.send_all("b1", "a2")
    machine.clock.advance(30)
    assert machine.bodies() == ["b1", "a2"]


def test_nothing_is_kept_of_groups_that_are_empty() -> None:
    machine = FifoMachine()
    for number in range(100):
        machine.send(f"{chr(0x4E00 + number)}1")
    for message in machine.receive(100):
        machine.delete(receipt_of(message))
    assert isinstance(machine.queue.visible, GroupOrder)
    assert not machine.queue.visible._groups
