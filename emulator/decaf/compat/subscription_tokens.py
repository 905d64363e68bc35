"""/_aws/sns/subscription-tokens/<arn>: the token that confirms a subscription, without the mail that it is in.

Source: LocalStack's documentation of SNS, "Subscription Tokens".
"""

from __future__ import annotations

from decaf.api.places import Place
from decaf.base.arn import read_arn
from decaf.compat.route import CompatRequest, Route, json_reply
from decaf.world import World
from decaf_protocol import Reply


def _token(world: World, request: CompatRequest) -> Reply:
    arn = read_arn(request.rest)
    if arn is None:
        return _no_token("invalid", request.rest, 400)
    subscription = world.store.find_subscription(arn)
    if subscription is None:
        return _no_token("not found", request.rest, 404)
    return json_reply({"subscription_token": subscription.token, "subscription_arn": request.rest})


def _place(request: CompatRequest) -> Place:
    arn = read_arn(request.rest)
    return (None, None) if arn is None else (arn.account, arn.region)


def _no_token(why: str, arn: str, status: int) -> Reply:
    return json_reply({"error": f"The provided SubscriptionARN is {why}", "subscription_arn": arn}, status)


ROUTES = (Route("GET", "/_aws/sns/subscription-tokens/", _token, _place),)
