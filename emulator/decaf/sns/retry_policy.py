"""Retry policies: the number of retries of a failed delivery, and the delay before each.

Rule: a policy has four phases, in this order: no delay, the minimum delay, a back-off from the minimum delay to the
maximum, the maximum delay. AWS names the back-off functions and draws their curves; the formulas are ours.

Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

# The fraction of a back-off (0 to 1) at retry `k` of `n`; both count from 1, and `n` is at least 2.
_CURVES: Mapping[str, Callable[[int, int], float]] = {
    "linear": lambda k, n: (k - 1) / (n - 1),  # grows by the same amount each time
    "arithmetic": lambda k, n: k * (k - 1) / (n * (n - 1)),  # each step is longer by the same amount
    "exponential": lambda k, n: (
        (2.0 ** (k - n) - 2.0 ** (1 - n)) / (1 - 2.0 ** (1 - n))
    ),  # grows by twice the amount before
}
BACKOFF_FUNCTIONS = (*_CURVES, "geometric")  # geometric: grows by the same factor each time


class RetryPolicy(msgspec.Struct, frozen=True):
    """The number of retries in each phase; delays are in seconds."""

    immediate: int = 0
    pre_backoff: int = 0
    backoff: int = 0
    post_backoff: int = 0
    min_delay: float = 0.0
    max_delay: float = 0.0
    function: str = "linear"

    @classmethod
    def of(cls, healthy: Mapping[str, Any]) -> RetryPolicy:
        """Returns the policy of a healthyRetryPolicy that has all its members."""
        immediate, pre, post = (healthy[f"num{phase}Retries"] for phase in ("NoDelay", "MinDelay", "MaxDelay"))
        backoff = healthy["numRetries"] - immediate - pre - post
        delays = healthy["minDelayTarget"], healthy["maxDelayTarget"]
        return cls(immediate, pre, backoff, post, *delays, healthy["backoffFunction"])

    def delay(self, retry: int) -> float | None:
        """Returns the seconds before retry number `retry`, which counts from 1; None if there is no such retry."""
        if retry <= self.immediate:
            return 0.0
        retry -= self.immediate
        if retry <= self.pre_backoff:
            return self.min_delay
        retry -= self.pre_backoff
        if retry <= self.backoff:
            return self._backed_off(retry)
        return self.max_delay if retry - self.backoff <= self.post_backoff else None

    def total(self) -> float:
        """Returns the sum of all delays, in seconds."""
        backed_off = sum(self._backed_off(retry) for retry in range(1, self.backoff + 1))
        return self.pre_backoff * self.min_delay + backed_off + self.post_backoff * self.max_delay

    def _backed_off(self, retry: int) -> float:
        if self.backoff < 2:
            return self.min_delay
        if self.function == "geometric":
            ratio: float = (self.max_delay / self.min_delay) ** ((retry - 1) / (self.backoff - 1))
            return self.min_delay * ratio
        return self.min_delay + (self.max_delay - self.min_delay) * _CURVES[self.function](retry, self.backoff)


AWS_MANAGED = RetryPolicy(3, 2, 10, 100_000, 1, 20, "exponential")  # Lambda, Firehose and SQS
CUSTOMER_MANAGED = RetryPolicy(0, 2, 10, 38, 10, 600, "exponential")  # mail servers, phones and apps
NEVER = RetryPolicy()
