"""When rules fire, and how they count."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from decaf.base.arn import Arn
from decaf.base.events import Events
from decaf.faults.effects import ON_CALLS, Duplicate, Effect, Fail, Throttle
from decaf.faults.match import Context, Match
from decaf.faults.rules import Faults, Rule, When

ACCOUNT = "111111111111"
QUEUE = Arn("sqs", "us-east-1", ACCOUNT, "orders")
TOPIC = Arn("sns", "us-east-1", ACCOUNT, "orders")
CALL = Context("sqs", ACCOUNT, "us-east-1", QUEUE, "ReceiveMessage", QUEUE)
DELIVERY = Context("sns", ACCOUNT, "us-east-1", TOPIC, queue=QUEUE, topic=TOPIC, subscriber=("sqs", str(QUEUE)))
NOW = 1_700_000_000.0


@pytest.fixture
def faults() -> Faults:
    return Faults(Events(), seed=7)


def _add(faults: Faults, effect: Effect | None = None, match: Match | None = None, **when: Any) -> Rule:
    return faults.add(match or Match(), effect or Throttle(), When(**when), NOW)


def _strikes(faults: Faults, times: int, now: float = NOW) -> list[int]:
    """At which of so many calls a rule strikes, from 1 on."""
    return [n for n in range(1, times + 1) if list(faults.hitting(CALL, ON_CALLS, now))]


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"nth": 3}, [3]),
        ({"nth": [1, 4]}, [1, 4]),
        ({"count": 2}, [1, 2]),
        ({"nth": [1, 4], "count": 1}, [1]),
        ({"probability": 0.0}, []),
        ({"probability": 1.0}, [1, 2, 3, 4, 5]),
        ({"probability": 1.0, "count": 3}, [1, 2, 3]),
    ],
)
def test_when_a_rule_strikes(faults: Faults, when: dict[str, Any], struck: list[int]) -> None:
    rule = _add(faults, **when)
    assert _strikes(faults, 5) == struck
    assert rule.fired == len(struck)


def test_a_rule_that_has_fired_count_times_counts_no_more_matches(faults: Faults) -> None:
    rule = _add(faults, count=2)
    _strikes(faults, 5)
    assert (rule.matched, rule.fired) == (2, 2)


def test_a_rule_fires_with_its_probability(faults: Faults) -> None:
    _add(faults, probability=0.25)
    assert 200 < len(_strikes(faults, 1_000)) < 300  # the seed is fixed


def test_with_a_seed_a_run_repeats_whatever_other_rules_there_are(faults: Faults) -> None:
    _add(faults, probability=0.5)
    struck = _strikes(faults, 100)
    again = Faults(Events(), seed=7)
    _add(again, probability=0.5)
    _add(again, probability=0.5, match=Match(queue="payments"))
    assert _strikes(again, 100) == struck
    other = Faults(Events(), seed=8)
    _add(other, probability=0.5)
    assert _strikes(other, 100) != struck


def test_each_rule_throws_its_own_dice(faults: Faults) -> None:
    first, second = _add(faults, probability=0.5), _add(faults, probability=0.5)
    struck = [{rule.id for rule in faults.hitting(CALL, ON_CALLS, NOW)} for _ in range(100)]
    assert {first.id} in struck
    assert {second.id} in struck


def test_rules_end_on_the_clock(faults: Faults) -> None:
    rule = _add(faults, expires_in=60)
    assert _strikes(faults, 1, NOW + 59.9) == [1]
    assert _strikes(faults, 1, NOW + 60) == []
    assert (rule.matched, rule.expires_at) == (1, NOW + 60)


def test_a_rule_is_either_for_calls_or_for_deliveries(faults: Faults) -> None:
    kinds = (Fail, Duplicate, Throttle)
    rules: list[tuple[Effect, Match]] = [
        (Throttle(), Match()),
        (Duplicate(), Match(queue="orders")),
        (Duplicate(), Match(topic="orders")),
        (Duplicate(), Match(subscriber="sqs")),
        (Fail(), Match(queue="orders")),
    ]
    for effect, match in rules:
        _add(faults, effect, match)
    assert [rule.id for rule in faults.hitting(CALL, kinds, NOW)] == ["fault-1", "fault-2"]
    assert [rule.id for rule in faults.hitting(DELIVERY, kinds, NOW)] == ["fault-3", "fault-4", "fault-5"]


def test_rules_that_are_not_come_to_have_no_trial(faults: Faults) -> None:
    first, second = _add(faults), _add(faults)
    assert next(faults.hitting(CALL, ON_CALLS, NOW)) is first
    assert (first.matched, second.matched) == (1, 0)


def test_rules_are_taken_out_by_id(faults: Faults) -> None:
    first, second = _add(faults), _add(faults)
    assert faults.remove(first.id)
    assert not faults.remove(first.id)
    assert faults.rules == [second]


def test_a_reset_of_an_account_removes_the_rules_for_it_alone(faults: Faults) -> None:
    general = _add(faults)
    _add(faults, match=Match(account=ACCOUNT))
    _add(faults, match=Match(queue=str(QUEUE)))
    other = _add(faults, match=Match(account="222222222222"))
    faults.reset(ACCOUNT)
    assert faults.rules == [general, other]
    faults.reset()
    assert faults.rules == []


def test_after_a_reset_of_everything_chance_begins_anew(faults: Faults) -> None:
    _add(faults, probability=0.5)
    struck = _strikes(faults, 100)
    faults.reset()
    _add(faults, probability=0.5)
    assert _strikes(faults, 100) == struck


def test_a_seed_begins_anew_with_chance_whatever_there_was_before(faults: Faults) -> None:
    faults.remove(_add(faults, probability=0.5).id)
    faults.seed(3)
    rule = _add(faults, probability=0.5)
    struck = _strikes(faults, 100)
    faults.seed(3)
    assert _strikes(faults, 100) == struck
    faults.remove(rule.id)
    faults.seed(4)
    _add(faults, probability=0.5)
    assert _strikes(faults, 100) != struck


@pytest.mark.parametrize(
    "when", [{"nth": 0}, {"nth": [1, 0]}, {"probability": 1.1}, {"count": 0}, {"expires_in": -1}, {"often": 1}]
)
def test_a_value_that_is_not_allowed_is_refused(when: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(when, When)


def test_chance_and_count_exclude_each_other() -> None:
    with pytest.raises(msgspec.ValidationError, match="give either nth or probability"):
        msgspec.convert({"nth": 1, "probability": 0.5}, When)
