"""How many files the process may have open: each connection is one of them.

Rule: connections leave a quarter of them to everything else, so that there is always one to accept a client with.
"""

from __future__ import annotations

from math import inf

try:
    import resource
except ImportError:  # a system that has no such limit
    resource = None  # type: ignore[assignment]


def most_connections() -> float:
    """How many connections the present limit allows for; inf where there is none."""
    if resource is None:
        return inf
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return inf if soft == resource.RLIM_INFINITY else soft * 3 // 4


def raise_limit(connections: int) -> None:
    """Let the process have as many connections, if the system lets it; else as many as can be had."""
    if resource is None or most_connections() >= connections:
        return
    wanted = connections * 4 // 3 + 1
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
