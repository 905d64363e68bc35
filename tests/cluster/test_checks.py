"""The checks themselves find what they are for."""

from __future__ import annotations

import pytest

from tests.cluster.checks import violations, wrong_changes
from tests.cluster.cluster import Change
from tests.cluster.load import Asked, Counted, Log, Received

GOOD = [Change(0, "a", 1, 5), Change(0, "a", 1, 6), Change(0, "b", 2, 6), Change(0, "b", 2, 7), Change(0, None, 3, 7)]


def test_a_good_log_has_no_violations() -> None:
    log = Log(
        sends={"1": Asked(0, 1), "2": Asked(1)},
        receives=[Received("1", "i", 1, 2), Received("1", "i", 10, 17)],
        deletes={"1": Asked(17, 18)},
        ordered=[Received("g-0", "k", 1, 2), Received("g-1", "l", 2, 3)],
        last={"g": 1},
        counts=[Counted(2, 2, 3)],
    )
    assert violations(log) == []
    assert wrong_changes(GOOD) == []


@pytest.mark.parametrize(
    ("log", "text"),
    [
        (Log(sends={"1": Asked(0, 1)}), "is lost"),
        (Log(receives=[Received("1", "i", 1, 2)]), "was never sent"),
        (
            Log({"1": Asked(0)}, {"1": Asked(2, 3)}, [Received("1", "i", 1, 2), Received("1", "i", 30, 31)]),
            "came back 27.000 s after",
        ),
        (Log({"1": Asked(0)}, {}, [Received("1", "i", 1, 2), Received("1", "i", 3, 4)]), "again after 3.000 s"),
        (Log({"1": Asked(0)}, {}, [Received("1", "i", 1, 2), Received("1", "j", 30, 31)]), "two messages"),
        (Log(ordered=[Received("g-1", "i", 1, 2), Received("g-0", "j", 1, 2)], last={"g": 1}), "the order [1, 0]"),
        (Log(ordered=[Received("g-0", "i", 1, 2)], last={"g": 1}), "only 1 of 2"),
        (Log(counts=[Counted(1, 2, 3)]), "a queue's length"),
        (Log(counts=[Counted(4, 2, 3)]), "a queue's length"),
    ],
)
def test_a_violation_is_found(log: Log, text: str) -> None:
    (found,) = violations(log)
    assert text in found


@pytest.mark.parametrize(
    "wrong",
    [Change(0, None, 3, 8), Change(0, "b", 2, 7), Change(0, "a", 1, 8), Change(0, "c", 3, 8), Change(0, None, 5, 7)],
    ids=str,
)
def test_a_wrong_change_is_found(wrong: Change) -> None:
    assert len(wrong_changes([*GOOD, wrong])) == 1


def test_the_changes_of_each_shard_follow_one_another() -> None:
    of_another = [Change(1, each.owner, each.epoch, each.seq + 3) for each in GOOD]
    assert wrong_changes([change for both in zip(GOOD, of_another, strict=True) for change in both]) == []
