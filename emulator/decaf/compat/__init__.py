"""Endpoints of LocalStack and moto beside AWS's operations, for test suites that were written for these emulators."""

from __future__ import annotations

PREFIXES = ("/_aws/", "/_localstack/", "/moto-api/")
