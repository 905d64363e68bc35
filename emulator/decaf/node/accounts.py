"""In which account a request is carried out: that is in the world of one shard.

Rule: it is the account of the queue, topic or other resource that a call names, as its operation finds it; without
one, the account of the caller. Where both would do, as for a resource that is named wrongly, it is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from decaf.access.identity import Identities
from decaf.access.signature import read_signature
from decaf.base.arn import read_arn, read_queue_url
from decaf.sqs.move_task import read_handle
from decaf_protocol import NO_ACCOUNT, AWSError, Call, Request, decode, is_account

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


def account_of(request: Request, identities: Callable[[], Sequence[Identities]]) -> str | None:
    """Returns the account that a request is carried out in, None for one that is no call."""
    try:
        call = decode(request)
    except AWSError:
        return None
    if call.dialect.service == "lambda":
        return _of_function(call) or _of_caller(request, call, identities)
    return _of_resource(call) or _of_caller(request, call, identities)


def _of_caller(request: Request, call: Call, identities: Callable[[], Sequence[Identities]]) -> str:
    """Returns the account of who signed: that of a declared identity, whose key is no account itself."""
    if call.account != NO_ACCOUNT:
        return call.account
    declared = [each for each in identities() if each]
    key = _key(request) if declared else None
    for each in declared:
        if key is not None and (identity := each.find(key)) is not None:
            return identity.caller.account
    return call.account


def _key(request: Request) -> str | None:
    try:
        signature = read_signature(request)
    except AWSError:
        return None
    return None if signature is None else signature.access_key


def _of_resource(call: Call) -> str | None:
    params = call.params
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


def _of_function(call: Call) -> str | None:
    """Mappings are in the account of the caller, whatever they map."""
    from decaf.api.lambda_.service import account_in  # few call it, and every start would wait for it

    if "Resource" in call.params:
        return _in_arn(call.params["Resource"])
    name = None if "EventSourceMapping" in call.operation else call.params.get("FunctionName")
    return None if name is None else account_in(name)


def _in_arn(text: str) -> str | None:
    arn = read_arn(text)
    return None if arn is None or not is_account(arn.account) else arn.account
