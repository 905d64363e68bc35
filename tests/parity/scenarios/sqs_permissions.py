"""AddPermission and RemovePermission, and the policy that comes of them."""

from __future__ import annotations

from ..trace import Client, Trace, saw

_GRANT = {"Label": "a", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}


def one_action_for_one_account(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return {
        "add": saw(sqs.add_permission, QueueUrl=url, **_GRANT),
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"]),
        "remove": saw(sqs.remove_permission, QueueUrl=url, Label="a"),
        "read nothing": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"]),
    }


def several_of_each(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    accounts, actions = ["123456789012", "210987654321"], ["SendMessage", "ReceiveMessage"]
    return {
        "add": saw(sqs.add_permission, QueueUrl=url, Label="a", AWSAccountIds=accounts, Actions=actions),
        "read": saw(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"]),
    }


def what_is_refused(sqs: Client) -> Trace:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.add_permission(QueueUrl=url, **_GRANT)
    cases = {
        "a label twice": {},
        "an action of the owner": {"Label": "b", "Actions": ["CreateQueue"]},
        "no such action": {"Label": "b", "Actions": ["Dance"]},
        "eight actions": {"Label": "b", "Actions": ["SendMessage"] * 8},
        "no account": {"Label": "b", "AWSAccountIds": []},
        "no action": {"Label": "b", "Actions": []},
    }
    trace = {case: saw(sqs.add_permission, QueueUrl=url, **{**_GRANT, **changes}) for case, changes in cases.items()}
    return trace | {"an unknown label": saw(sqs.remove_permission, QueueUrl=url, Label="none")}
