"""Delivery policies of topics: how deliveries over HTTP are to be retried, and what holds where nothing is said.

Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.sns.attribute import BadAttribute

MAX_DELAY = 3_600  # seconds

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

_BACKOFF_FUNCTIONS = ("arithmetic", "exponential", "geometric", "linear")
_BOUNDS: Mapping[str, tuple[int, int | None]] = {
    "minDelayTarget": (1, MAX_DELAY),
    "maxDelayTarget": (1, MAX_DELAY),
    "numRetries": (0, 100),
    "numMaxDelayRetries": (0, None),
    "numNoDelayRetries": (0, None),
    "numMinDelayRetries": (0, None),
    "maxReceivesPerSecond": (1, None),
}
_MEMBERS: Mapping[str, frozenset[str]] = {
    "defaultHealthyRetryPolicy": frozenset(HEALTHY_RETRY_DEFAULTS),
    "defaultThrottlePolicy": frozenset({"maxReceivesPerSecond"}),
    "defaultRequestPolicy": frozenset({"headerContentType"}),
}


def read_topic_policy(name: str, text: str) -> dict[str, Any]:
    """A topic's DeliveryPolicy as it is kept and shown. Raises BadAttribute, naming what is wrong."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadAttribute(f"{name}: failed to parse JSON.") from None
    http = _members(name, document, "", {"http"}).get("http")
    given = _members(name, http, "http", {*_MEMBERS, "disableSubscriptionOverrides"})
    policy: dict[str, Any] = {}
    for part, members in _MEMBERS.items():
        if given.get(part) is not None:
            policy[part] = _members(name, given[part], f"http.{part}", members)
            _check(name, f"http.{part}", policy[part])
    overrides = given.get("disableSubscriptionOverrides", False)
    if not isinstance(overrides, bool):
        raise BadAttribute(f"{name}: http.disableSubscriptionOverrides must be true or false")
    return {"http": policy | {"disableSubscriptionOverrides": overrides}}


def effective(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """A topic's EffectiveDeliveryPolicy: what it says itself, and AWS's defaults for the rest."""
    given = (policy or {}).get("http", {})
    http: dict[str, Any] = {
        "defaultHealthyRetryPolicy": {**HEALTHY_RETRY_DEFAULTS, **given.get("defaultHealthyRetryPolicy", {})},
        "disableSubscriptionOverrides": given.get("disableSubscriptionOverrides", False),
    }
    if "defaultThrottlePolicy" in given:
        http["defaultThrottlePolicy"] = given["defaultThrottlePolicy"]
    http["defaultRequestPolicy"] = {**REQUEST_DEFAULTS, **given.get("defaultRequestPolicy", {})}
    return {"http": http}


def write(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"))


def _members(name: str, value: Any, path: str, known: frozenset[str] | set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadAttribute(f"{name}: {path or 'policy'} must be a JSON object")
    for member in value:
        if member not in known:
            raise BadAttribute(f"{name}: {path + '.' if path else ''}{member} is unknown")
    return {member: inner for member, inner in value.items() if inner is not None}


def _check(name: str, path: str, members: Mapping[str, Any]) -> None:
    for member, value in members.items():
        if member in _BOUNDS:
            _check_number(name, f"{path}.{member}", value, *_BOUNDS[member])
    merged = {**HEALTHY_RETRY_DEFAULTS, **members}
    if merged["minDelayTarget"] > merged["maxDelayTarget"]:
        raise BadAttribute(f"{name}: {path}.maxDelayTarget must be greater than or equal to minDelayTarget")
    if merged["backoffFunction"] not in _BACKOFF_FUNCTIONS:
        raise BadAttribute(f"{name}: {path}.backoffFunction must be one of {', '.join(_BACKOFF_FUNCTIONS)}")


def _check_number(name: str, path: str, value: Any, least: int, most: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadAttribute(f"{name}: {path} must be an integer")
    if value < least:
        raise BadAttribute(f"{name}: {path} must be greater than or equal to {least}")
    if most is not None and value > most:
        raise BadAttribute(f"{name}: {path} must be less than or equal to {most}")
