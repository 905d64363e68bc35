"""The machine of a standard queue: which message is where, and when it moves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decaf.base.events import (
    MessageDeadLettered,
    MessageDeleted,
    MessageExpired,
    MessageReceived,
    MessageReturned,
    MessageSent,
    QueuePurged,
    VisibilityChanged,
)
from decaf.sqs import message as message_module
from decaf.sqs.message import ENTRY, MOVES, IllegalMove, State
from decaf.sqs.ordering import StandardOrder
from decaf.sqs.queue import BeyondLimit, NotAvailable
from decaf.sqs.receipt import Receipt
from tests.decaf.sqs.machine import START, Machine, receipt_of


def test_messages_are_received_in_the_order_of_sending() -> None:
    machine = Machine()
    for body in "abc":
        machine.send(body)
    assert machine.bodies(2) == ["a", "b"]
    assert machine.bodies(2) == ["c"]


def test_a_received_message_is_hidden_for_its_visibility_timeout() -> None:
    machine = Machine()
    machine.send("a")
    machine.receive(visibility=30)
    machine.clock.advance(29.999)
    assert machine.bodies() == []
    machine.clock.advance(0.001)
    assert machine.bodies() == ["a"]


def test_a_visibility_timeout_of_zero_hides_nothing() -> None:
    machine = Machine()
    machine.send("a")
    assert machine.bodies(visibility=0) == ["a"]
    assert machine.bodies(visibility=0) == ["a"]


def test_a_message_that_comes_back_goes_before_those_sent_after_it() -> None:
    machine = Machine()
    machine.send("a")
    machine.send("b")
    machine.receive(visibility=5)
    machine.clock.advance(5)
    assert machine.bodies() == ["a", "b"]


def test_a_message_received_three_times_goes_behind_the_others() -> None:
    machine = Machine()
    machine.send("poison")
    machine.receive(visibility=0)
    machine.receive(visibility=0)
    machine.receive(visibility=1)
    machine.send("b")
    machine.clock.advance(1)
    assert machine.bodies() == ["b", "poison"]


def test_a_delayed_message_is_not_there_until_its_delay_ends() -> None:
    machine = Machine()
    machine.send("a", delay=10)
    machine.send("b")
    assert machine.counts() == (1, 0, 1)
    machine.clock.advance(9.999)
    assert machine.bodies() == ["b"]
    machine.clock.advance(0.001)
    assert machine.bodies() == ["a"]


def test_a_deleted_message_does_not_come_back() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive()
    machine.delete(receipt_of(message))
    machine.clock.advance(31)
    assert machine.bodies() == []
    assert machine.counts() == (0, 0, 0)
    machine.delete(receipt_of(message))  # deleting twice is no error


def test_the_latest_receipt_deletes_after_the_timeout_ran_out() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive(visibility=1)
    machine.clock.advance(2)
    machine.delete(receipt_of(message))
    assert machine.bodies() == []
    assert machine.counts() == (0, 0, 0)


def received_again(machine: Machine) -> Receipt:
    """The receipt of the first of two receives of the only message, the second of which it is in flight by."""
    message = machine.send("a")
    machine.receive(visibility=1)
    old = receipt_of(message)
    machine.clock.advance(1)
    machine.receive(visibility=30)
    return old


def test_the_receipt_of_an_earlier_receive_deletes_the_message() -> None:
    machine = Machine()
    machine.delete(received_again(machine))
    assert machine.counts() == (0, 0, 0)


def test_the_receipt_of_an_earlier_receive_keeps_the_message_in_flight() -> None:
    machine = Machine()
    old = received_again(machine)
    machine.change(old, 100)
    machine.clock.advance(99)
    assert machine.counts() == (0, 1, 0)
    machine.change(old, 0)
    assert machine.bodies() == ["a"]


def test_a_receipt_of_a_receive_that_never_was_is_worth_nothing() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive()
    machine.delete(Receipt(message.number, 2))
    assert machine.counts() == (0, 1, 0)


def test_changing_visibility_counts_from_now() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive(visibility=30)
    machine.clock.advance(20)
    machine.change(receipt_of(message), 60)
    machine.clock.advance(59)
    assert machine.bodies() == []
    machine.clock.advance(1)
    assert machine.bodies() == ["a"]


def test_visibility_can_be_shortened_and_ended() -> None:
    machine = Machine()
    first, second = machine.send("a"), machine.send("b")
    machine.receive(2, visibility=30)
    machine.change(receipt_of(first), 5)
    machine.change(receipt_of(second), 0)
    assert machine.counts() == (1, 1, 0)
    assert machine.bodies() == ["b"]
    machine.clock.advance(5)
    assert machine.bodies() == ["a"]


def test_a_message_whose_timeout_ran_out_can_be_hidden_again() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive(visibility=1)
    machine.clock.advance(1)
    machine.change(receipt_of(message), 10)
    assert machine.counts() == (0, 1, 0)
    assert machine.bodies() == []
    machine.clock.advance(10)
    assert machine.bodies() == ["a"]


def test_a_message_is_in_flight_for_twelve_hours_at_most() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive(visibility=30)
    with pytest.raises(BeyondLimit):
        machine.change(receipt_of(message), 43_200)
    machine.change(receipt_of(message), 43_195)
    machine.clock.advance(10)
    with pytest.raises(BeyondLimit):
        machine.change(receipt_of(message), 43_190)


def test_visibility_of_what_is_gone_cannot_be_changed() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive()
    machine.delete(receipt_of(message))
    with pytest.raises(NotAvailable):
        machine.change(receipt_of(message), 10)


@pytest.mark.parametrize("where", ["visible", "in flight", "delayed"])
def test_retention_ends_wherever_a_message_is(where: str) -> None:
    machine = Machine(MessageRetentionPeriod=60)
    machine.send("a", delay=900 if where == "delayed" else 0)
    if where == "in flight":
        machine.receive(visibility=900)
    machine.clock.advance(59.999)
    assert sum(machine.counts()) == 1
    machine.clock.advance(0.001)
    assert machine.counts() == (0, 0, 0)
    assert isinstance(machine.events[-1], MessageExpired)
    assert machine.events[-1].at == START + 60


def test_a_shorter_retention_holds_for_messages_already_there() -> None:
    machine = Machine()
    machine.send("a")
    machine.clock.advance(100)
    machine.queue.attributes["MessageRetentionPeriod"] = 60
    assert machine.bodies() == []


def test_receiving_too_often_moves_a_message_to_the_dead_letter_queue() -> None:
    dead = Machine("dead")
    machine = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 2})
    message = machine.send("a")
    assert [machine.bodies(visibility=0) for _ in range(3)] == [["a"], ["a"], []]
    assert machine.counts() == (0, 0, 0)
    (moved,) = dead.receive()
    assert (moved.id, moved.sent_at, moved.receives.count) == (message.id, START, 3)
    assert moved.metadata.source_arn == "arn:aws:sqs:us-east-1:000000000000:orders"
    assert moved.receives.first_at == START


def test_a_receive_goes_past_messages_that_it_dead_letters() -> None:
    dead = Machine("dead")
    machine = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    machine.send("poison")
    machine.receive(visibility=0)
    machine.send("good")
    assert machine.bodies(1) == ["good"]


def test_without_its_dead_letter_queue_a_message_stays() -> None:
    machine = Machine(dead_letters=None, RedrivePolicy={"maxReceiveCount": 1})
    machine.send("a")
    assert [machine.bodies(visibility=0) for _ in range(3)] == [["a"]] * 3


def test_two_queues_that_are_each_others_dead_letter_queue_lose_nothing_and_end() -> None:
    second = Machine("second", RedrivePolicy={"maxReceiveCount": 1})
    first = Machine("first", dead_letters=second.queue, RedrivePolicy={"maxReceiveCount": 1})
    second.queue.dead_letter_queue = lambda: first.queue
    first.send("a")
    served = [first.bodies(visibility=0) + second.bodies(visibility=0) for _ in range(6)]
    assert ["a"] in served
    assert sum(first.counts()) + sum(second.counts()) == 1


def test_a_dead_lettered_message_keeps_its_age() -> None:
    dead = Machine("dead", MessageRetentionPeriod=100)
    machine = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    dead.send("younger")
    machine.send("a")
    machine.receive(visibility=0)
    machine.clock.advance(50)
    machine.receive()
    dead.clock.advance(99)
    assert len(dead.queue.messages) == 2
    dead.clock.advance(1)
    assert dead.counts() == (0, 0, 0)


def test_purging_drops_everything() -> None:
    machine = Machine()
    machine.send("visible")
    machine.send("in flight")
    machine.send("delayed", delay=5)
    machine.receive()
    machine.queue.purge(machine.now)
    assert machine.counts() == (0, 0, 0)
    assert machine.queue.next_due() is None
    machine.clock.advance(100)
    assert machine.bodies() == []


def test_an_undone_receive_leaves_no_trace() -> None:
    machine = Machine()
    machine.send("a")
    machine.send("b")
    machine.queue.undo_receive(machine.receive(), machine.now)
    machine.clock.advance(10)
    (first, second) = machine.receive(2)
    assert (first.body, first.receives.count, first.receives.first_at) == ("a", 1, START + 10)
    assert second.body == "b"


def test_undoing_a_later_receive_keeps_the_time_of_the_first() -> None:
    machine = Machine()
    machine.send("a")
    machine.receive(visibility=5)
    machine.clock.advance(5)
    machine.queue.undo_receive(machine.receive(), machine.now)
    machine.clock.advance(10)
    (message,) = machine.receive()
    assert (message.receives.count, message.receives.first_at) == (2, START)


def test_next_due_is_the_first_thing_to_happen_by_itself() -> None:
    machine = Machine(MessageRetentionPeriod=1_000)
    assert machine.queue.next_due() is None
    message = machine.send("a")
    assert machine.queue.next_due() == START + 1_000
    machine.send("b", delay=50)
    assert machine.queue.next_due() == START + 50
    machine.receive(visibility=30)
    assert machine.queue.next_due() == START + 30
    machine.delete(receipt_of(message))
    assert machine.queue.next_due() == START + 50


def test_events_are_emitted_in_order() -> None:
    machine = Machine()
    message = machine.send("a")
    machine.receive(visibility=5)
    machine.change(receipt_of(message), 10)
    machine.clock.advance(10)
    machine.receive()
    machine.delete(receipt_of(message))
    machine.queue.purge(machine.now)
    assert [(type(event), event.at - START) for event in machine.events] == [
        (MessageSent, 0),
        (MessageReceived, 0),
        (VisibilityChanged, 0),
        (MessageReturned, 10),
        (MessageReceived, 10),
        (MessageDeleted, 10),
        (QueuePurged, 10),
    ]


def test_the_source_queue_emits_the_dead_lettering() -> None:
    dead = Machine("dead")
    machine = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    machine.send("a")
    machine.receive(visibility=0)
    machine.receive()
    assert isinstance(machine.events[-1], MessageDeadLettered)


def test_work_left_behind_by_deleted_messages_stays_bounded() -> None:
    machine = Machine()
    for turn in range(2_000):
        message = machine.send(str(turn), delay=turn % 2)
        machine.clock.advance(turn % 2)
        machine.receive(visibility=0 if turn % 3 else 40_000)
        machine.delete(receipt_of(message))
    queue = machine.queue
    assert machine.counts() == (0, 0, 0)
    kept = [len(queue.ages), len(queue.in_flight._heap.entries), len(queue.delayed._heap.entries)]
    assert max(kept) < 200
    assert isinstance(queue.visible, StandardOrder)
    assert len(queue.visible._arrived) + len(queue.visible._returned.entries) < 200


def test_messages_that_expire_in_their_order_leave_nothing_behind() -> None:
    """To sweep what half a million of them leave behind would take a tenth of a second at once."""
    machine = Machine(MessageRetentionPeriod=60)
    for second in range(1_000):
        machine.send(str(second))
        machine.clock.advance(1)
        assert isinstance(machine.queue.visible, StandardOrder)
        assert len(machine.queue.visible._arrived) == len(machine.queue.messages)
    assert len(machine.queue.messages) <= 61


def test_a_message_moves_only_as_the_life_cycle_allows() -> None:
    message = Machine().send("a")
    for state in State:
        for target in State:
            message.state = state
            if target in MOVES[state]:
                message.become(target)
                assert message.state is target
            else:
                with pytest.raises(IllegalMove):
                    message.become(target)


def test_a_message_enters_a_queue_delayed_or_visible() -> None:
    machine = Machine()
    assert {machine.send("a").state, machine.send("b", delay=1).state} == ENTRY


def test_every_state_can_be_reached_and_a_final_one_is_not_left() -> None:
    assert frozenset().union(ENTRY, *MOVES.values()) == MOVES.keys() == frozenset(State)
    final = {state for state, targets in MOVES.items() if not targets}
    assert final == {State.DELETED, State.EXPIRED, State.DEAD_LETTERED}


def test_only_entering_a_queue_sets_a_state_without_become() -> None:
    sources = Path(message_module.__file__).parent.rglob("*.py")
    found = {path.name: len(re.findall(r"\.state = ", path.read_text(encoding="utf-8"))) for path in sources}
    assert {name: number for name, number in found.items() if number} == {"message.py": 1, "queue.py": 2}


def test_a_longer_retention_brings_nothing_back() -> None:
    machine = Machine(MessageRetentionPeriod=100)
    machine.send("latte")
    machine.clock.advance(100)
    machine.queue.reconfigure({"MessageRetentionPeriod": 1_000}, machine.now)
    assert machine.bodies() == []


def test_a_dead_letter_expires_before_messages_that_were_sent_after_it() -> None:
    dead = Machine("dead", MessageRetentionPeriod=100)
    source = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    dead.send("first")
    source.clock.advance(20)
    source.send("second")
    source.receive(visibility=0)
    for machine, seconds in ((source, 20), (dead, 40)):
        machine.clock.advance(seconds)
    dead.send("third")
    source.receive()
    for left in ({"second", "third"}, {"third"}, set[str]()):
        due = dead.queue.next_due()
        assert due is not None
        dead.clock.advance(due - dead.now)
        dead.queue.settle(dead.now)
        assert {message.body for message in dead.queue.messages.values()} == left
    assert dead.now == START + 140


def test_events_carry_the_message() -> None:
    dead = Machine("dead")
    machine = Machine(dead_letters=dead.queue, RedrivePolicy={"maxReceiveCount": 1})
    message = machine.send("latte")
    machine.receive(visibility=0)
    machine.receive()
    assert [event.subject for event in machine.events] == [message] * 4
