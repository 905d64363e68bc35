"""Values of documents, turned into the text that attributes are in calls.

Rule: AWS judges the value. Here only its form changes: true becomes "true", a table its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from decaf.base.arn import Arn


class NoText(Exception):
    """A value cannot be written as text; the message is the reason."""


def as_text(value: Any) -> str:
    """Return a value of a document as the text of an attribute. Raises NoText."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time):
        return _moment(value)
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_moment)
    except ValueError:
        raise NoText("infinity and nan cannot be written as JSON") from None


def _moment(value: Any) -> str:
    """Return a time as it is written in policies."""
    return str(value.isoformat())


def queue_arn(named: str, account: str, region: str) -> str:
    """Return the ARN of a queue given by its ARN, or by its name in this account and region."""
    return named if ":" in named else str(Arn("sqs", region, account, named))


def with_queue_arns(value: Any, account: str, region: str) -> Any:
    """Return a redrive policy or redrive allow policy with ARNs in the place of queue names."""
    if not isinstance(value, Mapping):
        return value
    return {member: _arns(inner, account, region) if member in _QUEUES else inner for member, inner in value.items()}


_QUEUES = ("deadLetterTargetArn", "sourceQueueArns")


def _arns(value: Any, account: str, region: str) -> Any:
    if isinstance(value, list):
        return [_arns(inner, account, region) for inner in value]
    return queue_arn(value, account, region) if isinstance(value, str) else value
