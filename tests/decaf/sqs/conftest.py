"""Fixtures for tests of SQS: a queue to start from."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def url(sqs: Any) -> str:
    """A standard queue named orders."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


@pytest.fixture
def arn(account: str) -> str:
    """The start of the ARNs of the test's queues: the name follows."""
    return f"arn:aws:sqs:us-east-1:{account}:"
