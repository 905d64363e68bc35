"""Subscriptions: subscribing, confirming, unsubscribing, listing, describing and changing.

Source: the SNS API Reference, Subscribe, ConfirmSubscription and Unsubscribe.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from functools import partial

from msgspec.structs import replace

from decaf.api.paging import page as first_after
from decaf.api.sns.changing import keep_filter_for_a_while
from decaf.api.sns.endpoints import check_endpoint
from decaf.api.sns.paging import SIZE, after, page
from decaf.api.sns.replaying import new_replay, set_replay, start_replay
from decaf.api.sns.service import Sns, named_arn, subscription_arn
from decaf.base.arn import Arn, read_arn
from decaf.base.attributes import apply, defaults
from decaf.base.events import SubscriptionConfirmed, SubscriptionCreated, SubscriptionDeleted
from decaf.delivery.other_worlds import OtherWorlds
from decaf.sns import subscription_attributes, topic_attributes
from decaf.sns.attribute import BadAttribute, refused_by_name, refused_in_map
from decaf.sns.errors import (
    filter_policy_limit_exceeded,
    invalid,
    invalid_token,
    not_authorized,
    not_signed,
    subscription_limit_exceeded,
)
from decaf.sns.notification import Confirmation
from decaf.sns.subscription_attributes import HTTP_PROTOCOLS, Subscriber
from decaf.sns.topic import PENDING_LIFE, SUBSCRIPTION_STATE, TOKEN_LIFE, TOPIC_STATE, Subscription, Topic
from decaf.store import Region
from decaf_protocol import AWSError, Call, Params, Result

_TOKEN = re.compile(r"([0-9a-f]{2})+")
# Developer Guide: these are confirmed by the endpoint, in the topic's account too
_ALWAYS_CONFIRMED = frozenset({"email", "email-json", "http", "https"})


def subscribe(sns: Sns, call: Call, now: float) -> Result:
    topic = sns.topic(call)
    protocol: str = call.params["Protocol"]
    endpoint: str = call.params.get("Endpoint", "")
    check_endpoint(sns, topic, protocol, endpoint)
    subscription = topic.by_endpoint.get((protocol, endpoint))
    present = subscription.attributes if subscription is not None else {}
    subscriber = Subscriber(topic, protocol, endpoint, call.account, present)
    try:
        values = subscription_attributes.read(call.params.get("Attributes", {}), subscriber, now)
        subscription_attributes.check_complete(values, protocol)
    except BadAttribute as bad:
        raise refused_in_map(bad) from None
    if subscription is None:
        _check_room(sns, topic, protocol)
        if values.get("FilterPolicy") is not None:
            _check_room_for_filter(sns, topic, call.account)
        replay = new_replay(sns, topic, call.account, values.get("ReplayPolicy"))
        subscription = _subscribe(sns, call, topic, now)
        apply(subscription.attributes, values)
        set_replay(sns, subscription, replay, now)
        if sns.events.listeners:
            sns.events.emit(SubscriptionCreated(now, subscription.arn, subscription))
    # Subscribe again: the same attributes return the subscription
    elif any(subscription.attributes.get(name) != value for name, value in values.items()):
        raise invalid("Attributes Reason: Subscription already exists with different attributes")
    if subscription.pending:
        _request_confirmation(sns, call, topic, subscription, now)
    # Subscribe: the ARN is for those who confirmed, unless ReturnSubscriptionArn is true
    shown = not subscription.pending or call.params.get("ReturnSubscriptionArn", False)
    return {"SubscriptionArn": str(subscription.arn) if shown else "pending confirmation"}


def confirm_subscription(sns: Sns, call: Call, now: float) -> Result:
    """The token says which subscription: the topic that is named need not be its topic, nor exist, as recorded."""
    token: str = call.params["Token"]
    arn = _topic_to_confirm(call)
    if not _TOKEN.fullmatch(token):
        raise invalid_token()
    topic = sns.store.find_topic_by_token(token)
    if topic is None:
        raise invalid("Token")
    if topic.arn.region != arn.region:
        raise invalid("Topic")
    _restore(sns, topic, token, now)
    subscription = topic.find_by_token(token)
    if subscription is None or (subscription.pending and now >= subscription.token_expires_at):
        raise invalid("Token")
    if subscription.pending:
        subscription.confirm(call.params.get("AuthenticateOnUnsubscribe", "").lower() == "true")
        topic.forget_subscribers()
        start_replay(sns, subscription, now)
        if sns.events.listeners:
            sns.events.emit(SubscriptionConfirmed(now, subscription.arn, subscription))
    return {"SubscriptionArn": str(subscription.arn)}


def unsubscribe(sns: Sns, call: Call, now: float) -> Result:
    arn = subscription_arn(call)
    subscription = sns.store.find_subscription(arn)
    if subscription is None:  # Unsubscribe: a deleted subscription is no error
        return {}
    # Developer Guide, "Deleting a subscription": one that is pending cannot be deleted
    if subscription.pending:
        raise invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
    if call.region is None and subscription.authenticated:  # a link, used unsigned: recorded in 2026-10
        raise not_signed("Unsubscribe", str(arn))
    # ConfirmSubscription, AuthenticateOnUnsubscribe: then only the owners of topic and subscription
    if subscription.guarded and call.account not in (subscription.owner, arn.account):
        raise not_authorized(call.account, "Unsubscribe", str(arn))
    topic = sns.store.find_topic(subscription.topic_arn)
    _end(sns, subscription, now)
    # Unsubscribe: an unsigned request, the link in a message, is confirmed to the endpoint
    if call.region is None and topic is not None and subscription.protocol in HTTP_PROTOCOLS:
        _send_unsubscribe_confirmation(sns, call, topic, subscription, now)
    return {}


def list_subscriptions(sns: Sns, call: Call, now: float) -> Result | Awaitable[Result]:
    region = sns.region(call)
    if sns.others is not None:
        return _list_everywhere(sns.others, region, call.params)
    return _listed(*page(region.subscriptions, call.params))


async def _list_everywhere(others: OtherWorlds, region: Region, params: Params) -> Result:
    """List the subscriptions of an account also where other worlds have their topics."""
    start = after(params)
    theirs = await others.subscriptions(region.account, region.name, start)
    listed, token = page(dict(summaries(region, start)) | theirs, params)
    return {"Subscriptions": listed, "NextToken": token}


def summaries(region: Region, start: str | None) -> list[tuple[str, dict[str, str]]]:
    """Returns the subscriptions of an account after the key `start` as they are listed, by their keys: one more than a
    page has."""
    keyed = ((str(arn), subscription) for arn, subscription in region.subscriptions.items())
    return [(str(found.arn), _summary(found)) for found in first_after(keyed, start, SIZE + 1)[0]]


def list_subscriptions_by_topic(sns: Sns, call: Call, now: float) -> Result:
    return _listed(*page(sns.topic(call).subscriptions, call.params))


def get_subscription_attributes(sns: Sns, call: Call, now: float) -> Result:
    subscription = sns.subscription(call)
    topic = sns.store.find_topic(subscription.topic_arn)
    assert topic is not None
    return {"Attributes": subscription_attributes.describe(subscription, topic)}


def set_subscription_attributes(sns: Sns, call: Call, now: float) -> Result:
    subscription = sns.subscription(call)
    topic = _topic_of(sns, subscription)
    given = {call.params["AttributeName"]: call.params.get("AttributeValue")}
    endpoint, present = subscription.endpoint, subscription.attributes
    subscriber = Subscriber(topic, subscription.protocol, endpoint, subscription.owner, present)
    try:
        values = subscription_attributes.read(given, subscriber, now)
    except BadAttribute as bad:
        raise refused_by_name(bad) from None
    if values.get("FilterPolicy") is not None and "FilterPolicy" not in subscription.attributes:
        _check_room_for_filter(sns, topic, subscription.owner)
    if "ReplayPolicy" in values:
        replay = new_replay(sns, topic, subscription.owner, values["ReplayPolicy"])
        set_replay(sns, subscription, replay, now)
    if "FilterPolicy" in values:
        keep_filter_for_a_while(sns, topic, subscription, now)
    apply(subscription.attributes, values)
    topic.forget_subscribers()
    sns.events.mark_dirty(SUBSCRIPTION_STATE, subscription)
    return {}


def is_confirmed_at_once(protocol: str, target: Arn | None, account: str) -> bool:
    """Returns whether a subscription by `account` needs no confirmation: the endpoint, with ARN `target`, is theirs."""
    return protocol not in _ALWAYS_CONFIRMED and (target is None or target.account == account)


def _topic_of(sns: Sns, subscription: Subscription) -> Topic:
    topic = sns.store.find_topic(subscription.topic_arn)
    assert topic is not None
    return topic


def _check_room(sns: Sns, topic: Topic, protocol: str) -> None:
    """Raises the error of a FIFO topic, or one for large messages, that can have no more subscriptions."""
    if topic.is_fifo and len(topic.subscriptions) >= sns.settings.max_fifo_subscriptions:
        raise subscription_limit_exceeded(sns.settings.max_fifo_subscriptions)
    if topic_attributes.max_message_size(topic) <= topic_attributes.DEFAULT_MESSAGE_SIZE:
        return
    if protocol not in topic_attributes.PROTOCOLS_OF_LARGE:
        raise invalid(f"Protocol Reason: {protocol} cannot be subscribed to a topic with this MaximumMessageSize")
    if len(topic.subscriptions) >= topic_attributes.MOST_SUBSCRIPTIONS_OF_LARGE:
        raise invalid("TopicArn Reason: a topic with this MaximumMessageSize cannot have more subscriptions")


def _check_room_for_filter(sns: Sns, topic: Topic, owner: str) -> None:
    """Raises FilterPolicyLimitExceeded when the topic, or the account in this region, has too many filter policies."""
    settings, owned = sns.settings, sns.store.region(owner, topic.arn.region).subscriptions
    for of, subscriptions, limit in (
        ("the topic", topic.subscriptions, settings.max_topic_filter_policies),
        ("the account", owned, settings.max_filter_policies),
    ):
        if sum("FilterPolicy" in each.attributes for each in subscriptions.values()) >= limit:
            raise filter_policy_limit_exceeded(of, limit)


def _subscribe(sns: Sns, call: Call, topic: Topic, now: float) -> Subscription:
    """Returns a new subscription; one to an endpoint of the subscriber's own account needs no confirmation."""
    protocol: str = call.params["Protocol"]
    endpoint: str = call.params["Endpoint"]
    target = read_arn(endpoint)
    at_once = is_confirmed_at_once(protocol, target, call.account)
    subscription = Subscription(
        arn=Arn("sns", topic.arn.region, topic.arn.account, f"{topic.arn.resource}:{sns.ids.uuid()}"),
        topic_arn=topic.arn,
        protocol=protocol,
        endpoint=endpoint,
        target=target,
        owner=call.account,
        attributes=defaults(subscription_attributes.SETTABLE),
        token=sns.ids.token(),
        token_expires_at=now,
        pending=not at_once,
        authenticated=at_once,
    )
    sns.store.add_subscription(topic, subscription)
    if subscription.pending:
        subscription.dropped_at = now + PENDING_LIFE
        await_confirmation(sns, subscription)
    return subscription


