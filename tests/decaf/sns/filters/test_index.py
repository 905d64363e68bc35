"""The index of filter policies: it rules out policies that cannot match a message, and no other."""

from __future__ import annotations

import json
from typing import Any

from decaf.sns.filters import Candidates, PolicyIndex, Scope, compile_policy


def index(scope: Scope = "MessageBody", **policies: Any) -> PolicyIndex[str]:
    return PolicyIndex(
        {name: policy and compile_policy(json.dumps(policy), scope) for name, policy in policies.items()}
    )


def possible(policies: PolicyIndex[str], **body: Any) -> list[str]:
    return list(policies.possible(Candidates(json.dumps(body))))


def test_those_that_need_another_value_are_left_out() -> None:
    policies = index(a={"city": ["Paris", "Rome"]}, b={"city": ["Oslo"]}, c={"town": ["Rome"]})
    assert possible(policies, city="Rome") == ["a"]
    assert possible(policies, city=["Rome", "Oslo"]) == ["a", "b"]
    assert possible(policies, city="Lima") == []
    assert possible(policies) == []


def test_those_without_a_policy_are_always_named() -> None:
    policies = index(a=None, b={"city": ["Oslo"]}, c=None)
    assert possible(policies, city="Rome") == ["a", "c"]
    assert possible(policies, city="Oslo") == ["a", "b", "c"]


def test_conditions_that_are_no_values_are_left_to_the_policy() -> None:
    policies = index(
        prefix={"city": [{"prefix": "R"}]},
        absent={"city": ["Oslo", {"exists": False}]},
        other={"city": ["Oslo", {"anything-but": "Rome"}]},
    )
    assert possible(policies, city="Rome") == ["prefix", "absent", "other"]


def test_one_key_that_needs_a_value_is_enough() -> None:
    policies = index(a={"size": [{"numeric": [">", 3]}], "city": ["Rome"]})
    assert possible(policies, city="Rome", size=1) == ["a"]
    assert possible(policies, city="Oslo", size=5) == []


def test_each_alternative_has_its_own_values() -> None:
    policies = index(
        both={"$or": [{"city": ["Rome"]}, {"town": ["Bath"]}]},
        open={"$or": [{"city": ["Rome"]}, {"town": [{"prefix": "B"}]}]},
    )
    assert possible(policies, city="Rome") == ["both", "open"]
    assert possible(policies, town="Bath") == ["both", "open"]
    assert possible(policies, town="Ulm") == ["open"]


def test_values_are_compared_as_policies_compare_them() -> None:
    policies = index(one={"n": [1]}, true={"n": [True]}, text={"n": ["1"]}, null={"n": [None]})
    assert possible(policies, n=1.0) == ["one"]
    assert possible(policies, n=True) == ["true"]
    assert possible(policies, n="1") == ["text"]
    assert possible(policies, n=None) == ["null"]


def test_what_is_possible_matches_when_it_needs_no_more_or_is_satisfied() -> None:
    policies = index(
        alone={"city": ["Rome"]},
        either={"$or": [{"city": ["Rome"]}, {"town": ["Bath"]}]},
        both={"city": ["Rome"], "size": [{"numeric": [">", 3]}]},
        prefix={"city": [{"prefix": "O"}]},
        all=None,
    )
    rome = Candidates('{"city":"Rome","size":3}')
    assert list(policies.possible(rome)) == ["alone", "either", "both", "prefix", "all"]
    assert policies.matching(rome) == ["alone", "either", "all"]
    assert policies.matching(Candidates('{"shops":[{"city":"Rome"}],"city":["Rome"],"size":4}')) == [
        "alone",
        "either",
        "both",
        "all",
    ]
    policy = policies.policies["alone"]
    assert policy is not None
    assert policy.needs_no_more


def test_each_scope_is_looked_up_where_it_looks() -> None:
    rome = {"city": {"DataType": "String", "StringValue": "Rome"}}
    policies = PolicyIndex(
        {
            "body": compile_policy('{"city":["Rome"]}', "MessageBody"),
            "attributes": compile_policy('{"city":["Rome"]}', "MessageAttributes"),
        }
    )
    assert policies.possible(Candidates("{}", rome)) == ["attributes"]
    assert policies.possible(Candidates('{"city":"Rome"}')) == ["body"]
    assert policies.possible(Candidates("no JSON")) == []
