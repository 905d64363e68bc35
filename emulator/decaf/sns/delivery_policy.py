"""Delivery policies of topics and subscriptions: how deliveries over HTTP are made and retried, and the defaults.

Rule: a subscription's policy overrides its topic's, unless the topic disables that.

Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from decaf.sns.attribute import BadAttribute
from decaf.sns.retry_policy import BACKOFF_FUNCTIONS, RetryPolicy

MAX_DELAY = 3_600  # seconds
MAX_TOTAL = 3_600  # seconds that all retries may take together

HEALTHY_RETRY_DEFAULTS: Mapping[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
REQUEST_DEFAULTS: Mapping[str, Any] = {"headerContentType": "text/plain; charset=UTF-8"}

_TOPIC_TYPES = frozenset({"application/json", "text/plain"})
_SUBSCRIPTION_TYPES = _TOPIC_TYPES | {
    "text/css",
    "text/csv",
    "text/html",
    "text/xml",
    "application/atom+xml",
    "application/octet-stream",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "application/xhtml+xml",
    "application/xml",
}
_BOUNDS: Mapping[str, tuple[int, int | None]] = {
    "minDelayTarget": (1, MAX_DELAY),
    "maxDelayTarget": (1, MAX_DELAY),
    "numRetries": (0, 100),
    "numMaxDelayRetries": (0, None),
    "numNoDelayRetries": (0, None),
    "numMinDelayRetries": (0, None),
    "maxReceivesPerSecond": (1, None),
}
# Members in the order in which AWS writes them, whatever order they were sent in (recorded in 2026-10).
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "defaultHealthyRetryPolicy": tuple(HEALTHY_RETRY_DEFAULTS),
    "defaultThrottlePolicy": ("maxReceivesPerSecond",),
    "defaultRequestPolicy": ("headerContentType",),
}
_TOPIC_MEMBERS = (
    "defaultHealthyRetryPolicy",
    "disableSubscriptionOverrides",
    "defaultThrottlePolicy",
    "defaultRequestPolicy",
)
_SUBSCRIPTION_MEMBERS = ("healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed")
_OF_SUBSCRIPTIONS = {
    "healthyRetryPolicy": "defaultHealthyRetryPolicy",
    "throttlePolicy": "defaultThrottlePolicy",
    "requestPolicy": "defaultRequestPolicy",
}
_DEPRECATED = {"sicklyRetryPolicy": None, "guaranteed": False}  # shown; setting it has no effect


def read_topic_policy(name: str, text: str) -> dict[str, Any]:
    """Returns a topic's DeliveryPolicy as it is stored and shown. Raises BadAttribute with the reason."""
    document = _document(name, text)
    http = _members(name, document, "", ("http",)).get("http")
    given = _members(name, http, "http", _TOPIC_MEMBERS)
    policy = _parts(name, given, {part: part for part in _MEMBERS}, "http.", _TOPIC_TYPES)
    overrides = given.get("disableSubscriptionOverrides", False)
    if not isinstance(overrides, bool):
        raise BadAttribute(f"{name}: http.disableSubscriptionOverrides must be true or false")
    return {"http": _ordered(policy | {"disableSubscriptionOverrides": overrides}, _TOPIC_MEMBERS)}


def read_subscription_policy(name: str, text: str) -> dict[str, Any]:
    """Returns a subscription's DeliveryPolicy as it is stored and shown. Raises BadAttribute with the reason."""
    given = _members(name, _document(name, text), "", _SUBSCRIPTION_MEMBERS)
    parts = _parts(name, given, _OF_SUBSCRIPTIONS, "", _SUBSCRIPTION_TYPES)
    if "healthyRetryPolicy" in parts:
        parts["healthyRetryPolicy"] = {**HEALTHY_RETRY_DEFAULTS, **parts["healthyRetryPolicy"]}
    return _ordered({part: parts.get(part) for part in _OF_SUBSCRIPTIONS} | _DEPRECATED, _SUBSCRIPTION_MEMBERS)