def await_confirmation(sns: Sns, subscription: Subscription) -> None:
    """Schedule the end of a pending subscription."""
    about = f"subscription {subscription.arn} is dropped if it is not confirmed"
    holds = partial(_is_awaited, sns, subscription)
    sns.clock.call_at(subscription.dropped_at, lambda at: _drop(sns, subscription, at), about, holds)


def _request_confirmation(sns: Sns, call: Call, topic: Topic, subscription: Subscription, now: float) -> None:
    """Send a confirmation request, as every Subscribe does; the token stays, and is valid for as long again."""
    subscription.token_expires_at = now + TOKEN_LIFE
    sns.events.mark_dirty(SUBSCRIPTION_STATE, subscription)
    sns.courier.send_confirmation(_confirmation(sns, call, topic, subscription, now), subscription, now)


def _send_unsubscribe_confirmation(sns: Sns, call: Call, topic: Topic, subscription: Subscription, now: float) -> None:
    """Send a link that restores the subscription: a click on the link in a message may have been a mistake."""
    subscription.token = sns.ids.token()
    subscription.token_expires_at = now + TOKEN_LIFE
    topic.keep_ended(subscription, now)
    sns.events.mark_dirty(TOPIC_STATE, topic)
    confirmation = _confirmation(sns, call, topic, subscription, now)
    sns.courier.send_confirmation(replace(confirmation, kind="UnsubscribeConfirmation"), subscription, now)


