"""The simulation of many nodes: two never own a shard, and a run in which a rule is broken says so."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from math import inf
from random import Random

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from decaf.cluster.beats import Beats
from scripts.simulation.__main__ import main
from scripts.simulation.accounts import Accounts, draw
from scripts.simulation.calls import fates
from scripts.simulation.cell import Cell
from scripts.simulation.database import Answers, Tables, Trouble
from scripts.simulation.figures import Setup, simulate
from scripts.simulation.scenarios import SCENARIOS
from scripts.simulation.watching import Broken, Cause, Wait

SMALL = Setup(nodes=30, accounts=600, ttl=4.0, calls=500.0, messages=100_000.0)
ALL = [(0.0, 10)]  # ten nodes run all the time


class WithoutGrace(Beats):
    """Takes what has expired at once."""

    def may_take_from(self, expires: float) -> float:
        return expires


class WithoutDeadline(Beats):
    """Goes on, however long ago its last beat was answered."""

    def answered(self, sent: float) -> None:
        super().answered(sent)
        self.deadline = inf


def a_cell(seed: int, ttl: float = 4.0) -> Cell:
    random = Random(seed)
    cell = Cell(draw(seed, 200, 200.0, 400_000.0, 1), ttl, random, Answers(random))
    cell.begin(8)
    return cell


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_with_all_shards_served(name: str) -> None:
    figures = simulate(SCENARIOS[name], SMALL)
    assert figures.unserved == 0
    assert figures.after.shards < 3
    assert figures.mean_statements["beat"] > 0


@pytest.mark.parametrize("databases", [1, 3])
def test_the_same_seed_returns_the_same_figures(databases: int) -> None:
    setup = replace(SMALL, databases=databases)
    assert simulate(SCENARIOS["crash"], setup) == simulate(SCENARIOS["crash"], setup)
    assert simulate(SCENARIOS["crash"], setup) != simulate(SCENARIOS["crash"], replace(setup, seed=2))


def test_killed_nodes_are_taken_over_from_after_a_lease() -> None:
    times = simulate(SCENARIOS["crash"], SMALL).waits[Cause.CRASH.value]
    assert times.shards > 100
    assert 3.0 < times.median < 4.0 + 1.0
    assert times.worst < 4.0 + 4.0


def test_an_outage_of_the_database_moves_no_shard() -> None:
    figures = simulate(SCENARIOS["outage"], SMALL)
    assert figures.moved == 0
    assert figures.waits[Cause.DATABASE.value].shards >= SMALL.accounts


def test_without_grace_an_outage_takes_shards_from_nodes_that_run() -> None:
    with pytest.raises(Broken, match="taken from nodes that ran"):
        simulate(SCENARIOS["outage"], SMALL, WithoutGrace)


def test_without_a_deadline_two_nodes_own_a_shard() -> None:
    with pytest.raises(Broken, match=r"answers for shard .*, another's"):
        simulate(SCENARIOS["pause"], SMALL, WithoutDeadline)


def test_nodes_that_are_added_get_their_share() -> None:
    figures = simulate(SCENARIOS["grow"], SMALL)
    assert SMALL.accounts / 4 < figures.moved < SMALL.accounts
    assert figures.waits[Cause.MOVE.value].worst < 1.0


def test_an_outage_of_one_of_several_databases_leaves_the_others_alone() -> None:
    waits = simulate(SCENARIOS["outage"], replace(SMALL, databases=3)).waits[Cause.DATABASE.value]
    assert SMALL.accounts / 6 < waits.shards < SMALL.accounts / 2


@settings(max_examples=25, deadline=None, phases=[Phase.generate])  # to find a shorter example takes minutes
@given(st.integers(0, 10**6), st.data())
def test_whatever_happens_no_two_nodes_own_a_shard_and_all_are_owned_in_the_end(seed: int, data: st.DataObject) -> None:
    cell = a_cell(seed)
    times = st.floats(0.0, 60.0)
    for node in cell.nodes[:4]:
        cell.at(data.draw(times), partial(cell.crash, node))
        cell.at(data.draw(times), cell.join)
    for node in cell.nodes[2:6]:
        length = data.draw(st.floats(0.1, 20.0))
        cell.at(data.draw(times), partial(cell.stop, node, length))
    for node in cell.nodes[5:7]:
        cell.at(data.draw(times), partial(cell.restart, node))
    begin = data.draw(times)
    cell.answers.troubles.append(Trouble(begin, begin + data.draw(st.floats(0.1, 20.0))))
    cell.answers.troubles.append(Trouble(0.0, 60.0, slower=data.draw(st.floats(1.0, 1_000.0))))
    cell.at(begin, cell.outage_begins)
    cell.run(400.0)
    assert cell.waits.end(400.0) == 0
    running = {node.number: node.served for node in cell.nodes if node.running}
    assert sorted(shard for served in running.values() for shard in served) == list(range(200))
    assert all(shard in running[owner] for shard, owner in enumerate(cell.tables.owner.tolist()))


def test_a_shard_that_ends_the_nodes_that_load_it_is_left_alone_for_a_while() -> None:
    tables = Tables(1)
    for node in range(5):
        tables.beat(node, node, 10.0 * node + 1)
        taken = tables.take(node, [(0, int(tables.epoch[0]))], 10.0 * node)
        assert bool(taken) is (node < 3), node
    assert tables.free_at[0] == 30.0 + 60.0
    assert tables.take(4, [(0, 3)], 91.0) == {0: 4}


def test_a_shard_is_taken_once_and_not_while_its_owner_beats() -> None:
    tables = Tables(1)
    tables.beat(1, 1, until=10.0)
    assert tables.take(1, [(0, 0)], now=5.0) == {0: 1}
    tables.loaded[0] = True
    assert tables.take(2, [(0, 1)], now=9.9) == {}
    assert tables.take(2, [(0, 1)], now=10.0) == {0: 2}
    assert tables.take(3, [(0, 1)], now=10.0) == {}


def test_calls_wait_for_15_seconds_and_sdks_try_three_times() -> None:
    rates = np.array([2.0])
    short = fates([Wait(0, 10.0, 20.0, Cause.CRASH, True)], rates, 100.0, ALL)
    assert (short.made, short.waited, short.retried, short.failed) == (200, 20, 0, 0)
    long = fates([Wait(0, 10.0, 60.0, Cause.CRASH, True)], rates, 100.0, ALL)
    assert (long.waited, long.retried, long.failed) == (30, 63, 7)


def test_calls_to_a_stopped_node_are_refused_after_five_seconds() -> None:
    found = fates([Wait(0, 10.0, 20.0, Cause.STOP, True)], np.array([1.0]), 100.0, ALL)
    assert (found.waited, found.retried, found.failed) == (5, 5, 0)


def test_a_node_lets_a_thousand_calls_wait() -> None:
    found = fates([Wait(0, 0.0, 10.0, Cause.CRASH, True)], np.array([1_000.0]), 100.0, ALL)
    assert 900 < found.most_waiting <= 1_000
    assert found.too_many == 0
    found = fates([Wait(0, 0.0, 10.0, Cause.CRASH, True)], np.array([2_000.0]), 100.0, [(0.0, 1)])
    assert found.most_waiting == 1_000
    assert 5_000 < found.too_many == found.failed < 20_000


def test_few_accounts_have_most_of_the_load() -> None:
    accounts: Accounts = draw(1, 1_000, 500.0, 10_000.0, 4)
    assert accounts.calls.sum() == pytest.approx(500.0)
    assert accounts.messages.sum() == pytest.approx(10_000.0)
    assert np.sort(accounts.calls)[-100:].sum() > 500.0 / 2
    assert [len(accounts.within(database)) for database in range(4)] == np.bincount(accounts.database).tolist()


def test_the_command_prints_figures_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--nodes", "20", "--accounts", "200", "--lease", "4", "--seed", "7"]
    assert main(["crash", "steady", *small]) == 0
    printed = capsys.readouterr().out
    assert "crash: 10 nodes are killed at once" in printed
    assert "without an owner, node killed" in printed
    assert main(["crash", "steady", "--json", *small]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["scenario"] for each in objects] == ["crash", "steady"]


def test_the_command_fails_when_a_rule_is_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Beats, "may_take_from", WithoutGrace.may_take_from)
    assert main(["outage", "--nodes", "20", "--accounts", "200", "--lease", "4"]) == 1
    assert "outage: BROKEN: " in capsys.readouterr().err
