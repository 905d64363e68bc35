"""Permissions by label, and the policy that comes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from decaf_protocol import operations
from tests.refusals import refusal

VALUE = "InvalidParameterValue"
LABEL = "Label can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
GRANT = {"Label": "new", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}

PERMISSIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"Label": "taken"}, VALUE, "Value taken for parameter Label is invalid. Reason: Already exists."),
    ({"Label": "no good"}, VALUE, LABEL),
    ({"Label": ""}, "MissingParameter", "The request must contain the parameter Label."),
    (
        {"Actions": ["CreateQueue"]},
        VALUE,
        "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: "
        "Only the queue owner is allowed to invoke this action.",
    ),
    (
        {"Actions": ["Dance"]},
        VALUE,
        "Value SQS:Dance for parameter ActionName is invalid. Reason: "
        "Please refer to the appropriate WSDL for a list of valid actions.",
    ),
    ({"Actions": []}, "MissingParameter", "The request must contain the parameter Actions."),
    ({"Actions": ["SendMessage"] * 8}, "OverLimit", "8 Actions were found, maximum allowed is 7."),
    (
        {"AWSAccountIds": ["me", "12"]},
        VALUE,
        "Value [me, 12] for parameter PrincipalId is invalid. Reason: Unable to verify.",
    ),
]


@pytest.mark.parametrize(("params", "code", "text"), PERMISSIONS)
def test_add_permission_says(sqs: Any, url: str, params: dict[str, Any], code: str, text: str) -> None:
    sqs.add_permission(**{**GRANT, "QueueUrl": url, "Label": "taken"})
    assert refusal(sqs.add_permission, **{**GRANT, "QueueUrl": url, **params}) == (code, text)


@pytest.mark.parametrize(("labels", "where"), [([], ""), (["other"], " on existing policy")])
def test_remove_permission_says(sqs: Any, url: str, labels: list[str], where: str) -> None:
    for label in labels:
        sqs.add_permission(**{**GRANT, "QueueUrl": url, "Label": label})
    assert refusal(sqs.remove_permission, QueueUrl=url, Label="none") == (
        VALUE,
        f"Value none for parameter Label is invalid. Reason: can't find label{where}.",
    )


def _policy(sqs: Any, url: str) -> Any:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return json.loads(attributes["Policy"]) if "Policy" in attributes else None


def test_one_action_and_account_stand_alone(sqs: Any, url: str, arn: str) -> None:
    sqs.add_permission(QueueUrl=url, **GRANT)
    assert _policy(sqs, url) == {
        "Version": "2008-10-17",
        "Id": f"{arn}orders/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "new",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "SQS:SendMessage",
                "Resource": f"{arn}orders",
            }
        ],
    }


def test_several_actions_and_accounts_are_lists_and_unknown_accounts_are_left_out(sqs: Any, url: str) -> None:
    accounts = ["123456789012", "nobody", "210987654321"]
    sqs.add_permission(QueueUrl=url, Label="many", AWSAccountIds=accounts, Actions=["*", "PurgeQueue"])
    statement = _policy(sqs, url)["Statement"][0]
    assert statement["Action"] == ["SQS:*", "SQS:PurgeQueue"]
    assert statement["Principal"]["AWS"] == ["arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:root"]


def test_removing_the_last_permission_removes_the_policy(sqs: Any, url: str) -> None:
    for label in ("a", "b"):
        sqs.add_permission(**{**GRANT, "QueueUrl": url, "Label": label})
    sqs.remove_permission(QueueUrl=url, Label="a")
    assert [statement["Sid"] for statement in _policy(sqs, url)["Statement"]] == ["b"]
    sqs.remove_permission(QueueUrl=url, Label="b")
    assert _policy(sqs, url) is None


def test_a_permission_joins_a_policy_that_was_set(sqs: Any, url: str, arn: str) -> None:
    only = {"Sid": "own", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": f"{arn}orders"}
    policy = {"Version": "2012-10-17", "Statement": only}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sqs.add_permission(QueueUrl=url, **GRANT)
    found = _policy(sqs, url)
    assert (found["Version"], [statement["Sid"] for statement in found["Statement"]]) == (
        "2012-10-17",
        ["own", "new"],
    )


def test_the_statement_after_the_twentieth_is_over_the_limit(sqs: Any, url: str) -> None:
    for number in range(20):
        sqs.add_permission(**{**GRANT, "QueueUrl": url, "Label": str(number)})
    said = refusal(sqs.add_permission, **{**GRANT, "QueueUrl": url, "Label": "20"})
    assert said == ("OverLimit", "21 Statements were found, maximum allowed is 20.")


STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}


def _set(sqs: Any, url: str, **statement: Any) -> tuple[str, str] | str:
    """What setting a policy of one statement says, or the text that the policy then has."""
    policy = json.dumps({"Statement": [{**STATEMENT, **statement}]}, indent=2)
    try:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    except ClientError as error:
        said = error.response["Error"]
        return said["Code"], said["Message"]
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])


def test_a_policy_comes_back_as_aws_writes_it(sqs: Any, url: str) -> None:
    """Recorded answers, 2017 to 2025-12: compact, in AWS's order, a list of one as its value."""
    statement = {
        "Condition": {"ArnEquals": {"aws:SourceArn": ["arn:aws:sns:us-east-1:123456789012:t"]}},
        "Resource": ["*"],
        "Action": ["sqs:SendMessage"],
        "Principal": {"AWS": ["123456789012"]},
        "Effect": "Allow",
        "Sid": "a",
    }
    policy = {"Statement": [statement], "Version": "2012-10-17", "Id": "x"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy, indent=2)})
    written = (
        '{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a","Effect":"Allow","Principal":'
        '{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sqs:SendMessage","Resource":"*",'
        '"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:t"}}}]}'
    )
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["Policy"] == written
    again = {"Policy": json.dumps(policy)}
    assert sqs.create_queue(QueueName="orders", Attributes=again)["QueueUrl"] == url


