"""Permissions by label: statements added to a topic's policy and removed from it.

Source: the SNS API Reference, AddPermission and RemovePermission; texts as the real service words them.
"""

from __future__ import annotations

from decaf.api.sns.service import Sns
from decaf.base import policy
from decaf.base.identity import root_arn
from decaf.sns.errors import invalid
from decaf.sns.topic import TOPIC_STATE, Topic
from decaf.sns.topic_attributes import OUT_OF_SCOPE, POLICY_ACTIONS
from decaf_protocol import Call, Result, is_account


def add_permission(sns: Sns, call: Call, now: float) -> Result:
    topic = sns.topic(call)
    label: str = call.params["Label"]
    document = _document(topic)
    if policy.has_statement(document, label):
        raise invalid("Statement already exists")
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _principals(call.params["AWSAccountId"])},
        "Action": _actions(call.params["ActionName"]),
        "Resource": str(topic.arn),
    }
    topic.attributes["Policy"] = policy.write(policy.with_statement(document, statement))
    sns.events.mark_dirty(TOPIC_STATE, topic)
    return {}


def remove_permission(sns: Sns, call: Call, now: float) -> Result:
    """A label that no statement has is no error: in SNS nothing is that is removed twice."""
    topic = sns.topic(call)
    topic.attributes["Policy"] = policy.write(policy.without_statement(_document(topic), call.params["Label"]))
    sns.events.mark_dirty(TOPIC_STATE, topic)
    return {}


def _document(topic: Topic) -> policy.Document:
    return policy.read(topic.attributes["Policy"])


def _actions(names: list[str]) -> list[str]:
    known = {action.lower() for action in POLICY_ACTIONS}
    if not names or any(name.lower() not in known for name in names):
        raise invalid(OUT_OF_SCOPE)
    return [f"SNS:{name}" for name in names]


def _principals(accounts: list[str]) -> list[str]:
    if not accounts or not all(is_account(account) for account in accounts):
        raise invalid("Policy Error: PrincipalNotFound")
    return [root_arn(account) for account in accounts]
