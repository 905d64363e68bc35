"""The beats of a node: how long one is good, and when the silence of others may be believed."""

from __future__ import annotations

from math import inf

from decaf.cluster.beats import RETRY, Beats

TTL = 4.0


def beaten(*sent: float) -> Beats:
    """Returns the beats of a node that sent some at these times, all of which were answered."""
    beats = Beats(TTL)
    for each in sent:
        beats.send(each)
        beats.answered(each)
    return beats


def test_a_node_beats_four_times_in_a_lease() -> None:
    assert beaten(10.0).next == 11.0


def test_a_beat_is_good_for_three_quarters_of_a_lease_from_when_it_was_sent() -> None:
    assert beaten(10.0).deadline == 13.0
    assert Beats(TTL).deadline == -inf


def test_what_expired_is_taken_after_a_whole_lease_of_beats() -> None:
    assert beaten(10.0, 11.0, 12.0).may_take_from(expires=11.5) == 14.0
    assert beaten(10.0, 11.0, 12.0).may_take_from(expires=15.0) == 15.0


def test_a_node_that_never_beat_takes_nothing() -> None:
    assert Beats(TTL).may_take_from(expires=0.0) == inf


def test_a_gap_between_beats_starts_the_wait_anew() -> None:
    assert beaten(10.0, 11.0, 13.5).may_take_from(expires=0.0) == 17.5


def test_a_beat_that_failed_starts_the_wait_anew_and_is_tried_again_soon() -> None:
    beats = beaten(10.0, 11.0)
    beats.failed(12.0)
    assert beats.next == 12.0 + RETRY
    assert beats.may_take_from(expires=0.0) == inf
    beats.answered(12.25)
    assert beats.may_take_from(expires=0.0) == 16.25
