"""Delivery policies of topics: what one may say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.sns.attribute import BadAttribute
from decaf.sns.delivery_policy import effective, read_topic_policy

RETRY = "http.defaultHealthyRetryPolicy"


def retrying(**members: Any) -> dict[str, Any]:
    return {"http": {"defaultHealthyRetryPolicy": members}}


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ([], "policy must be a JSON object"),
        ({"https": {}}, "https is unknown"),
        ({"http": []}, "http must be a JSON object"),
        ({"http": {"defaultSicklyRetryPolicy": {}}}, "http.defaultSicklyRetryPolicy is unknown"),
        ({"http": {"disableSubscriptionOverrides": 1}}, "http.disableSubscriptionOverrides must be true or false"),
        ({"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": 0}}}, "must be greater than or equal to 1"),
        (retrying(retries=1), f"{RETRY}.retries is unknown"),
        (retrying(numRetries=-1), f"{RETRY}.numRetries must be greater than or equal to 0"),
        (retrying(numRetries=101), f"{RETRY}.numRetries must be less than or equal to 100"),
        (retrying(numRetries="3"), f"{RETRY}.numRetries must be an integer"),
        (retrying(minDelayTarget=0), f"{RETRY}.minDelayTarget must be greater than or equal to 1"),
        (retrying(maxDelayTarget=3_601), f"{RETRY}.maxDelayTarget must be less than or equal to 3600"),
        (
            retrying(minDelayTarget=21),
            f"{RETRY}.maxDelayTarget must be greater than or equal to minDelayTarget",
        ),
        (retrying(backoffFunction="wild"), f"{RETRY}.backoffFunction must be one of arithmetic, exponential"),
    ],
)
def test_a_bad_policy_is_refused_by_name(policy: Any, text: str) -> None:
    with pytest.raises(BadAttribute) as refused:
        read_topic_policy("DeliveryPolicy", json.dumps(policy))
    assert str(refused.value).startswith("DeliveryPolicy: ")
    assert text in str(refused.value)


def test_a_policy_keeps_its_members_and_has_defaults_for_the_rest() -> None:
    given = {
        "http": {
            "defaultHealthyRetryPolicy": {"numRetries": 5, "backoffFunction": "exponential"},
            "defaultThrottlePolicy": {"maxReceivesPerSecond": 10},
            "defaultRequestPolicy": {"headerContentType": "application/json"},
            "disableSubscriptionOverrides": True,
        }
    }
    kept = read_topic_policy("DeliveryPolicy", json.dumps(given))
    assert kept == given
    assert list(kept["http"]) == [  # the order in which AWS writes it, recorded in 2026-10
        "defaultHealthyRetryPolicy",
        "disableSubscriptionOverrides",
        "defaultThrottlePolicy",
        "defaultRequestPolicy",
    ]
    http = effective(kept)["http"]
    assert http["defaultHealthyRetryPolicy"] == {
        "minDelayTarget": 20,
        "maxDelayTarget": 20,
        "numRetries": 5,
        "numMaxDelayRetries": 0,
        "numNoDelayRetries": 0,
        "numMinDelayRetries": 0,
        "backoffFunction": "exponential",
    }
    assert http["defaultThrottlePolicy"] == {"maxReceivesPerSecond": 10}
    assert http["defaultRequestPolicy"] == {"headerContentType": "application/json"}
    assert http["disableSubscriptionOverrides"] is True


def test_parts_that_are_null_are_not_there() -> None:
    policy = '{"http":{"defaultHealthyRetryPolicy":null,"defaultRequestPolicy":null}}'
    assert read_topic_policy("DeliveryPolicy", policy) == {"http": {"disableSubscriptionOverrides": False}}
