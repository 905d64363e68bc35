"""How duplicates are recognised."""

from __future__ import annotations

import hashlib

from decaf.base.deduplication import Entry, Window, content_based_id


class Note(Entry[str], frozen=True):
    value: int


def test_the_id_of_a_body_is_its_sha_256() -> None:
    assert content_based_id("grüße") == hashlib.sha256("grüße".encode()).hexdigest()


def test_ended_entries_are_not_kept() -> None:
    window: Window[str, Note] = Window(10)
    for second in range(100):
        window.note(Note(float(second), str(second), second))
    assert len(window) == 10
    assert window.find("95", now=104.0) == Note(95.0, "95", 95)
    assert window.find("95", now=105.0) is None


def test_entries_that_end_in_one_moment_are_dropped_some_at_a_time_and_found_no_more() -> None:
    window: Window[str, Note] = Window(10)
    for number in range(1_000):
        window.note(Note(0.0, str(number), number))
    assert window.find("999", now=10.0) is None
    assert 0 < len(window) < 1_000
    while len(window):
        before = len(window)
        assert window.find("-1", now=10.0) is None
        assert len(window) < before


def test_an_entry_that_is_noted_again_is_kept_from_then_on_and_may_be_replaced() -> None:
    window: Window[str, Note] = Window(10)
    window.note(Note(0.0, "a", 1))
    window.note(Note(1.0, "b", 2))
    window.note(Note(2.0, "a", 3))
    window.replace(Note(2.0, "a", 4))
    assert list(window.noted()) == [Note(2.0, "a", 4), Note(1.0, "b", 2)]
    assert (window.find("a", now=11.0), window.find("b", now=11.0)) == (Note(2.0, "a", 4), None)
    assert window.noted_as("a") == Note(2.0, "a", 4)
    assert window.find("a", now=12.0) is None
    assert window.noted_as("a") is None
    assert len(window) == 0


def test_what_was_noted_is_what_it_was_when_it_was_asked_for() -> None:
    window: Window[str, Note] = Window(10)
    window.note(Note(0.0, "a", 1))
    noted = window.noted()
    window.replace(Note(0.0, "a", 2))
    window.note(Note(1.0, "b", 3))
    assert list(noted) == list(noted) == [Note(0.0, "a", 1)]
