"""Deduplication in a FIFO queue: for 5 minutes, whatever becomes of the first message; and repeated receives."""

from __future__ import annotations

from decaf.base.events import MessageSent
from decaf.sqs.message import Message
from tests.decaf.sqs.fifo_machine import FifoMachine
from tests.decaf.sqs.machine import a_message, receipt_of


def test_a_duplicate_is_answered_as_the_original_and_goes_nowhere() -> None:
    machine = FifoMachine()
    first = machine.send("a1", deduplication_id="once")
    assert machine.original is None
    machine.send("a2", deduplication_id="once")
    assert machine.original is not None
    assert (machine.original.message_id, machine.original.sequence_number) == (first.id, first.sequence_number)
    assert machine.bodies() == ["a1"]
    assert [type(event) for event in machine.events].count(MessageSent) == 1


def test_an_id_is_remembered_for_five_minutes_from_the_first_message() -> None:
    machine = FifoMachine()
    machine.send("a1", deduplication_id="once")
    machine.clock.advance(299)
    machine.send("a2", deduplication_id="once")
    machine.clock.advance(1)
    machine.send("a3", deduplication_id="once")
    assert machine.bodies() == ["a1", "a3"]


def test_receiving_and_deleting_do_not_make_it_forgotten() -> None:
    machine = FifoMachine()
    machine.send("a1", deduplication_id="once")
    (message,) = machine.receive()
    machine.delete(receipt_of(message))
    machine.send("a1", deduplication_id="once")
    assert machine.bodies() == []


def test_a_purge_does() -> None:
    machine = FifoMachine()
    machine.send("a1", deduplication_id="once")
    machine.queue.purge(machine.now)
    machine.send("a1", deduplication_id="once")
    assert machine.bodies() == ["a1"]


def test_messages_without_an_id_are_nobodys_duplicates() -> None:
    machine = FifoMachine()
    for body in ("first", "second"):
        machine.queue.send(a_message(body, machine.now), machine.now, 0)
    assert machine.bodies() == ["first", "second"]


def test_the_scope_is_the_queue_by_default() -> None:
    machine = FifoMachine()
    machine.send("a1", deduplication_id="once")
    machine.send("b1", deduplication_id="once")
    assert machine.bodies() == ["a1"]


def test_the_scope_can_be_the_group_without_a_limit_by_group() -> None:
    machine = FifoMachine(DeduplicationScope="messageGroup")
    machine.send("a1", deduplication_id="once")
    machine.send("b1", deduplication_id="once")
    machine.send("b2", deduplication_id="once")
    assert machine.bodies() == ["a1", "b1"]


def test_a_queue_keeps_the_scope_that_it_was_created_with() -> None:
    machine = FifoMachine()
    machine.queue.reconfigure({"DeduplicationScope": "messageGroup"}, machine.now)
    assert machine.queue.attributes["DeduplicationScope"] == "messageGroup"
    machine.send("a1", deduplication_id="once")
    machine.send("b1", deduplication_id="once")
    assert machine.bodies() == ["a1"]


def test_sequence_numbers_have_20_digits_and_grow_in_steps() -> None:
    machine = FifoMachine()
    numbers = [machine.send(f"{group}1").sequence_number or "" for group in "abc"]
    assert all(len(number) == 20 and number.isdecimal() for number in numbers)
    assert int(numbers[0]) + 1 < int(numbers[1]) < int(numbers[2]) - 1


def _handles(messages: list[Message]) -> list[tuple[str, int]]:
    return [(message.body, message.receives.count) for message in messages]


def test_a_repeated_receive_returns_the_same_messages_and_handles() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1")
    assert _handles(machine.attempt("try")) == [("a1", 1), ("b1", 1)]
    machine.clock.advance(20)
    machine.send("c1")
    assert _handles(machine.attempt("try", limit=1)) == [("a1", 1), ("b1", 1)]
    machine.clock.advance(29)
    assert machine.bodies() == ["c1"], "the visibility timeout started anew"
    machine.clock.advance(1)
    assert machine.bodies() == ["a1", "b1"]


def test_another_id_is_another_receive() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1")
    assert _handles(machine.attempt("try", limit=1)) == [("a1", 1)]
    assert _handles(machine.attempt("other")) == [("b1", 1)]


def test_a_receive_cannot_be_made_again_after_five_minutes() -> None:
    machine = FifoMachine()
    machine.send("a1")
    machine.attempt("try", visibility=600)
    machine.clock.advance(299)
    assert _handles(machine.attempt("try", visibility=600)) == [("a1", 1)]
    machine.clock.advance(1)
    assert machine.attempt("try") == []


def test_a_receive_is_a_new_one_once_one_of_its_messages_was_deleted() -> None:
    machine = FifoMachine()
    machine.send_all("a1", "b1", "c1")
    first, _ = machine.attempt("try", limit=2)
    machine.delete(receipt_of(first))
    assert _handles(machine.attempt("try", limit=2)) == [("c1", 1)]
    assert _handles(machine.attempt("try", limit=2)) == [("c1", 1)]


def test_a_receive_is_a_new_one_once_a_timeout_was_changed_or_ran_out() -> None:
    machine = FifoMachine()
    machine.send("a1")
    (message,) = machine.attempt("try")
    machine.change(receipt_of(message), 10)
    assert machine.attempt("try") == []
    machine.clock.advance(10)
    assert _handles(machine.attempt("try")) == [("a1", 2)]
    machine.clock.advance(30)
    assert _handles(machine.attempt("try")) == [("a1", 3)]


def test_a_receive_that_found_nothing_is_not_remembered() -> None:
    machine = FifoMachine()
    assert machine.attempt("try") == []
    machine.send("a1")
    assert _handles(machine.attempt("try")) == [("a1", 1)]
