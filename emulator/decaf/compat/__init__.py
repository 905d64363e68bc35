"""What suites written for other emulators call beside AWS's own operations: LocalStack's and moto's, in their forms."""

from __future__ import annotations

PREFIXES = ("/_aws/", "/_localstack/", "/moto-api/")
