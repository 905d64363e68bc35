"""Decaf and moto answer alike, but where moto departs from AWS; there Decaf answers as AWS does."""

from __future__ import annotations

import pytest

from .departures import DEPARTURES
from .differences import differences
from .scenarios import all_scenarios
from .servers import Server

_SCENARIOS = all_scenarios()


@pytest.mark.parametrize("name", _SCENARIOS)
def test_both_answer_alike_but_where_moto_departs(name: str, decaf: Server, moto: Server) -> None:
    aws = moto.play(_SCENARIOS[name])
    for departure in DEPARTURES.get(name, ()):
        theirs = departure.found(aws)
        assert theirs != departure.aws, f"moto answers as AWS does at {departure.path}: drop the departure"
        aws = departure.put_right(aws)
    found = differences(decaf.play(_SCENARIOS[name]), aws)
    assert not found, "\n".join(found)


def test_every_departure_is_of_a_scenario() -> None:
    assert set(DEPARTURES) <= set(_SCENARIOS)