def _confirmation(sns: Sns, call: Call, topic: Topic, subscription: Subscription, now: float) -> Confirmation:
    return Confirmation(
        message_id=sns.ids.uuid(),
        topic_arn=topic.arn,
        subscription_arn=subscription.arn,
        token=subscription.token,
        at=now,
        base_url=sns.base_url(call),
        signature_version=topic_attributes.signature_version(topic),
        trace_header=call.trace_header,
    )


def _restore(sns: Sns, topic: Topic, token: str, now: float) -> None:
    """Restore the subscription that `token` was sent for when it ended, if there is one."""
    subscription = topic.take_ended(token, now)
    if subscription is not None and (subscription.protocol, subscription.endpoint) not in topic.by_endpoint:
        sns.store.add_subscription(topic, subscription)
        topic.deleted_count -= 1
        if sns.events.listeners:
            sns.events.emit(SubscriptionConfirmed(now, subscription.arn, subscription))


def _topic_to_confirm(call: Call) -> Arn:
    try:
        return named_arn(call, "TopicArn")
    except AWSError:
        raise invalid("Topic") from None


def _drop(sns: Sns, subscription: Subscription, now: float) -> None:
    """Delete a subscription that is still not confirmed."""
    if _is_awaited(sns, subscription):
        _end(sns, subscription, now)


def _is_awaited(sns: Sns, subscription: Subscription) -> bool:
    """Whether the confirmation of a subscription can still come: it neither came nor was the subscription deleted."""
    return subscription.pending and sns.store.find_subscription(subscription.arn) is subscription


def _end(sns: Sns, subscription: Subscription, now: float) -> None:
    sns.store.remove_subscription(subscription)
    if sns.events.listeners:
        sns.events.emit(SubscriptionDeleted(now, subscription.arn, subscription))


def _listed(subscriptions: list[Subscription], token: str | None) -> Result:
    return {"Subscriptions": [_summary(subscription) for subscription in subscriptions], "NextToken": token}


def _summary(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": "PendingConfirmation" if subscription.pending else str(subscription.arn),
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.shown_endpoint,
        "TopicArn": str(subscription.topic_arn),
    }
