"""Permissions of a topic by label."""

from __future__ import annotations

import json
from typing import Any

from ..trace import Client, Trace, saw

_FRIEND = "222222222222"


def _policy(sns: Client, arn: str) -> Any:
    return json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])["Statement"]


def _allow(sns: Client, arn: str, label: str, *actions: str, accounts: tuple[str, ...] = (_FRIEND,)) -> Trace:
    return saw(sns.add_permission, TopicArn=arn, Label=label, AWSAccountId=list(accounts), ActionName=list(actions))


def adding_and_removing(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    return {
        "new": _policy(sns, arn),
        "one": _allow(sns, arn, "one", "Publish"),
        "several": _allow(sns, arn, "several", "Publish", "Subscribe", accounts=(_FRIEND, "333333333333")),
        "both": _policy(sns, arn),
        "remove": saw(sns.remove_permission, TopicArn=arn, Label="one"),
        "left": _policy(sns, arn),
        "again": saw(sns.remove_permission, TopicArn=arn, Label="one"),
    }


def bad_permissions(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    _allow(sns, arn, "taken", "Publish")
    return {
        "taken": _allow(sns, arn, "taken", "Publish"),
        "unknown action": _allow(sns, arn, "new", "Dance"),
        "unknown topic": _allow(sns, f"{arn}-2", "new", "Publish"),
        "remove from an unknown topic": saw(sns.remove_permission, TopicArn=f"{arn}-2", Label="taken"),
    }
