"""Permissions by label: statements added to a queue's policy and removed from it.

Source: the SQS API Reference, AddPermission and RemovePermission.
"""

from __future__ import annotations

import re

from decaf.api.sqs.changing import change_attributes
from decaf.api.sqs.service import Sqs
from decaf.base import policy
from decaf.base.arn import Arn
from decaf.base.identity import root_arn
from decaf.base.settings import Settings
from decaf.sqs.errors import (
    action_of_owner,
    invalid_parameter,
    invalid_value,
    missing_parameter,
    over_limit,
    unknown_action,
)
from decaf.sqs.queue import Queue
from decaf_protocol import Call, Result, is_account, operations

_ACTIONS = frozenset(
    {
        "*",
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    }
)
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")


def add_permission(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    label: str = call.params["Label"]
    _check_label(label)
    document = _document(queue)
    if policy.has_statement(document, label):
        raise invalid_parameter(label, "Label", "Already exists.")
    actions = _actions(call.params["Actions"], sqs.settings)
    principals = _principals(call.params["AWSAccountIds"])
    document = policy.with_statement(document, _statement(label, principals, actions, queue.arn))
    count, most = len(policy.statements(document)), sqs.settings.max_policy_statements
    if count > most:
        raise over_limit(f"{count} Statements were found, maximum allowed is {most}.")
    _set_policy(sqs, queue, document, now)
    return {}


def remove_permission(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    label: str = call.params["Label"]
    _check_label(label)
    document = _document(queue)
    if not policy.has_statement(document, label):
        where = " on existing policy" if "Policy" in queue.latest_attributes() else ""
        raise invalid_parameter(label, "Label", f"can't find label{where}.")
    _set_policy(sqs, queue, policy.without_statement(document, label), now)
    return {}


def _document(queue: Queue) -> policy.Document:
    text = queue.latest_attributes().get("Policy")
    if text is None:
        return {"Version": policy.DEFAULT_VERSION, "Id": f"{queue.arn}/SQSDefaultPolicy"}
    return policy.read(text)


def _set_policy(sqs: Sqs, queue: Queue, document: policy.Document, now: float) -> None:
    """Set the queue's policy; one without statements is removed."""
    changes = {"Policy": policy.write(document) if policy.statements(document) else None}
    change_attributes(sqs, queue, changes, now)


def _statement(label: str, principals: list[str], actions: list[str], resource: Arn) -> policy.Statement:
    return {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": actions,
        "Resource": str(resource),
    }


def _check_label(label: str) -> None:
    if not label:
        raise missing_parameter("Label")
    if _LABEL.fullmatch(label) is None:
        raise invalid_value(
            "Label can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )


def _actions(names: list[str], settings: Settings) -> list[str]:
    if not names:
        raise missing_parameter("Actions")
    if len(names) > settings.max_policy_actions:
        raise over_limit(f"{len(names)} Actions were found, maximum allowed is {settings.max_policy_actions}.")
    for name in names:
        if name not in _ACTIONS:
            can_be = name in operations("sqs") and not name.endswith("Batch")
            raise (action_of_owner if can_be else unknown_action)(f"SQS:{name}")
    return [f"SQS:{name}" for name in names]


def _principals(accounts: list[str]) -> list[str]:
    """AWS ignores unknown accounts, and fails when all are unknown; here every account exists."""
    known = [account for account in accounts if is_account(account)]
    if not known:
        raise invalid_parameter(f"[{', '.join(accounts)}]", "PrincipalId", "Unable to verify.")
    return [root_arn(account) for account in known]
