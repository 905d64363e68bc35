"""In which account a call is carried out, as far as its parameters say.

Rule: it is the account of the queue, topic or other resource that a call names, as its operation finds it; without
one, it is the caller's. A resource that is named wrongly is nowhere, so it does not matter who says so.
"""

from __future__ import annotations

from decaf.base.arn import read_arn, read_queue_url
from decaf.sqs.move_task import read_handle
from decaf_protocol import Params, is_account

# The members that name what a call is about, the first of which counts: the members of the models of SQS and SNS.
_ARNS = (
    "TopicArn",
    "TargetArn",
    "SubscriptionArn",
    "ResourceArn",
    "SourceArn",
    "PlatformApplicationArn",
    "EndpointArn",
)


def account_named(service: str, operation: str, params: Params) -> str | None:
    """Returns the account of the resource that the parameters of a call name, None when they name none."""
    return _of_function(operation, params) if service == "lambda" else _of_resource(params)


def _of_resource(params: Params) -> str | None:
    url = params.get("QueueUrl")
    if url is not None:
        return read_queue_url(url).account
    for name in _ARNS:
        text = params.get(name)
        if text is not None:
            return _in_arn(text)
    if "TaskHandle" in params:
        named = read_handle(params["TaskHandle"])
        return None if named is None else _in_arn(named[0])
    owner = params.get("QueueOwnerAWSAccountId")
    return owner if owner is not None and is_account(owner) else None


def _of_function(operation: str, params: Params) -> str | None:
    """Mappings are in the account of the caller, whatever they map."""
    from decaf.api.lambda_.service import account_in  # few call it, and every start would wait for it

    if "Resource" in params:
        return _in_arn(params["Resource"])
    name = None if "EventSourceMapping" in operation else params.get("FunctionName")
    return None if name is None else account_in(name)


def _in_arn(text: str) -> str | None:
    arn = read_arn(text)
    return None if arn is None or not is_account(arn.account) else arn.account
