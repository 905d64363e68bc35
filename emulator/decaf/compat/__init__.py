"""Endpoints of LocalStack and moto beside AWS's operations, for test suites that were written for these emulators."""

from __future__ import annotations

PREFIXES = ("/_aws/", "/_localstack/", "/moto-api/")
_OPEN_PATHS = ("/_localstack/health", "/_localstack/init")


def is_open(path: str) -> bool:
    """Returns whether a path is answered to every machine: scripts that wait for a container ask it."""
    return path.startswith(_OPEN_PATHS[1] + "/") or path in _OPEN_PATHS
