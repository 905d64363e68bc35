"""What a call needs to be allowed: IAM's names of the actions, each on a resource.

Rule: an operation is an action of its own name on the queue or topic that the call names, but for batches, which are
their single form, and for the few in the tables here. A call whose ARN cannot be read needs nothing: it is refused for
that.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SQS" and "... Amazon SNS".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from decaf.base.arn import Arn, read_arn, read_queue_url
from decaf.sqs.move_task import read_handle
from decaf_protocol import Call

_LINKS = frozenset({"ConfirmSubscription", "Unsubscribe"})  # of SNS: calls that need no signature


Params = Mapping[str, Any]
_Needs = Callable[[Params, str, str], tuple["Demand", ...]]  # of parameters, account and region


class Demand(msgspec.Struct, frozen=True, eq=False):
    """An `action`, such as `sqs:SendMessage`, on a resource.

    `resource` is how policies and errors name it: the text of `arn`, but for phone numbers. `shown_action` is how
    errors name the action: in lower case in SQS, with the service in capitals in SNS. `has_policy` is false where it is
    no queue or topic: only those have policies.
    """

    action: str
    shown_action: str
    arn: Arn
    resource: str
    has_policy: bool


def demands(call: Call, region: str) -> tuple[Demand, ...]:
    """Returns what a call needs to be allowed; `region` is the one of a call without a region."""
    service, operation = call.dialect.service, call.operation
    at = call.region or region
    if service == "sqs":
        url = call.params.get("QueueUrl")
        if url is not None:
            return _on_queue(operation, url, call.account, at)
        needs = _SQS.get(operation)  # the others name a queue; without its URL they are refused for that
        return () if needs is None else needs(call.params, call.account, at)
    if service == "sns":
        arn = call.params.get("TopicArn")
        if arn is not None:
            return _on_topic(operation, arn)
        return _SNS.get(operation, _everything(operation))(call.params, call.account, at)
    return ()  # GetCallerIdentity needs no permission, and nothing can deny it


def is_link(call: Call) -> bool:
    """Returns whether a call is one that SNS's links make, which are not signed."""
    return call.operation in _LINKS and call.dialect.service == "sns"


@lru_cache(maxsize=4096)  # clients repeat the same few; a demand is also the key of decisions
def _on_queue(operation: str, url: str, account: str, region: str) -> tuple[Demand, ...]:
    address = read_queue_url(url)
    return (_sqs(operation, Arn("sqs", address.region or region, address.account or account, address.name)),)


@lru_cache(maxsize=4096)
def _on_topic(operation: str, text: str) -> tuple[Demand, ...]:
    arn = read_arn(text)
    return () if arn is None else (_sns(operation, arn, text),)


def _sqs(operation: str, arn: Arn, has_policy: bool = True) -> Demand:
    action = f"sqs:{operation.removesuffix('Batch')}"
    return Demand(action, action.lower(), arn, str(arn), has_policy)


def _sns(operation: str, arn: Arn, resource: str, has_policy: bool = True) -> Demand:
    action = operation.removesuffix("Batch")
    return Demand(f"sns:{action}", f"SNS:{action}", arn, resource, has_policy)


def _create_queue(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    return (_sqs("CreateQueue", Arn("sqs", region, account, params["QueueName"])),)


def _get_queue_url(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    owner = params.get("QueueOwnerAWSAccountId") or account
    return (_sqs("GetQueueUrl", Arn("sqs", region, owner, params["QueueName"])),)


def _list_queues(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    return (_sqs("ListQueues", Arn("sqs", region, account, ""), has_policy=False),)


_ON_SOURCE = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")  # what a move task does there


def _start_move_task(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    needed = _on_queues(("StartMessageMoveTask", *_ON_SOURCE), params["SourceArn"])
    return needed + _on_queues(("SendMessage",), params.get("DestinationArn", ""))


def _cancel_move_task(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    named = read_handle(params["TaskHandle"])
    return () if named is None else _on_queues(("CancelMessageMoveTask", *_ON_SOURCE), named[0])


def _list_move_tasks(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    return _on_queues(("ListMessageMoveTasks", *_ON_SOURCE), params["SourceArn"])


def _on_queues(names: Iterable[str], text: str) -> tuple[Demand, ...]:
    arn = read_arn(text)
    return () if arn is None else tuple(_sqs(name, arn) for name in names)


_SQS: Mapping[str, _Needs] = {
    "CancelMessageMoveTask": _cancel_move_task,
    "CreateQueue": _create_queue,
    "GetQueueUrl": _get_queue_url,
    "ListMessageMoveTasks": _list_move_tasks,
    "ListQueues": _list_queues,
    "StartMessageMoveTask": _start_move_task,
}


def _create_topic(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    arn = Arn("sns", region, account, params["Name"])
    return (_sns("CreateTopic", arn, str(arn)),)


def _publish(params: Params, account: str, region: str) -> tuple[Demand, ...]:
    target = params.get("TargetArn")
    if target is not None:
        arn = read_arn(target)
        return () if arn is None else (_sns("Publish", arn, target, has_policy="/" not in arn.resource),)
    number = params.get("PhoneNumber", "")
    return (_sns("Publish", Arn("sns", region, account, number), number, has_policy=False),)


def _tags(operation: str) -> _Needs:
    return lambda params, account, region: _on_topic(operation, params["ResourceArn"])


def _everything(operation: str) -> _Needs:
    """Of operations that no resource can be named for: they are on everything that the account has."""

    def needs(params: Params, account: str, region: str) -> tuple[Demand, ...]:
        arn = Arn("sns", region, account, "*")
        return (_sns(operation, arn, str(arn), has_policy=False),)

    return needs


_ON_RESOURCE = (
    "GetDataProtectionPolicy",
    "ListTagsForResource",
    "PutDataProtectionPolicy",
    "TagResource",
    "UntagResource",
)
_SNS: Mapping[str, _Needs] = {
    "CreateTopic": _create_topic,
    "Publish": _publish,
    **{operation: _tags(operation) for operation in _ON_RESOURCE},
}
