"""How a call is done: the function that does it, and what is made of its result.

Rule: a result that is there at once stays one that is there at once; only what waits is awaited.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from decaf_protocol import Call, Result

Handler = Callable[[Call, float], Result | Awaitable[Result]]  # raises AWSError where AWS answers with an error


def then(result: Result | Awaitable[Result], follow: Callable[[Result], Result]) -> Result | Awaitable[Result]:
    """What `follow` makes of a result, as soon as it is there."""
    return follow(result) if isinstance(result, dict) else _wait(result, follow)


async def _wait(result: Awaitable[Result], follow: Callable[[Result], Result]) -> Result:
    return follow(await result)
