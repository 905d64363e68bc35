"""Requests are judged as AWS's documentation has it: the whole table, and a second evaluator that reads policies
plainly, on policies made at random."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.access.decision import Decision, decide
from decaf.access.statements import EMPTY, AccessRequest, compile_policy
from tests.decaf.access import oracle
from tests.decaf.access.callers import caller_of, context_of
from tests.decaf.access.table import (
    ALICE,
    ALLOWED,
    BOB,
    BY_IDENTITY,
    BY_RESOURCE,
    NO_IDENTITY,
    NO_RESOURCE,
    OTHER,
    OWNER,
    QUEUE,
    ROOT,
    ROWS,
    SESSION,
    SNS,
    TOPIC,
    WORKER,
    Row,
    allow,
    deny,
    may,
)

SINGLE = {name: name.removesuffix("Batch") for name in ("SendMessageBatch", "DeleteMessageBatch")}


def document(row: Row, statements: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Returns statements of a row as a policy."""
    return {"Statement": list(statements)} | ({"Version": row.version} if row.version else {})


def words(decision: Decision) -> str:
    """Returns a decision in the words of the table."""
    if decision.allowed:
        return ALLOWED
    missing = {"identity-based policy": NO_IDENTITY, "resource-based policy": NO_RESOURCE}
    denied = {"identity-based policy": BY_IDENTITY, "resource-based policy": BY_RESOURCE}
    return (missing if decision.statement is None else denied)[decision.policy]


def test_the_table_is_long() -> None:
    assert len(ROWS) >= 250


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.source)
def test_a_request_is_judged_as_documented(row: Row) -> None:
    who = caller_of(row.who, row.tags)
    request = AccessRequest(who, f"sqs:{row.action.removesuffix('Batch')}", QUEUE, context_of(row, who))
    own, policy = document(row, row.own), document(row, row.queue)
    decision = decide(request, [compile_policy(json.dumps(own))], compile_policy(json.dumps(policy)), OWNER)
    assert words(decision) == row.expected
    assert oracle.judge(who, request.action, QUEUE, request.context, own, policy) == row.expected


def test_a_decision_names_the_statement_that_decided() -> None:
    who = caller_of("alice", {})
    request = AccessRequest(who, "sqs:SendMessage", QUEUE, who.keys)
    policy = compile_policy(json.dumps({"Statement": [allow(aws := {"AWS": ALICE}), deny(aws, Sid="NotAlice")]}))
    decision = decide(request, [EMPTY], policy, OWNER)
    assert decision.statement is not None
    assert decision.statement.name == "NotAlice"
    assert decision.why_not("sqs:sendmessage") == "with an explicit deny in a resource-based policy"
    allowed = decide(request, [EMPTY], compile_policy(json.dumps({"Statement": allow(aws)})), OWNER)
    assert allowed.statement is not None
    assert allowed.statement.name == "statement 1"


def test_a_policy_that_cannot_be_read_grants_nothing() -> None:
    for text in ("", "[]", '{"Statement": 5}', json.dumps({"Statement": may(Condition={"Unknown": {"a": "b"}})})):
        assert compile_policy(text) is EMPTY


# --- policies made at random -------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    ["", "a", "ab", "abc", "5", "7", "-1", "true", "FALSE", "2026-01-02", "127.0.0.1", ALICE, TOPIC]
)
WANTED = st.one_of(
    TEXTS,
    st.sampled_from(
        ["*", "?", "a*", "*b*", "a?c", "${aws:username}", "${k:x}*", "${k:x, 'ab'}", "${*}", "127.0.0.0/8", "arn:*"]
    ),
    st.text(alphabet="ab*?:", max_size=6),
    st.booleans(),
    st.integers(-2, 9),
)
BARE = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
]
OPERATORS = st.one_of(
    st.just("Null"),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]),
        st.sampled_from(BARE),
        st.sampled_from(["", "", "IfExists"]),
    ),
)
KEYS = st.sampled_from(["k:x", "k:y", "K:Many", "aws:username", "aws:SourceArn"])


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Returns one value, or a list of some."""
    return st.one_of(values, st.lists(values, min_size=1, max_size=3))


CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(KEYS, some(WANTED), min_size=1, max_size=2), max_size=2)
ACTIONS = some(st.sampled_from(["sqs:SendMessage", "SQS:sendmessage", "sqs:*", "*", "sqs:Receive*", "sqs:DeleteQueue"]))
RESOURCES = some(
    st.sampled_from([QUEUE, "*", "arn:aws:sqs:*:orders", f"{QUEUE}2", "arn:aws:sqs:*:${aws:PrincipalAccount}:orders"])
)
NAMES = st.sampled_from(["*", OWNER, ROOT, OTHER, ALICE, WORKER, SESSION, BOB])
PRINCIPALS = st.one_of(
    st.just("*"),
    st.fixed_dictionaries({}, optional={"AWS": some(NAMES), "Service": some(st.sampled_from([SNS, "other"]))}).filter(
        bool
    ),
)


def element(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Returns an element, or the one that has `Not` before its name."""
    return st.tuples(st.sampled_from([name, name, f"Not{name}"]), values).map(lambda pair: dict([pair]))


def policies(of_resource: bool) -> st.SearchStrategy[dict[str, Any]]:
    parts = [element("Action", ACTIONS), element("Resource", RESOURCES)]
    parts += [element("Principal", PRINCIPALS)] if of_resource else []
    effects = st.sampled_from([{"Effect": "Allow"}, {"Effect": "Allow"}, {"Effect": "Deny"}])
    statement = st.tuples(effects, CONDITIONS.map(lambda block: {"Condition": block}), *parts).map(
        lambda found: {name: value for each in found for name, value in each.items()}
    )
    versions = st.sampled_from([{}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}, {"Version": "2012-10-17"}])
    return st.tuples(versions, st.lists(statement, max_size=3)).map(lambda found: {**found[0], "Statement": found[1]})


@given(
    who=st.sampled_from(["alice", "session", "root", "bob", "other root", "anonymous", "sns"]),
    action=st.sampled_from(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteQueue"]),
    own=policies(of_resource=False),
    policy=policies(of_resource=True),
    values=st.fixed_dictionaries(
        {},
        optional={
            "k:x": TEXTS,
            "k:y": st.text(alphabet="ab:5", max_size=5),
            "k:many": st.lists(TEXTS, max_size=3).map(tuple),
            "aws:sourcearn": st.just(TOPIC),
        },
    ),
)
def test_the_compiled_evaluator_decides_as_the_plain_one(
    who: str, action: str, own: dict[str, Any], policy: dict[str, Any], values: dict[str, Any]
) -> None:
    caller = caller_of(who, {})
    context = {**caller.keys, **values}
    own = {} if who in ("anonymous", "sns", "root", "other root") else own
    request = AccessRequest(caller, action, QUEUE, context)
    decision = decide(request, [compile_policy(json.dumps(own))], compile_policy(json.dumps(policy)), OWNER)
    assert words(decision) == oracle.judge(caller, action, QUEUE, context, own, policy)
