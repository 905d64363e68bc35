"""Endpoints of LocalStack and moto beside AWS's operations, for test suites that were written for these emulators."""

from __future__ import annotations

OPEN_PATH = "/_localstack/health"  # answered to every machine
PREFIXES = ("/_aws/", "/_localstack/", "/moto-api/")
