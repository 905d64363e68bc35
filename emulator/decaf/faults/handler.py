"""The function that runs a call, and steps that follow on its result.

Rule: a result that needs no waiting stays a plain value; only a result that does is awaited.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from decaf_protocol import Call, Result

Handler = Callable[[Call, float], Result | Awaitable[Result]]  # raises AWSError where AWS responds with an error


def then(result: Result | Awaitable[Result], follow: Callable[[Result], Result]) -> Result | Awaitable[Result]:
    """Return `follow(result)`; an awaitable of it where the result is one."""
    return follow(result) if isinstance(result, dict) else _wait(result, follow)


async def _wait(result: Awaitable[Result], follow: Callable[[Result], Result]) -> Result:
    return follow(await result)
