"""The database's time, known from beats."""

from __future__ import annotations

import pytest

from decaf.cluster.database_time import DatabaseTime


class Machine:
    now = 50.0


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def time(machine: Machine) -> DatabaseTime:
    return DatabaseTime(lambda: machine.now)


def _beat(time: DatabaseTime, machine: Machine, offset: float, took: float = 0.0, late: float = 0.5) -> None:
    """A beat to a database that is `offset` ahead; `late` is at which part of the time it reads its clock."""
    sent = machine.now
    machine.now += took
    time.note(sent, machine.now, sent + took * late + offset)


def test_it_is_that_of_the_middle_of_a_beat(time: DatabaseTime, machine: Machine) -> None:
    _beat(time, machine, 1_000.0, took=0.4)
    assert time.now() == pytest.approx(1_050.4)
    machine.now += 10
    assert time.now() == pytest.approx(1_060.4)


def test_the_fastest_beat_counts(time: DatabaseTime, machine: Machine) -> None:
    _beat(time, machine, 1_000.0, took=0.001)
    _beat(time, machine, 1_000.0, took=3.0, late=1.0)
    machine.now += 100
    assert time.now() == pytest.approx(1_000.0 + machine.now, abs=0.001)


def test_while_it_is_used_it_nears_another_time_slowly(time: DatabaseTime, machine: Machine) -> None:
    _beat(time, machine, 1_000.0)
    for _ in range(8):
        _beat(time, machine, 1_001.0)
    assert time.now() == pytest.approx(1_050.0)
    machine.now += 100
    assert time.now() == pytest.approx(1_150.1)
    machine.now += 10_000
    assert time.now() == pytest.approx(11_151.0)


def test_it_never_runs_backwards(time: DatabaseTime, machine: Machine) -> None:
    _beat(time, machine, 1_000.0)
    shown = [time.now()]
    for _ in range(100):
        machine.now += 0.001
        _beat(time, machine, 900.0)
        shown.append(time.now())
    assert shown == sorted(shown)


def test_a_node_that_takes_over_goes_to_what_is_known_at_once(time: DatabaseTime, machine: Machine) -> None:
    _beat(time, machine, 1_000.0)
    for _ in range(8):
        _beat(time, machine, 1_001.0)
    time.settle()
    assert time.now() == pytest.approx(1_051.0)
