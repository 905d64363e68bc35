"""Permissions of functions, by boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from decaf.testing.control import Control
from tests.live import Live
from tests.refusals import refusal

SNS = {"FunctionName": "brew", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}


def test_a_statement_is_added_read_and_removed(lambda_: Any, create: Callable[..., Any], account: str) -> None:
    arn = create()["FunctionArn"]
    topic = f"arn:aws:sns:us-east-1:{account}:orders"
    added = lambda_.add_permission(**SNS, StatementId="orders", SourceArn=topic, SourceAccount=account)
    statement = {
        "Sid": "orders",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {"ArnLike": {"AWS:SourceArn": topic}, "StringEquals": {"AWS:SourceAccount": account}},
    }
    assert json.loads(added["Statement"]) == statement
    found = lambda_.get_policy(FunctionName="brew")
    assert json.loads(found["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    lambda_.add_permission(**SNS, StatementId="more", RevisionId=found["RevisionId"])
    lambda_.remove_permission(FunctionName="brew", StatementId="orders")
    left = json.loads(lambda_.get_policy(FunctionName="brew")["Policy"])["Statement"]
    assert [each["Sid"] for each in left] == ["more"]
    lambda_.remove_permission(FunctionName="brew", StatementId="more")
    assert refusal(lambda_.get_policy, FunctionName="brew") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


@pytest.mark.parametrize(
    ("principal", "written"),
    [
        ("*", "*"),
        ("111122223333", {"AWS": "arn:aws:iam::111122223333:root"}),
        ("arn:aws:iam::111122223333:role/r", {"AWS": "arn:aws:iam::111122223333:role/r"}),
        ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"}),
    ],
)
def test_a_principal_is_a_service_an_account_an_identity_or_anybody(
    lambda_: Any, create: Callable[..., Any], principal: str, written: Any
) -> None:
    create()
    added = lambda_.add_permission(**{**SNS, "Principal": principal}, StatementId="s")
    assert json.loads(added["Statement"])["Principal"] == written


def test_what_cannot_be_added_is_refused(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    revision = lambda_.get_function_configuration(FunctionName="brew")["RevisionId"]
    lambda_.add_permission(**SNS, StatementId="s")
    assert refusal(lambda_.add_permission, **SNS, StatementId="s")[0] == "ResourceConflictException"
    assert refusal(lambda_.add_permission, **{**SNS, "Principal": "me"}, StatementId="t") == (
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    )
    assert refusal(lambda_.add_permission, **SNS, StatementId="a b")[0] == "ValidationException"
    assert refusal(lambda_.add_permission, **SNS, StatementId="t", RevisionId=revision)[0] == (
        "PreconditionFailedException"
    )
    assert refusal(lambda_.remove_permission, FunctionName="brew", StatementId="t") == (
        "ResourceNotFoundException",
        "Statement t is not found in resource policy.",
    )


def test_a_statement_lets_a_topic_in(
    live: Live, sns: Any, lambda_: Any, create: Callable[..., Any], account: str
) -> None:
    arn = create()["FunctionArn"]
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    Control(live.url, account=account).set_access("enforce")
    lambda_.add_permission(**SNS, StatementId="other", SourceArn=f"{topic}-other")
    mark = live.control.mark()
    sns.publish(TopicArn=topic, Message="latte")
    failed = live.control.wait_for("NotificationFailed", since=mark, account=account)
    assert "lambda:InvokeFunction" in str(failed)
    lambda_.add_permission(**SNS, StatementId="orders", SourceArn=topic, SourceAccount=account)
    sns.publish(TopicArn=topic, Message="mocha")
    live.control.wait_for("FunctionSucceeded", since=mark, account=account)
