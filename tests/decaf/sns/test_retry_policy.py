"""Retry policies: the four phases, the back-off functions between their delays, and the policies of AWS."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.sns.delivery_policy import HEALTHY_RETRY_DEFAULTS
from decaf.sns.retry_policy import AWS_MANAGED, BACKOFF_FUNCTIONS, CUSTOMER_MANAGED, RetryPolicy


def delays(policy: RetryPolicy, most: int = 200) -> list[float]:
    found = (policy.delay(retry) for retry in range(1, most + 1))
    return [delay for delay in itertools.takewhile(lambda delay: delay is not None, found) if delay is not None]


def backing_off(function: str, retries: int = 5) -> list[float]:
    return delays(RetryPolicy(backoff=retries, min_delay=10, max_delay=100, function=function))


def test_by_default_there_are_three_retries_20_seconds_apart() -> None:
    assert delays(RetryPolicy.of(HEALTHY_RETRY_DEFAULTS)) == [20, 20, 20]


def test_the_phases_come_in_order() -> None:
    policy = RetryPolicy.of(
        {
            "numNoDelayRetries": 2,
            "numMinDelayRetries": 1,
            "numMaxDelayRetries": 2,
            "numRetries": 8,
            "minDelayTarget": 10,
            "maxDelayTarget": 30,
            "backoffFunction": "linear",
        }
    )
    assert delays(policy) == [0, 0, 10, 10, 20, 30, 30, 30]
    assert policy.total() == 130


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("linear", [10, 32.5, 55, 77.5, 100]),
        ("arithmetic", [10, 19, 37, 64, 100]),
        ("geometric", [10, 17.78, 31.62, 56.23, 100]),
        ("exponential", [10, 16, 28, 52, 100]),
    ],
)
def test_each_function_grows_in_its_own_way(function: str, expected: list[float]) -> None:
    assert backing_off(function) == pytest.approx(expected, abs=0.01)


@given(st.sampled_from(BACKOFF_FUNCTIONS), st.integers(0, 100), st.floats(1, 3_600), st.floats(1, 3_600))
def test_delays_never_shrink_and_stay_within_their_bounds(
    function: str, retries: int, one: float, other: float
) -> None:
    least, most = sorted((one, other))
    found = delays(RetryPolicy(backoff=retries, min_delay=least, max_delay=most, function=function))
    assert len(found) == retries
    assert all(earlier <= later * 1.000001 for earlier, later in itertools.pairwise(found))
    assert all(least * 0.999999 <= delay <= most * 1.000001 for delay in found)


def test_deliveries_to_aws_managed_endpoints_are_retried_for_23_days() -> None:
    assert delays(AWS_MANAGED, 16) == [0, 0, 0, 1, 1, *delays(AWS_MANAGED, 15)[5:15], 20]
    assert len(delays(AWS_MANAGED, 200_000)) == 100_015
    assert AWS_MANAGED.total() / 86_400 == pytest.approx(23, abs=0.2)


def test_deliveries_to_customer_managed_endpoints_are_retried_for_6_hours() -> None:
    assert len(delays(CUSTOMER_MANAGED)) == 50
    assert 6 <= CUSTOMER_MANAGED.total() / 3_600 < 8