def effective(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns a topic's EffectiveDeliveryPolicy: its own policy, with AWS's defaults for the rest."""
    given = (policy or {}).get("http", {})
    http: dict[str, Any] = {
        "defaultHealthyRetryPolicy": {**HEALTHY_RETRY_DEFAULTS, **given.get("defaultHealthyRetryPolicy", {})},
        "disableSubscriptionOverrides": given.get("disableSubscriptionOverrides", False),
    }
    if "defaultThrottlePolicy" in given:
        http["defaultThrottlePolicy"] = given["defaultThrottlePolicy"]
    http["defaultRequestPolicy"] = {**REQUEST_DEFAULTS, **given.get("defaultRequestPolicy", {})}
    return {"http": http}


def effective_of_subscription(own: Mapping[str, Any] | None, topic: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns a subscription's EffectiveDeliveryPolicy, from its own policy and its topic's."""
    http = effective(topic)["http"]
    own = {} if own is None or http["disableSubscriptionOverrides"] else own
    policy = {part: own.get(part) or http.get(default) for part, default in _OF_SUBSCRIPTIONS.items()}
    return _ordered(policy | _DEPRECATED, _SUBSCRIPTION_MEMBERS)


def write(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"))


def _document(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadAttribute(f"{name}: failed to parse JSON.") from None


def _parts(
    name: str, given: Mapping[str, Any], parts: Mapping[str, str], prefix: str, types: frozenset[str]
) -> dict[str, Any]:
    """Returns the parts of a policy that are `given`; `parts` maps each name to a topic's name of such a part."""
    policy: dict[str, Any] = {}
    for part, like in parts.items():
        if given.get(part) is not None:
            policy[part] = _members(name, given[part], f"{prefix}{part}", _MEMBERS[like])
            _check_bounds(name, f"{prefix}{part}", policy[part])
            if like == "defaultHealthyRetryPolicy":
                _check_healthy_retry(name, f"{prefix}{part}", policy[part])
            elif like == "defaultRequestPolicy":
                _check_type(name, f"{prefix}{part}", policy[part], types)
    return policy


def _members(name: str, value: Any, path: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadAttribute(f"{name}: {path or 'policy'} must be a JSON object")
    for member in value:
        if member not in known:
            raise BadAttribute(f"{name}: {path + '.' if path else ''}{member} is unknown")
    return _ordered({member: inner for member, inner in value.items() if inner is not None}, known)


def _ordered(members: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {member: members[member] for member in order if member in members}


def _check_bounds(name: str, path: str, members: Mapping[str, Any]) -> None:
    for member, value in members.items():
        if member in _BOUNDS:
            _check_number(name, f"{path}.{member}", value, *_BOUNDS[member])


def _check_healthy_retry(name: str, path: str, given: Mapping[str, Any]) -> None:
    merged = {**HEALTHY_RETRY_DEFAULTS, **given}
    if merged["minDelayTarget"] > merged["maxDelayTarget"]:
        raise BadAttribute(f"{name}: {path}.maxDelayTarget must be greater than or equal to minDelayTarget")
    if merged["backoffFunction"] not in BACKOFF_FUNCTIONS:
        names = ", ".join(sorted(BACKOFF_FUNCTIONS))
        raise BadAttribute(f"{name}: {path}.backoffFunction must be one of {names}")
    policy = RetryPolicy.of(merged)
    if policy.backoff < 0:
        raise BadAttribute(
            f"{name}: {path}.numRetries must be greater than or equal to total of numMinDelayRetries, "
            "numNoDelayRetries and numMaxDelayRetries"
        )
    if policy.total() > MAX_TOTAL:
        raise BadAttribute(f"{name}: {path}: Total policy retry time cannot be greater than {MAX_TOTAL} seconds")


def _check_type(name: str, path: str, given: Mapping[str, Any], types: frozenset[str]) -> None:
    text = given.get("headerContentType", "text/plain")
    if not isinstance(text, str) or not text.isprintable() or text.partition(";")[0].strip().lower() not in types:
        raise BadAttribute(f"{name}: {path}.headerContentType is not a content type that can be sent")


def _check_number(name: str, path: str, value: Any, least: int, most: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadAttribute(f"{name}: {path} must be an integer")
    if value < least:
        raise BadAttribute(f"{name}: {path} must be greater than or equal to {least}")
    if most is not None and value > most:
        raise BadAttribute(f"{name}: {path} must be less than or equal to {most}")
