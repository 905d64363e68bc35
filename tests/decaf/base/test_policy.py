"""Resource policies: what is one, and how much it may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base import policy

LIMITS = policy.Limits(size=8_192, statements=20, principals=50, conditions=10)
STATEMENT: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "arn:x"}


def _parse(document: Any) -> policy.Document:
    return policy.parse(document if isinstance(document, str) else json.dumps(document), "sqs", LIMITS)


def _with(**changes: Any) -> dict[str, Any]:
    """A policy whose one statement has `changes`; None takes a field away."""
    statement = {name: value for name, value in {**STATEMENT, **changes}.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    "document",
    [
        _with(),
        {"Statement": STATEMENT},
        {"Version": "2008-10-17", "Id": "any", "Statement": STATEMENT},
        _with(Effect="Deny", Sid="a label"),
        _with(Action=["SQS:SendMessage", "sqs:*", "*"]),
        _with(Action=None, NotAction="sqs:*"),
        _with(Principal=None, NotPrincipal={"AWS": "123456789012"}),
        _with(Principal={"AWS": ["123456789012", "*"], "Service": "sns.amazonaws.com"}),
        _with(Resource=["arn:x", "*"]),
        _with(Condition={"ArnEquals": {"aws:SourceArn": "arn:y"}, "Bool": {"aws:SecureTransport": True}}),
        _with(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "a*"}, "null": {"aws:SourceArn": "true"}}),
    ],
)
def test_a_policy(document: Any) -> None:
    assert _parse(document) == document


@pytest.mark.parametrize(
    "document",
    [
        "junk",
        "[" * 100_000,
        "4",
        [],
        {},
        {"Statement": []},
        {"Statement": ["allow"]},
        {"Version": "2020-01-01", "Statement": STATEMENT},
        {"Statement": STATEMENT, "Colour": "red"},
        _with(Colour="red"),
        _with(Effect="allow"),
        _with(Sid=1),
        _with(Principal=None),
        _with(Principal="everyone"),
        _with(Principal={}),
        _with(Principal={"Person": "me"}),
        _with(NotPrincipal="*"),
        _with(Action=None),
        _with(Action=[]),
        _with(Action="s3:GetObject"),
        _with(Action=4),
        _with(Resource=None),
        _with(Resource=""),
        _with(Condition=[]),
        _with(Condition={"Bool": "true"}),
        _with(Condition={"Equals": {"aws:username": "alice"}}),
        _with(Condition={"NullIfExists": {"aws:username": "true"}}),
    ],
)
def test_no_policy(document: Any) -> None:
    with pytest.raises(policy.BadPolicy):
        _parse(document)


@pytest.mark.parametrize(
    ("document", "excess"),
    [
        ({"Statement": [STATEMENT] * 21}, (21, "statements", 20)),
        (_with(Principal={"AWS": ["*"] * 51}), (51, "principals", 50)),
        (_with(Condition={"StringEquals": {f"aws:{n}": "x" for n in range(11)}}), (11, "conditions", 10)),
        (json.dumps(_with()) + " " * 8_192, (len(json.dumps(_with())) + 8_192, "bytes", 8_192)),
    ],
)
def test_more_than_a_policy_may_hold(document: Any, excess: tuple[int, str, int]) -> None:
    with pytest.raises(policy.PolicyOverLimit) as raised:
        _parse(document)
    assert raised.value.args == excess


@pytest.mark.parametrize("principal", ["nobody", "123", "arn:aws:iam::123:root", "arn:aws:s3:::bucket", "_"])
def test_a_principal_that_cannot_be(principal: str) -> None:
    with pytest.raises(policy.PrincipalNotFound):
        _parse(_with(Principal={"AWS": ["*", principal]}))


@pytest.mark.parametrize(
    "principal",
    ["arn:aws:iam::123456789012:role/path/r", "arn:aws-cn:sts::123456789012:assumed-role/r/s", "AIDACKCEVSQ6C2EXAMPLE"],
)
def test_a_principal_that_may_be(principal: str) -> None:
    _parse(_with(Principal={"AWS": principal}))


def test_a_policy_is_written_as_aws_writes_it() -> None:
    statement = {
        "Condition": {"Bool": {"aws:SecureTransport": [False]}, "NumericEquals": {"aws:x": [5, "6"]}},
        "Resource": ["arn:x"],
        "Action": ["sqs:SendMessage"],
        "Principal": {"AWS": ["123456789012"]},
        "Effect": "Allow",
        "Sid": "s",
    }
    several = {"NotResource": ["a", "b"], "NotAction": ["sqs:A", "sqs:B"], "NotPrincipal": "*", "Effect": "Deny"}
    assert policy.write({"Statement": [statement, several], "Id": "i", "Version": "2012-10-17"}) == (
        '{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"s","Effect":"Allow",'
        '"Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sqs:SendMessage","Resource":"arn:x",'
        '"Condition":{"Bool":{"aws:SecureTransport":"false"},"NumericEquals":{"aws:x":["5","6"]}}},'
        '{"Effect":"Deny","NotPrincipal":"*","NotAction":["sqs:A","sqs:B"],"NotResource":["a","b"]}]}'
    )


def test_a_policy_is_written_with_a_version_and_a_list_of_statements() -> None:
    written = policy.write({"Statement": STATEMENT})
    assert written.startswith('{"Version":"2008-10-17","Statement":[{"Effect":')
    assert policy.write(policy.read(written)) == written


def test_statements_come_and_go_by_their_label() -> None:
    document = policy.with_statement({"Statement": STATEMENT}, {**STATEMENT, "Sid": "b"})
    assert policy.has_statement(document, "b")
    assert policy.without_statement(document, "b") == {"Statement": [STATEMENT]}
    assert not policy.has_statement(document, "c")
