"""Who may use a topic: its policy, and the statements that AddPermission and RemovePermission put there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.decaf.sns.cloud import ACCOUNT, Cloud

INVALID = "InvalidParameter: Invalid parameter: "
OTHER = "222222222222"
ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"


def policy(cloud: Cloud) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(cloud.sns("GetTopicAttributes", TopicArn=ARN)["Attributes"]["Policy"])
    return document


def allow(cloud: Cloud, label: str = "friends", **changes: Any) -> None:
    cloud.sns("AddPermission", **permission(label, **changes))


def permission(label: str = "friends", **changes: Any) -> dict[str, Any]:
    given = {"TopicArn": ARN, "Label": label, "AWSAccountId": [OTHER], "ActionName": ["Publish"]}
    return given | changes


def test_a_new_topic_is_its_owners(cloud: Cloud) -> None:
    cloud.topic()
    assert policy(cloud) == {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    "SNS:GetTopicAttributes",
                    "SNS:SetTopicAttributes",
                    "SNS:AddPermission",
                    "SNS:RemovePermission",
                    "SNS:DeleteTopic",
                    "SNS:Subscribe",
                    "SNS:ListSubscriptionsByTopic",
                    "SNS:Publish",
                ],
                "Resource": ARN,
                "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
            }
        ],
    }


def test_a_permission_is_one_more_statement(cloud: Cloud) -> None:
    cloud.topic()
    allow(cloud)
    assert policy(cloud)["Statement"][1:] == [
        {
            "Sid": "friends",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
            "Action": "SNS:Publish",
            "Resource": ARN,
        }
    ]


def test_several_accounts_and_actions_are_lists(cloud: Cloud) -> None:
    cloud.topic()
    allow(cloud, AWSAccountId=[OTHER, ACCOUNT], ActionName=["Publish", "Receive"])
    statement = policy(cloud)["Statement"][1]
    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{account}:root" for account in (OTHER, ACCOUNT)]}
    assert statement["Action"] == ["SNS:Publish", "SNS:Receive"]


def test_a_label_is_used_once(cloud: Cloud) -> None:
    cloud.topic()
    allow(cloud)
    assert cloud.refusal("AddPermission", **permission()) == INVALID + "Statement already exists"


def test_a_removed_label_can_be_used_again(cloud: Cloud) -> None:
    cloud.topic()
    allow(cloud)
    allow(cloud, "others")
    cloud.sns("RemovePermission", TopicArn=ARN, Label="friends")
    assert [statement["Sid"] for statement in policy(cloud)["Statement"]] == ["__default_statement_ID", "others"]
    allow(cloud)


def test_removing_a_permission_that_does_not_exist_is_no_error(cloud: Cloud) -> None:
    cloud.topic()
    before = policy(cloud)
    assert cloud.sns("RemovePermission", TopicArn=ARN, Label="nobody") == {}
    assert policy(cloud) == before


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ActionName": ["Dance"]}, "Policy statement action out of service scope!"),
        ({"ActionName": ["*"]}, "Policy statement action out of service scope!"),
        ({"ActionName": []}, "Policy statement action out of service scope!"),
        ({"AWSAccountId": ["me"]}, "Policy Error: PrincipalNotFound"),
        ({"AWSAccountId": []}, "Policy Error: PrincipalNotFound"),
        ({"TopicArn": "x"}, "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
    ],
)
def test_a_bad_permission_is_refused(cloud: Cloud, changes: dict[str, Any], text: str) -> None:
    cloud.topic()
    assert cloud.refusal("AddPermission", **permission(**changes)) == INVALID + text


def test_permissions_are_of_topics_that_exist(cloud: Cloud) -> None:
    assert cloud.refusal("AddPermission", **permission()) == "NotFound: Topic does not exist"
    assert cloud.refusal("RemovePermission", TopicArn=ARN, Label="x") == "NotFound: Topic does not exist"


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": ARN} | changes


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("no JSON", "Policy Error: null"),
        ("[]", "Policy Error: null"),
        ({"Statement": []}, "Policy Error: null"),
        ({"Statement": "all"}, "Policy Error: null"),
        ({"Statement": [statement(Effect="Maybe")]}, "Policy Error: null"),
        ({"Statement": [statement(Principal="me")]}, "Policy Error: null"),
        ({"Statement": [statement(Principal={"AWS": "arn:aws:iam::123:root"})]}, "Policy Error: PrincipalNotFound"),
        ({"Statement": [statement(Principal={"AWS": ["*", "me"]})]}, "Policy Error: PrincipalNotFound"),
        ({"Statement": [statement()], "Version": "1984-01-01"}, "Policy Error: null"),
        ({"Statement": statement(Action="sqs:SendMessage")}, "Policy statement action out of service scope!"),
        ({"Statement": [statement(Action=["sns:*"])]}, "Policy statement action out of service scope!"),
        ({"Statement": [statement(Sid="x" * 31_000)]}, "Policy Error: 31147 bytes, maximum allowed is 30720"),
    ],
)
def test_a_bad_policy_is_refused(cloud: Cloud, document: Any, text: str) -> None:
    cloud.topic()
    value = document if isinstance(document, str) else json.dumps(document)
    changes = {"TopicArn": ARN, "AttributeName": "Policy", "AttributeValue": value}
    assert cloud.refusal("SetTopicAttributes", **changes) == INVALID + text


WRITTEN = (  # by AWS, recorded from 2017 to 2025-12: compact, in its order, a list of one as its value
    '{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"s","Effect":"Allow","Principal":{"AWS":'
    f'"arn:aws:iam::{OTHER}:root"}},"Action":"sns:publish","Resource":"{ARN}"}}]}}'
)


def sent() -> str:
    one = {"Action": ["sns:publish"], "Principal": {"AWS": [OTHER]}, "Sid": "s", "Resource": ARN, "Effect": "Allow"}
    return json.dumps({"Statement": [one], "Id": "x", "Version": "2012-10-17"}, indent=2)


def test_a_policy_comes_back_as_aws_writes_it(cloud: Cloud) -> None:
    cloud.topic()
    cloud.sns("SetTopicAttributes", TopicArn=ARN, AttributeName="Policy", AttributeValue=sent())
    assert cloud.sns("GetTopicAttributes", TopicArn=ARN)["Attributes"]["Policy"] == WRITTEN


def test_a_topic_is_created_with_a_policy_written_in_any_way(cloud: Cloud) -> None:
    for policy in (sent(), WRITTEN):
        assert cloud.sns("CreateTopic", Name="orders", Attributes={"Policy": policy}) == {"TopicArn": ARN}
    assert cloud.sns("GetTopicAttributes", TopicArn=ARN)["Attributes"]["Policy"] == WRITTEN
