"""Conditions: every operator that a policy may name can be evaluated, and no other."""

from __future__ import annotations

import pytest

from decaf.access.condition import read_conditions
from decaf.base.policy import CONDITION_OPERATORS, BadPolicy


@pytest.mark.parametrize("operator", sorted(CONDITION_OPERATORS))
def test_every_operator_that_can_be_set_is_evaluated(operator: str) -> None:
    assert read_conditions({operator: {"aws:username": "alice"}}, variables=True)


@pytest.mark.parametrize("block", [{"Equals": {"a": "b"}}, {"NullIfExists": {"a": "true"}}, {"Bool": "true"}, [], 5])
def test_anything_else_is_no_condition(block: object) -> None:
    with pytest.raises(BadPolicy):
        read_conditions(block, variables=True)


def test_the_keys_of_a_condition_are_its_own_and_those_of_its_variables() -> None:
    (condition,) = read_conditions({"StringLike": {"aws:PrincipalTag/Team": "${aws:username}*"}}, variables=True)
    assert condition.keys == {"aws:principaltag/team", "aws:username"}
