"""The limit on open files of the process: each connection is one of them.

Rule: clients have three quarters of them, and deliveries a sixth. The rest is left for everything else, so that there
is always one to accept a client with.
"""

from __future__ import annotations

from math import inf

try:
    import resource
except ImportError:  # a system that has no such limit
    resource = None  # type: ignore[assignment]


def most_connections() -> float:
    """Returns the number of connections of clients that the present limit allows; inf without a limit."""
    return _files() * 3 // 4


def most_deliveries() -> float:
    """Returns the number of connections to subscribers that the present limit allows; inf without a limit."""
    return max(1, _files() // 6)


def _files() -> float:
    """Returns the number of files that may be open, inf without a limit."""
    if resource is None:
        return inf
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return inf if soft == resource.RLIM_INFINITY else soft


def raise_limit(connections: int) -> None:
    """Raise the limit so that the process may have `connections`, or as far as the system allows."""
    if resource is None or most_connections() >= connections:
        return
    files = connections * 4 // 3 + 1
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files if hard == resource.RLIM_INFINITY else min(files, hard), hard))
