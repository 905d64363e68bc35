"""In which account and region a call is carried out, as far as its parameters say.

Rule: they are those of the queue, topic or other resource that a call names, as its operation finds it; without one,
those of the caller. A resource that is named wrongly is nowhere, so it does not matter who says so.
"""

from __future__ import annotations

from decaf.base.arn import read_arn, read_queue_url
from decaf.sqs.move_task import read_handle
from decaf_protocol import Params, is_account

Place = tuple[str | None, str | None]  # an account and a region, None for what is left open

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


_OPEN: Place = (None, None)


def place_named(service: str, operation: str, params: Params) -> Place:
    """Returns the account and the region of the resource that the parameters of a call name."""
    return _of_function(operation, params) if service == "lambda" else _of_resource(params)


def _of_resource(params: Params) -> Place:
    url = params.get("QueueUrl")
    if url is not None:
        address = read_queue_url(url)
        return address.account, address.region
    for name in _ARNS:
        text = params.get(name)
        if text is not None:
            return _in_arn(text)
    if "TaskHandle" in params:
        named = read_handle(params["TaskHandle"])
        return _OPEN if named is None else _in_arn(named[0])
    owner = params.get("QueueOwnerAWSAccountId")
    return _OPEN if owner is None or not is_account(owner) else (owner, None)


def _of_function(operation: str, params: Params) -> Place:
    """Mappings are in the account of the caller, whatever they map. A function of another region is refused."""
    from decaf.api.lambda_.service import account_in  # few call it, and every start would wait for it

    if "Resource" in params:
        return _in_arn(params["Resource"])
    name = None if "EventSourceMapping" in operation else params.get("FunctionName")
    return _OPEN if name is None else (account_in(name), None)


def _in_arn(text: str) -> Place:
    arn = read_arn(text)
    return _OPEN if arn is None or not is_account(arn.account) else (arn.account, arn.region)
