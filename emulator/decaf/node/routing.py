"""Which shard a request is for, where there are several.

Rule: a call goes to the account of the queue, topic or other resource that it names, as AWS carries it out there;
without one, to the account of the caller.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs

from decaf import compat, control
from decaf.base.arn import read_arn, read_queue_url
from decaf.base.shard import shard_of
from decaf.http.rendering import Stream
from decaf.node.seat import Seat
from decaf_protocol import AWSError, Call, Reply, Request, decode, is_account

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


class Routing:
    """Answers each request by the seat of its shard. `refuse` makes the reply to one that no seat can answer."""

    def __init__(self, seats: Sequence[Seat], refuse: Callable[[Request], Reply]) -> None:
        self._seats = seats
        self._refuse = refuse

    def answer(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer any request. Raises Dropped, as the awaitable may."""
        if request.target.startswith((control.PREFIX, *compat.PREFIXES)):
            return self._seat(_account_of_control(request)).answer(request)
        return self._seat(_account_of_call(request)).answer(request)

    def call(self, request: Request) -> Reply | Awaitable[Reply]:
        """As `answer`, for a plain request of an AWS client."""
        return self._seat(_account_of_call(request)).call(request)

    def _seat(self, account: str) -> Seat:
        return self._seats[shard_of(account, len(self._seats))]


def _account_of_call(request: Request) -> str:
    """Returns the account that a call is carried out in; that of a request which is no call does not matter."""
    try:
        call = decode(request)
    except AWSError:
        return ""
    return _account_of_resource(call) or call.account


def _account_of_resource(call: Call) -> str | None:
    params = call.params
    url = params.get("QueueUrl")
    if url is not None:
        return read_queue_url(url).account
    for name in _ARNS:
        text = params.get(name)
        if text is not None:
            arn = read_arn(text)
            return None if arn is None or not is_account(arn.account) else arn.account
    owner = params.get("QueueOwnerAWSAccountId")
    return owner if owner is not None and is_account(owner) else None


def _account_of_control(request: Request) -> str:
    """Returns the account that a request of the control API names, "" for none."""
    query = parse_qs(request.target.partition("?")[2])
    if "account" in query:
        return query["account"][-1]
    try:
        fields = json.loads(request.body or b"{}")
    except ValueError:
        return ""
    account = fields.get("account") if isinstance(fields, dict) else None
    return account if isinstance(account, str) else ""