def test_a_statement_has_seven_actions_at_most(sqs: Any, url: str) -> None:
    """Reported of AWS in 2022."""
    actions = [f"sqs:{name}" for name in operations("sqs") if not name.endswith("Batch")][:10]
    for key in ("Action", "NotAction"):
        statement = {name: value for name, value in STATEMENT.items() if name != "Action"} | {key: actions}
        policy = json.dumps({"Statement": [STATEMENT, statement]})
        assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": policy}) == (
            "OverLimit",
            "10 actions were found in a statement from the submitted policy, max allowed is 7",
        )
    assert isinstance(_set(sqs, url, Action=actions[:7]), str)


def test_a_policy_has_8192_bytes_at_most(sqs: Any, url: str) -> None:
    """Reported of AWS from 2016 to 2025."""
    said = _set(sqs, url, Sid="a" * 8_192)
    assert said == ("OverLimit", "Submitted policy is over max allowed size.")


@pytest.mark.parametrize("action", ["sqs:ChangeMessageVisibilityBatch", "SQS:Dance", "sqs:sendmessagebatch"])
def test_an_action_that_no_policy_can_name(sqs: Any, url: str, action: str) -> None:
    """Reported of AWS in 2016 and 2019."""
    assert _set(sqs, url, Action=["sqs:SendMessage", action]) == (
        VALUE,
        f"Value {action} for parameter ActionName is invalid. Reason: "
        "Please refer to the appropriate WSDL for a list of valid actions.",
    )


@pytest.mark.parametrize("action", ["*", "sqs:*", "SQS:Send*", "sqs:deletequeue", "sqs:ListMessageMoveTasks"])
def test_actions_that_policies_can_name(sqs: Any, url: str, action: str) -> None:
    assert isinstance(_set(sqs, url, Action=action), str)


@pytest.mark.parametrize("action", ["sns:Publish", "s3:*", "SendMessage"])
def test_actions_of_other_services_make_it_no_policy(sqs: Any, url: str, action: str) -> None:
    assert _set(sqs, url, Action=["sqs:SendMessage", action]) == (
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
    )
