"""How often each function was invoked, and what came of it: the figures that CloudWatch has of a function.

Source: AWS Lambda Developer Guide, "Types of metrics for Lambda functions".
"""

from __future__ import annotations

from dataclasses import dataclass

from decaf.functions.function import unqualified
from decaf.functions.invocation import Invocation


@dataclass(slots=True)
class Figures:
    """The figures of one function: errors are among its invocations, throttles are not; `seconds` is all durations."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    seconds: float = 0.0

    def note(self, invocation: Invocation) -> None:
        """Count an invocation that has ended."""
        if invocation.obstacle is not None:
            self.throttles += invocation.obstacle == "throttled"
            return
        self.invocations += 1
        self.errors += invocation.error is not None
        self.seconds += invocation.duration


class FunctionStatistics:
    """The figures of all functions, by ARN."""

    def __init__(self) -> None:
        self.by_function: dict[str, Figures] = {}

    def note(self, invocation: Invocation) -> None:
        """Count an invocation that has ended."""
        self.by_function.setdefault(unqualified(invocation.arn), Figures()).note(invocation)
